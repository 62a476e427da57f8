"""What was published or changed, as a feed in Atom (RFC 4287).

Written with the standard library's XML tree: feedgen, the library for it, brings lxml along and stamps feeds with the
time at which they are asked for, while these bytes must follow from what is stored alone.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from msgspec import Struct

from events.kernel.words import N_, Text, in_language, language_of
from events.programme.rules import EventFacts, Mode, Status
from events.web.dates import when
from events.web.locale import LANGUAGES, gettext
from events.web.templating import render

ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a feed must say when it changed, and this one never has
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIXES = {Status.CANCELLED: N_("Cancelled: "), Status.POSTPONED: N_("Postponed: ")}


class NewsFacts(Struct, frozen=True):
    """A feed's own texts and addresses: `page` and `path` come after the language, `query` begins with “?” or is empty.

    `changed` is when it last became another.
    """

    title: str
    about: str
    language: str
    base_url: str
    page: str
    path: str
    query: str
    changed: datetime | None

    def address(self, language: str) -> str:
        return f"{self.base_url}/{language}{self.path}{self.query}"


def news_feed(facts: NewsFacts, events: Sequence[EventFacts]) -> bytes:
    """The feed with its events in this order."""
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": facts.language})
    itself = facts.address(facts.language)
    _put(feed, "id", uuid5(NAMESPACE_URL, itself).urn)
    _put(feed, "title", facts.title)
    _put(feed, "subtitle", facts.about)
    _put(feed, "updated", _stamp(max((_updated(event) for event in events), default=facts.changed or _NEVER)))
    _put(feed, "generator", "Sideline")
    _link(feed, "self", itself, "application/atom+xml", facts.language)
    _link(feed, "alternate", f"{facts.base_url}/{facts.language}{facts.page}", "text/html", facts.language)
    for other in LANGUAGES:
        if other != facts.language:
            _link(feed, "alternate", facts.address(other), "application/atom+xml", other)
    for event in events:
        _add_entry(feed, event, facts.language, facts.base_url)
    ET.indent(feed, "")  # a line for each element
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add_entry(feed: ET.Element, event: EventFacts, language: str, base_url: str) -> None:
    entry, path = ET.SubElement(feed, "entry"), f"/events/{quote(event.slug)}"
    # Of each language its own: programs that take both feeds would show but one of two entries with the same id.
    _put(entry, "id", uuid5(NAMESPACE_URL, f"{event.uid}#{language}").urn)
    title = gettext(language, _PREFIXES.get(event.status, "")) + in_language(event.title, language)
    _put(entry, "title", title, **_spoken(event.title, language))
    _put(entry, "published", _stamp(_published(event)))
    _put(entry, "updated", _stamp(_updated(event)))
    author = ET.SubElement(entry, "author")
    _put(author, "name", event.organisation_name)
    _put(author, "uri", f"{base_url}/{language}/organisations/{quote(event.organisation_slug)}")
    _link(entry, "alternate", f"{base_url}/{language}{path}", "text/html", language)
    _link(entry, "related", f"{base_url}/{language}{path}.ics", "text/calendar", language)
    for tag in event.tags:
        ET.SubElement(entry, "category", {"term": _allowed(tag)})
    _put(entry, "summary", _summary(event, language), type="text")
    content = render(
        language, "programme/news.html", event=event, told=_told(event, language), url=f"{base_url}/{language}{path}"
    )
    _put(entry, "content", content.strip(), type="html")


def _summary(event: EventFacts, language: str) -> str:
    """What became of it, when and where it is, and what it is about."""
    at = when(language, event.span)
    online = gettext(language, N_("Online")) if Mode.ONLINE in event.modes else ""
    lines = (
        _told(event, language),
        f"{at.dates}, {at.times} ({at.zone})" if at.times else at.dates,
        event.venue.one_line if event.venue else online,
        in_language(event.summary, language),
    )
    return "\n".join(line for line in lines if line)


def _told(event: EventFacts, language: str) -> str:
    """In a sentence, if it is not as it was announced."""
    was = event.moved_from
    if event.status is Status.CANCELLED:
        said = N_("This event was cancelled")
    elif event.status is Status.POSTPONED:
        said = N_("This event is postponed")
    elif was is None:
        return ""
    elif Mode.IN_PERSON in was.modes and Mode.IN_PERSON not in event.modes:
        said = N_("This event takes place online now")
    else:
        said = N_("This event was moved")
    return f"{gettext(language, said)}."


def _published(event: EventFacts) -> datetime:
    return event.published_at or event.created_at


def _updated(event: EventFacts) -> datetime:
    """When anything changed that readers are told of; it is published a moment after it became so."""
    return max(event.calendar_changed_at, _published(event))


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _spoken(text: Text, language: str) -> dict[str, str]:
    spoken = language_of(text, language)
    return {"xml:lang": spoken} if spoken and spoken != language else {}


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = _allowed(text)


def _allowed(text: str) -> str:
    """Without what XML has no way to write."""
    return _NO_XML.sub("", text)


def _link(parent: ET.Element, rel: str, href: str, media: str, language: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "type": media, "hreflang": language, "href": href})
