"""Where organisers work: their events, and the people who come."""

from events.reports.workspace.editing import EditingPages
from events.reports.workspace.event import EventPages
from events.reports.workspace.home import HomePages
from events.reports.workspace.moves import MovePages
from events.reports.workspace.people import PeoplePages
from events.reports.workspace.slots import SlotsPages

ROUTES = [HomePages, EditingPages, EventPages, MovePages, PeoplePages, SlotsPages]
