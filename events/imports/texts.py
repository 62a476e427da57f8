"""What people put into descriptions and places: web pages as text, and the links that let somebody into a meeting."""

import re
from html.parser import HTMLParser

_TAGS = re.compile(
    r"</?(?:p|br|a|div|span|b|i|u|ul|ol|li|html|body|table|font|strong|em|h[1-6])\b[^<>]*>", re.IGNORECASE
)
_BREAKS = frozenset(("p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"))
_SILENT = frozenset(("script", "style", "head", "title"))
_MEETING = re.compile(
    r"https://(?:[a-z0-9-]+\.)*(?:zoom\.us/(?:j|my|s|w)/|zoomgov\.com/j/|teams\.microsoft\.com/(?:l/meetup-join|meet)/"
    r"|teams\.live\.com/meet/|meet\.google\.com/|webex\.com/|gotomeeting\.com/join/|meet\.jit\.si/|whereby\.com/"
    r"|bluejeans\.com/|bbb[a-z0-9.-]*/)[^\s<>\"')\]]+",
    re.IGNORECASE,
)
_WEB = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_CODES = re.compile(
    r"pass(?:code|word)\s*[:=]|meeting id\s*[:=]|mot de passe\s*[:=]|code (?:d.acc[eè]s|secret)\s*[:=]|\bpin\s*[:=]",
    re.IGNORECASE,
)
_NOWHERE = re.compile(
    r"(?:microsoft )?teams(?:[ -]?meeting|[ -]?besprechung)?|r[ée]union (?:microsoft )?teams|zoom(?: meeting)?"
    r"|google meet"
    r"|webex|online|virtual|en ligne|virtuel|à distance|remote|(?:online )?webinar|webinaire",
    re.IGNORECASE,
)


def plain_text(text: str) -> str:
    """A text that is a piece of a web page, as people read it."""
    if len(_TAGS.findall(text)) < 2 and "<br" not in text.lower():  # noqa: PLR2004 - a sentence may hold one "<b>"
        return text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")
        address = dict(attrs).get("href") if tag == "a" else None
        if address and address.startswith(("https://", "http://")):
            self.parts.append(f"{address} ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def meeting_links(text: str) -> list[str]:
    return [link.rstrip(".,;:") for link in _MEETING.findall(text)]


def web_link(text: str) -> str:
    """The address that the text begins with, if any."""
    found = _WEB.match(text.strip())
    return found[0].rstrip(".,;") if found else ""


def without_meeting_links(text: str) -> str:
    left = re.sub(r"<\s*>|\(\s*\)|\[\s*\]", "", _MEETING.sub("", text))
    return "\n".join(line.rstrip() for line in left.split("\n")).strip()


def tells_codes(text: str) -> bool:
    return _CODES.search(text) is not None


def is_nowhere(place: str) -> bool:
    """A place that only says that there is none."""
    parts = [part.strip() for part in re.split(r"[;,]", place) if part.strip()]
    return all(_NOWHERE.fullmatch(part) for part in parts)
