import asyncio

import pytest
from litestar import Litestar

from events.accounts import queries
from events.accounts.actions.members import change_role, create_user, remove_member
from events.accounts.rules import Actor, AlreadyMember, LastOwner, MemberFacts, Role
from events.kernel.errors import Invalid, NotFound
from events.settings import Settings
from tests.accounts.test_passwords import link_in, mails
from tests.make import an_organisation
from tests.people import ORIGIN, PASSWORD, a_member, fields, send, sign_in, words

pytestmark = pytest.mark.usefixtures("database")


async def owners(organisation: Actor) -> list[str]:
    return [one.email for one in await queries.list_members(organisation.organisation) if one.role is Role.OWNER]


async def test_an_owner_adds_somebody_who_sets_a_password_by_the_link_in_a_mail(
    app: Litestar, settings: Settings
) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    ana = await sign_in(app)
    page = await ana.get("/organise/members")
    answer = await send(ana, page, "/organise/members", name="Bo Chen", email="Bo@Example.org", role="organiser")
    assert answer.headers["location"] == "/organise/members?done=added"
    (mail,) = await mails(settings)
    assert mail["subject"] == "You look after the events of Make Mothers Matter"
    invited = (await queries.list_members(organisation.organisation))[1]
    assert invited == MemberFacts(invited.id, "Bo@example.org", "Bo Chen", "en", Role.ORGANISER, invited=True)
    await ana.post(link_in(mail), data={"password": PASSWORD}, headers=ORIGIN)
    bo = await sign_in(app, "bo@example.org")
    assert (await bo.get("/organise/tokens")).status_code == 200
    assert (await bo.get("/organise/members")).status_code == 403


async def test_an_address_is_a_member_once_and_keeps_its_password_in_a_second_organisation(app: Litestar) -> None:
    first, second = await an_organisation(), await an_organisation("unesco", "UNESCO")
    ana = await a_member(first)
    with pytest.raises(AlreadyMember):
        await create_user(
            first.organisation, email="ANA@example.org", name="Ana", password="another password", role=Role.VIEWER
        )
    same = await create_user(
        second.organisation, email="ANA@example.org", name="Ana", password="another password", role=Role.VIEWER
    )
    assert same == ana
    await sign_in(app)


async def test_what_is_wrong_with_a_new_member_is_said_and_what_was_typed_is_kept(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    page = await ana.get("/organise/members")
    answer = await send(ana, page, "/organise/members", name="", email="not an address", role="king")
    assert answer.status_code == 422
    assert fields(answer, "/organise/members")["email"] == "not an address"
    again = await send(ana, page, "/organise/members", name="Ana", email="ana@example.org", role="viewer")
    assert again.status_code == 409
    assert "ana@example.org is a member of this organisation already." in words(again)


async def test_a_role_is_changed_and_counts_at_once(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    bo_id = await a_member(organisation, "bo@example.org", role=Role.VIEWER)
    ana, bo = await sign_in(app), await sign_in(app, "bo@example.org")
    assert (await bo.get("/organise/tokens")).status_code == 403
    page = await ana.get("/organise/members")
    await send(ana, page, f"/organise/members/{bo_id}/role", role="organiser")
    assert (await bo.get("/organise/tokens")).status_code == 200


async def test_who_is_removed_is_signed_out(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation)
    bo_id = await a_member(organisation, "bo@example.org", role=Role.VIEWER)
    ana, bo = await sign_in(app), await sign_in(app, "bo@example.org")
    await send(ana, await ana.get("/organise/members"), f"/organise/members/{bo_id}/remove")
    assert (await bo.get("/organise/account")).status_code == 303
    answer = await bo.post("/organise/sign-in", data={"email": "bo@example.org", "password": PASSWORD}, headers=ORIGIN)
    assert answer.status_code == 403


async def test_the_last_owner_stays(app: Litestar) -> None:
    organisation = await an_organisation()
    ana_id = await a_member(organisation)
    ana = await sign_in(app)
    page = await ana.get("/organise/members")
    for action, typed in (
        (f"/organise/members/{ana_id}/role", {"role": "viewer"}),
        (f"/organise/members/{ana_id}/remove", {}),
    ):
        answer = await send(ana, page, action, **typed)
        assert answer.status_code == 409
        assert "An organisation needs an owner. Make somebody else an owner first." in words(answer)
    assert await owners(organisation) == ["ana@example.org"]


async def test_two_owners_who_step_down_at_once_leave_one() -> None:
    for number in range(10):
        organisation = await an_organisation(f"organisation-{number}")
        members = [await a_member(organisation, f"{name}{number}@example.org") for name in ("ana", "bo")]
        ended = await asyncio.gather(
            *(change_role(organisation, member, Role.VIEWER) for member in members), return_exceptions=True
        )
        assert [type(one) for one in ended if one] == [LastOwner]
        assert len(await owners(organisation)) == 1


async def test_nobody_changes_the_members_of_another_organisation() -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    await a_member(ours)
    bo = await a_member(theirs, "bo@example.org")
    with pytest.raises(NotFound):
        await change_role(ours, bo, Role.VIEWER)
    with pytest.raises(NotFound):
        await remove_member(ours, bo)
    assert await owners(theirs) == ["bo@example.org"]


async def test_a_password_that_is_too_short_makes_no_member() -> None:
    organisation = await an_organisation()
    with pytest.raises(Invalid):
        await create_user(
            organisation.organisation, email="ana@example.org", name="Ana", password="nine char", role=Role.OWNER
        )
    assert await queries.list_members(organisation.organisation) == []
