"""Files from addresses that somebody typed: from the public Internet, whole, and from nowhere else."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_address

import pytest

from events.infra.addresses import Address, Resolve, fetch, is_public
from events.infra.unreadable import Unreadable
from tests.web_site import Site, answer, names, public_or, web_site

PUBLIC_ADDRESS = "93.184.215.14"


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1",
        "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_no_address_inside_a_network_is_public(text: str) -> None:
    """However it is dressed up: mapped, 6to4, NAT64, Teredo (the last is 127.0.0.1 in it)."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text", [PUBLIC_ADDRESS, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_what_is_on_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with web_site() as made:
        yield made


async def refusal(url: str, resolve: Resolve, may: Callable[[Address], bool] = is_public, most: int = 1000) -> str:
    with pytest.raises(Unreadable) as refused:
        await fetch(url, most=most, resolve=resolve, may=may, seconds=2)
    (problem,) = refused.value.problems
    return problem.message.format(**problem.params)


async def test_the_file_is_got_by_its_name_from_the_address_that_was_judged(site: Site) -> None:
    site.answers["/a.ics?x=1"] = answer(b"BEGIN:VCALENDAR")
    resolve, may = names(**{"calendar.example": ["127.0.0.1"]}), public_or("127.0.0.1")
    url = f"calendar.example:{site.port}/a.ics?x=1"
    assert await fetch(f"http://{url}", most=1000, resolve=resolve, may=may) == b"BEGIN:VCALENDAR"
    # What calendars subscribe to is https, which this server does not speak.
    assert "in time" in await refusal(f"Webcal://{url}", resolve, may)
    assert site.hosts == [f"calendar.example:{site.port}"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1", "127.1"]
)
async def test_this_machine_is_never_asked_however_it_is_written(site: Site, host: str) -> None:
    with pytest.raises(Unreadable) as refused:
        await fetch(f"http://{host}:{site.port}/", most=10)
    assert refused.value.problems[0].message.startswith(("{host} is not on", "There is no server"))
    assert site.hosts == []


async def test_one_inner_address_among_several_is_enough_to_refuse(site: Site) -> None:
    async def resolve(*_: object) -> list[str]:
        return [PUBLIC_ADDRESS, "10.0.0.1"]

    assert "not on the public Internet" in await refusal(f"http://calendar.example:{site.port}/", resolve)


async def test_a_redirect_inwards_is_refused(site: Site) -> None:
    site.answers["/out"] = answer(status="302 Found", Location=f"http://inner.example:{site.port}/secret")
    site.answers["/secret"] = answer(b"secret")
    resolve = names(**{"calendar.example": ["127.0.0.1"], "inner.example": ["127.0.0.2"]})
    said = await refusal(f"http://calendar.example:{site.port}/out", resolve, public_or("127.0.0.1"))
    assert said.startswith("inner.example is not on the public Internet")
    assert len(site.hosts) == 1


async def test_a_name_that_changes_its_address_meanwhile_gains_nothing(site: Site) -> None:
    """DNS rebinding: what was judged is what is connected to, and the next step is judged anew."""
    site.answers["/"] = answer(status="301 Moved", Location="/again")
    site.answers["/again"] = answer(b"secret")
    resolve = names(**{"calendar.example": ["127.0.0.1", "127.0.0.2"]})
    said = await refusal(f"http://calendar.example:{site.port}/", resolve, public_or("127.0.0.1"))
    assert "not on the public Internet" in said


async def test_redirects_end_somewhere_and_a_relative_one_is_followed(site: Site) -> None:
    site.answers["/a/b"] = answer(status="307 Temporary", Location="../c")
    site.answers["/c"] = answer(b"here")
    site.answers["/loop"] = answer(status="302 Found", Location="/loop")
    resolve, may = names(**{"calendar.example": ["127.0.0.1"]}), public_or("127.0.0.1")
    base = f"http://calendar.example:{site.port}"
    assert await fetch(f"{base}/a/b", most=10, resolve=resolve, may=may) == b"here"
    assert "without end" in await refusal(f"{base}/loop", resolve, may)


async def test_size_time_status_and_packing_are_bounded(site: Site) -> None:
    chunked = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(9))
    site.answers |= {
        "/large": answer(b"x" * 2000),
        "/endless": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
        "/gone": answer(status="404 Not Found"),
        "/packed": answer(b"\x1f\x8b", Content_Encoding="gzip"),
        "/nonsense": b"SSH-2.0-OpenSSH\r\n\r\n",
        "/nowhere": answer(status="302 Found", Location="file:///etc/passwd"),
    }
    resolve, may = names(**{"calendar.example": ["127.0.0.1"]}), public_or("127.0.0.1")
    said = {
        path: await refusal(f"http://calendar.example:{site.port}{path}", resolve, may)
        for path in ("/large", "/endless", "/gone", "/packed", "/nonsense", "/nowhere", "/silent")
    }
    assert said == {
        "/large": "The file is larger than 0 MB.",
        "/endless": "The file is larger than 0 MB.",
        "/gone": "The address answers with status 404, not with a file.",
        "/packed": "The address sends its file packed, though we asked for it plain.",
        "/nonsense": "The address cannot be reached, or does not speak as a web server does.",
        "/nowhere": "Write a whole web address that begins with https:// or http://.",
        "/silent": "The address does not answer in time.",
    }


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://calendar.example/a.ics", "Write a whole web address"),
        ("file:///etc/passwd", "Write a whole web address"),
        ("https://", "Write a whole web address"),
        ("https://calendar.example/\r\nHost: inner", "Write a whole web address"),
        ("https://ana:secret@calendar.example/", "Leave the user name and password out"),
        ("http://calendar.example:25/", "port 25"),
        ("http://calendar.example:99999/", "This is not a web address"),
        ("https://nobody.invalid/", "There is no server called nobody.invalid"),
        ("https://calendar.example/" + "a" * 2000, "Write a whole web address"),
    ],
)
async def test_what_is_no_address_of_a_file_is_refused_in_words(url: str, said: str) -> None:
    assert said in await refusal(url, names())
