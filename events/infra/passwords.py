"""Argon2 on two threads of its own: a hash takes tens of milliseconds of CPU and tens of MiB."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

HASHER = PasswordHasher()
_TWO_AT_ONCE = ThreadPoolExecutor(2, "password")


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_TWO_AT_ONCE, HASHER.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash to compare with the answer is no and takes as long."""
    return await asyncio.get_running_loop().run_in_executor(_TWO_AT_ONCE, _matches, password, password_hash)


def outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        HASHER.verify(password_hash or _nobodys(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


@functools.cache
def _nobodys() -> str:
    return HASHER.hash("nobody's")
