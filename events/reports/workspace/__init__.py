"""Where organisers work: their events, and the people who come."""

from events.reports.workspace.access import AccessPages, AffiliationPages
from events.reports.workspace.admission import AdmissionPages
from events.reports.workspace.answers import AnswerPages
from events.reports.workspace.deciding import DecidingPages
from events.reports.workspace.early import EarlyLinksPages
from events.reports.workspace.editing import EditingPages
from events.reports.workspace.event import EventPages
from events.reports.workspace.focal_points import FocalPointPages
from events.reports.workspace.form import FormPages
from events.reports.workspace.guests import GuestExportPages, GuestPages
from events.reports.workspace.home import HomePages
from events.reports.workspace.host_list import HostListPages
from events.reports.workspace.moves import MovePages
from events.reports.workspace.organisation import OrganisationPages
from events.reports.workspace.people import PeoplePages
from events.reports.workspace.privacy import EventPrivacyPages, LooksPages, PrivacyPages
from events.reports.workspace.programme import ProgrammeEditingPages
from events.reports.workspace.questions import QuestionPages
from events.reports.workspace.remarks import RemarkPages, TaggingPages
from events.reports.workspace.series import SeriesPages
from events.reports.workspace.slots import SlotsPages
from events.reports.workspace.speakers import SpeakersPages

ROUTES = [
    AccessPages,
    AdmissionPages,
    AffiliationPages,
    AnswerPages,
    DecidingPages,
    EarlyLinksPages,
    HomePages,
    HostListPages,
    EditingPages,
    EventPages,
    EventPrivacyPages,
    FocalPointPages,
    FormPages,
    LooksPages,
    GuestExportPages,
    GuestPages,
    MovePages,
    OrganisationPages,
    PeoplePages,
    PrivacyPages,
    ProgrammeEditingPages,
    QuestionPages,
    RemarkPages,
    SeriesPages,
    SlotsPages,
    SpeakersPages,
    TaggingPages,
]
