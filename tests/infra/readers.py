"""Readers that a file might drive to the worst; they run in the confined process."""

from msgspec import Struct

from events.infra.unreadable import Unreadable
from events.kernel.words import N_


class Counted(Struct):
    bytes: int


def counts(data: bytes, *, more: int = 0) -> Counted:
    return Counted(len(data) + more)


def refuses(data: bytes) -> Counted:
    raise Unreadable(N_("This table has more than {limit} columns."), limit=len(data))


def never_ends(_: bytes) -> Counted:
    while True:
        pass


def takes_all_memory(_: bytes) -> Counted:
    return Counted(len(bytearray(8_000_000_000)))


def breaks(_: bytes) -> Counted:
    raise ZeroDivisionError
