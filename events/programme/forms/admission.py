"""The step of the house, as it may be posted."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from events.kernel.errors import Problem
from events.kernel.words import N_
from events.programme.forms.times import WallTimeForm, wall_time
from events.programme.rules.admission import AdmissionStep, Remind
from events.web.posted import LongLine, is_web_address

MOST_REMINDERS = 10


class AdmissionStepForm(Struct, kw_only=True):
    """Where to apply and until when; who has not is reminded so many days before, each week, or not at all."""

    link: LongLine | None = None
    deadline: WallTimeForm | None = None
    remind: Remind = Remind.OFF
    remind_days: Annotated[list[Annotated[int, Meta(ge=1, le=365)]], Meta(max_length=MOST_REMINDERS)] = msgspec.field(
        default_factory=lambda: [14, 7, 2]
    )


def read_admission_step(form: AdmissionStepForm | None, problems: list[Problem]) -> AdmissionStep | None:
    """None when there is no such step; what is wrong with it joins the `problems`."""
    if form is None:
        return None
    if form.link and not (is_web_address(form.link) and urlsplit(form.link).scheme == "https"):
        problems.append(Problem("admission_step.link", N_("Write a whole web address that begins with https://.")))
    if form.remind is Remind.DAYS and not form.remind_days:
        problems.append(
            Problem("admission_step.remind_days", N_("Say how many days before, or that nobody is reminded."))
        )
    deadline = wall_time(form.deadline, "admission_step.deadline", problems) if form.deadline else None
    days = tuple(sorted(set(form.remind_days), reverse=True))
    return AdmissionStep(link=form.link or None, deadline=deadline, remind=form.remind, remind_days=days)
