"""Invitations to calendars (RFC 6047): who stands as organizer in them, and whose answer it is that comes back.

Each person's invitation has an organizer's address of its own: the mailbox's, with a tag that only we can make.
Calendar programs answer to it and name it in their answer. A UID can be guessed and a sender forged; the tag cannot.
"""

import re

from events.infra.ics.replies import Reply
from events.infra.ics.single import Party
from events.kernel.ids import derived_token
from events.registration.queries.held import Held
from events.registration.rules import Ticket
from events.settings import InboxUrl

_TAG = re.compile(r"r(\d{1,9})-[0-9a-z]{26}", re.ASCII)


def organizer_of(held: Held, inbox: InboxUrl, secret: str) -> Party:
    local, _, domain = inbox.address.rpartition("@")
    return Party(held.organisation.name, f"{local}+{tag_of(held.ticket, secret)}@{domain}")


def tag_of(ticket: Ticket, secret: str) -> str:
    """Lasts as long as the code: another organizer would make another event of it in a calendar."""
    return f"r{ticket.id}-{derived_token(secret, 'reply', ticket.code, 0)}"


def tags_in(reply: Reply, inbox: InboxUrl) -> dict[int, str]:
    """The registrations whose tags an answer names, which says nothing yet about whether the tags are right."""
    local, _, domain = inbox.address.lower().rpartition("@")
    found = {}
    for address in reply.sent_to:
        named, _, at = address.rpartition("@")
        tag = named.removeprefix(f"{local}+")
        if at == domain and tag != named and (written := _TAG.fullmatch(tag)):
            found[int(written[1])] = tag
    return found
