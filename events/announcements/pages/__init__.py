from typing import Any

from events.announcements.pages.notes import NotesPages
from events.announcements.pages.opt_out import OptOutPages
from events.announcements.pages.workspace import MessagesPages
from events.announcements.pages.writing import WritingPages

ROUTES: list[Any] = [MessagesPages, WritingPages, NotesPages, OptOutPages]
