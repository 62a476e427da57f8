"""What calendar programs fetch, and the page of somebody's own calendar."""

from typing import Any

from events.calendar.pages.feeds import CalendarPages, with_suffixes
from events.calendar.pages.private import AskForFeed, PrivateCalendar

ROUTES: list[Any] = [CalendarPages, PrivateCalendar, AskForFeed]

__all__ = ["ROUTES", "with_suffixes"]
