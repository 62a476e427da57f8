"""What programs do with those who register."""

from typing import Any

from events.registration.api.answers import AnswersApi
from events.registration.api.changing import ChangesApi
from events.registration.api.deciding import DecisionsApi
from events.registration.api.events import EventsApi
from events.registration.api.guests import GuestsApi
from events.registration.api.registrations import RegistrationsApi
from events.registration.api.remarks import TagsApi
from events.registration.delegations.api import DelegationsApi
from events.registration.focal_points.api import FocalPointsApi

ROUTES: list[Any] = [
    EventsApi,
    RegistrationsApi,
    ChangesApi,
    AnswersApi,
    DecisionsApi,
    GuestsApi,
    TagsApi,
    DelegationsApi,
    FocalPointsApi,
]
