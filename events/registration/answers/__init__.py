"""What people answered to the questions of an event, apart from who they are."""
