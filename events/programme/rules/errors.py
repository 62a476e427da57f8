"""Why something cannot be done with an event."""

from events.kernel.errors import Conflict, Gone, NotFound, Outdated
from events.kernel.words import N_


class EventNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such event."))


class EventGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("This event was announced here and has been taken away."))


class EventInUse(Conflict):
    """It cannot be taken back or deleted as things stand."""

    kind = "event-in-use"


class SlugTaken(Conflict):
    kind = "slug-taken"

    def __init__(self, slug: str) -> None:
        super().__init__(N_("Another event already has the address “{slug}”. Choose another one."), slug=slug)


class ModeInUse(Conflict):
    kind = "mode-in-use"

    def __init__(self) -> None:
        super().__init__(
            N_("People have registered for this mode, so it cannot go. Set its capacity to 0 to take no more.")
        )


class WrongStatus(Conflict):
    kind = "wrong-status"


class RevisionOutdated(Outdated):
    def __init__(self) -> None:
        super().__init__(
            N_("Somebody else changed this event since you opened it. Load it again, then make your change.")
        )
