"""The browser and its judge see what they should: a page that is wrong is called wrong."""

import asyncio

from playwright.async_api import Browser

from tests.browser import what_axe_finds

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Security-Policy: default-src 'self'\r\n\r\n"
)
PAGE = '<!doctype html><html lang="en"><title>Doors</title><main><h1>Doors</h1>{}</main></html>'


async def problems_of(chromium: Browser, body: str) -> list[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + PAGE.format(body).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        page = await chromium.new_page()
        await page.goto(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        found = await what_axe_finds(page)
        await page.close()
    return found


async def test_axe_finds_a_picture_without_words_behind_a_strict_policy(chromium: Browser) -> None:
    assert [problem.split(":")[0] for problem in await problems_of(chromium, '<img src="/x.png">')] == ["image-alt"]


async def test_axe_finds_nothing_on_a_good_page(chromium: Browser) -> None:
    assert await problems_of(chromium, "<p>Main entrance</p>") == []
