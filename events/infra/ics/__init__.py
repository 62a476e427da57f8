"""iCalendar texts: feeds written directly, their time zones, and one event for a download or a mail."""
