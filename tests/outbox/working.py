"""Mails in the outbox, and workers that send them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.queries import count_by_state
from events.outbox.rules import Mail, Queued
from events.outbox.steps import enqueue
from events.outbox.worker import Worker


async def greeting(queued: Queued) -> Mail | None:
    if queued.facts.get("erased"):
        return None
    name = queued.facts.get("name", "Ada")
    return Mail(queued.to_address, name, f"Welcome, {name}", "Hello.\n", "<p>Hello.</p>\n", "en")


async def failing(queued: Queued) -> Mail | None:
    raise KeyError(queued.to_address)


RENDERERS = {"greeting": greeting, "failing": failing}


@db.write
async def queue(*addresses: str, kind: str = "greeting", due_in: timedelta = timedelta(), **facts: object) -> None:
    for number, address in enumerate(addresses):
        await enqueue(kind, number, address, facts=facts, due_at=utc_now() + due_in)


async def send_all(worker: Worker) -> None:
    while await worker.run_once():
        pass


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(90):
        while not await holds():  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(0.01)


async def all_sent() -> bool:
    return (await count_by_state())["waiting"] == 0
