"""Lists of people who are to be invited: what they say, and the page that shows what would come of it."""
