import pytest
from litestar import Litestar

from tests.make import an_organisation
from tests.people import ORIGIN, PASSWORD, a_member, fields, send, sign_in, words

NEW = "seven geese in a boat"


async def test_a_member_changes_name_and_language_and_the_page_follows(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    page = await ana.get("/organise/account?lang=fr")
    answer = await send(ana, page, "/organise/account", name="  Ana   Reyes ", language="fr")
    assert answer.headers["location"] == "/organise/account?done=profile"
    page = await ana.get("/organise/account")
    assert '<html lang="fr"' in page.text
    assert fields(page, "/organise/account")["name"] == "Ana Reyes"


async def test_every_problem_is_told_at_once_and_what_was_typed_is_kept(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    page = await ana.get("/organise/account")
    answer = await send(ana, page, "/organise/account", name="x" * 201, language="tlh")
    assert answer.status_code == 422
    assert "Write at most 200 characters." in words(answer)
    assert fields(answer, "/organise/account")["name"] == "x" * 201


async def test_who_knows_the_password_changes_it_and_is_signed_out_everywhere_else(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana, there = await sign_in(app), await sign_in(app)
    page = await ana.get("/organise/account")
    answer = await send(ana, page, "/organise/account/password", old=PASSWORD, new=NEW)
    assert answer.headers["location"] == "/organise/account?done=password"
    assert (await ana.get("/organise/account")).status_code == 200
    assert (await there.get("/organise/account")).status_code == 303
    await sign_in(app, password=NEW)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("not the password", NEW, "This is not your present password."),
        (PASSWORD, "nine char", "The password needs at least 10 characters."),
    ],
)
async def test_a_password_is_changed_for_nobody_who_does_not_know_it_and_for_none_too_short(
    app: Litestar, old: str, new: str, said: str
) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    answer = await send(ana, await ana.get("/organise/account"), "/organise/account/password", old=old, new=new)
    assert answer.status_code == 422
    assert said in words(answer)
    await sign_in(app)


async def test_who_is_a_member_of_two_organisations_goes_from_one_to_the_other(app: Litestar) -> None:
    first = await an_organisation()
    second = await an_organisation("unesco", "UNESCO")
    third = await an_organisation("unicef", "UNICEF")
    await a_member(first)
    await a_member(second)
    await a_member(third, "bo@example.org")
    ana = await sign_in(app)
    page = await ana.get("/organise/account")
    assert fields(page, "/organise/account/organisation")["organisation"] == "make-mothers-matter"
    csrf = str(fields(page, "/organise/account")["csrf"])
    refused = await ana.post(
        "/organise/account/organisation", data={"csrf": csrf, "organisation": "unicef"}, headers=ORIGIN
    )
    assert refused.status_code == 404
    await send(ana, page, "/organise/account/organisation", organisation="unesco")
    page = await ana.get("/organise/account")
    assert fields(page, "/organise/account/organisation")["organisation"] == "unesco"
