import pytest

from events.accounts import queries
from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import OrganisationFacts, OrganisationSlugTaken
from events.accounts.steps import public_changed
from events.infra import db
from events.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.usefixtures("database")


async def test_what_is_made_is_found_again_by_slug_and_by_id() -> None:
    made = await create_organisation(
        "make-mothers-matter",
        name="Make Mothers Matter",
        short_name="MMM",
        about={"en": "For mothers, families and society.", "fr": "Pour les mères, les familles et la société."},
        website="https://makemothersmatter.org",
        contact_email="hello@example.org",
        accent="#005a9c",
        retention_days=400,
    )
    assert made == OrganisationFacts(
        id=made.id,
        slug="make-mothers-matter",
        name="Make Mothers Matter",
        short_name="MMM",
        about={"en": "For mothers, families and society.", "fr": "Pour les mères, les familles et la société."},
        website="https://makemothersmatter.org",
        contact_email="hello@example.org",
        accent="#005a9c",
        retention_days=400,
    )
    assert await queries.get_organisation("make-mothers-matter") == made
    assert await queries.get_organisation_by_id(made.id) == made
    assert await queries.list_organisations() == [made]


async def test_a_slug_is_given_once() -> None:
    await create_organisation("unesco", name="UNESCO")
    with pytest.raises(OrganisationSlugTaken):
        await create_organisation("unesco", name="Another")
    assert [one.name for one in await queries.list_organisations()] == ["UNESCO"]


async def test_a_pale_accent_makes_no_organisation() -> None:
    with pytest.raises(Invalid):
        await create_organisation("unesco", name="UNESCO", accent="#ffff00")
    assert await queries.list_organisations() == []


async def test_an_unknown_organisation_is_not_found() -> None:
    with pytest.raises(NotFound):
        await queries.get_organisation("nobody")
    with pytest.raises(NotFound):
        await queries.get_organisation_by_id(1)


async def test_the_public_version_moves_with_a_change_and_not_with_one_that_is_refused() -> None:
    @db.write
    async def change(*, fail: bool) -> None:
        await public_changed()
        if fail:
            raise NotFound("never mind")

    before = await queries.public_version()
    await change(fail=False)
    with pytest.raises(NotFound):
        await change(fail=True)
    assert await queries.public_version() == before + 1
