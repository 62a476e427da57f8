"""What an attendee meets."""

from typing import Any

from events.registration.pages.admission import AdmissionPages
from events.registration.pages.answers import AnswerPages
from events.registration.pages.delegating import DelegatingPages
from events.registration.pages.delegation import DelegationPages
from events.registration.pages.early import EarlyPages
from events.registration.pages.focal_points import FocalPointPages
from events.registration.pages.invited import InvitedPages
from events.registration.pages.lost import LostLinkPages
from events.registration.pages.offered import OfferedPages
from events.registration.pages.own import OwnDataPages
from events.registration.pages.private import PrivatePages
from events.registration.pages.register import RegisterPages

ROUTES: list[Any] = [
    RegisterPages,
    EarlyPages,
    DelegatingPages,
    InvitedPages,
    LostLinkPages,
    AnswerPages,
    AdmissionPages,
    PrivatePages,
    OwnDataPages,
    OfferedPages,
    DelegationPages,
    FocalPointPages,
]
