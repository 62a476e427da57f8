"""What the house itself asks of who comes in: a step beside the registration, at the host's own address."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from events.kernel.spans import WallTime

REMINDS_AT = time(9)
"""On the clocks at the event: nobody is woken."""

CAUGHT_UP = timedelta(hours=24)
"""So long a reminder is still sent that was held up; the next date takes the place of an older one."""


class Remind(StrEnum):
    OFF = "off"
    DAYS = "days"
    WEEKLY = "weekly"


class AdmissionStep(Struct, frozen=True, kw_only=True):
    """`remind_days` are the days before the deadline; without one, before the event."""

    link: str | None
    deadline: WallTime | None
    remind: Remind
    remind_days: tuple[int, ...]

    @property
    def host(self) -> str:
        """Whose address it is, for who decides whether to follow the link."""
        return urlsplit(self.link or "").hostname or ""

    def reminder_at(self, starts: WallTime, now: datetime) -> "Reminder | None":
        """The reminder whose time has come and is not long over; none once the deadline or the start has passed."""
        until = self.deadline or starts
        if self.remind is Remind.OFF or now >= min(until.instant, starts.instant):
            return None
        last = until.wall.date()
        weeks = range(7, 7 * 53, 7)
        days = self.remind_days if self.remind is Remind.DAYS else weeks
        due = [Reminder.on(last - timedelta(days=number), until.zone) for number in days]
        here = [one for one in due if one.at <= now < one.at + CAUGHT_UP]
        return max(here, key=lambda one: one.at, default=None)


class Reminder(Struct, frozen=True):
    """One date on which who has not done it yet is reminded, and its moment."""

    day: date
    at: datetime

    @classmethod
    def on(cls, day: date, zone: str) -> "Reminder":
        return cls(day, WallTime(datetime.combine(day, REMINDS_AT), zone).instant)
