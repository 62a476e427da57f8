"""What an event's list and its exports read, in the order in which people registered."""

SQL = """
CREATE INDEX registration_event ON registration (event, id)
"""
