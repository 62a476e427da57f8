from typing import Annotated

from msgspec import Meta, Struct

from events.programme.forms.contents import LinesText


class PromiseForm(Struct):
    """How many days after the event its people are forgotten, None as the organisation says; and why it asks."""

    retention_days: Annotated[int, Meta(ge=1, le=3650)] | None
    purpose: LinesText
