"""What an attendee meets."""

from typing import Any

from events.registration.pages.private import PrivatePages
from events.registration.pages.register import RegisterPages

ROUTES: list[Any] = [RegisterPages, PrivatePages]
