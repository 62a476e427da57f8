import pytest

from events.accounts import queries
from events.accounts.actions.organisations import create_organisation
from events.accounts.actions.tokens import create_token, revoke_token
from events.accounts.rules import KnownToken
from events.accounts.tables import ApiToken
from events.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.usefixtures("database")


async def test_a_token_opens_what_it_was_made_for_and_is_kept_nowhere() -> None:
    organisation = (await create_organisation("unesco", name="UNESCO")).id
    token = await create_token(organisation, name="Website", scopes="events:read scans:write")
    (listed,) = await queries.list_tokens(organisation)
    assert await queries.find_token(token) == KnownToken(listed.id, organisation, ("events:read", "scans:write"))
    assert (listed.name, listed.scopes) == ("Website", ("events:read", "scans:write"))
    assert token not in str(await ApiToken.select())


async def test_a_revoked_token_opens_nothing() -> None:
    organisation = (await create_organisation("unesco", name="UNESCO")).id
    token = await create_token(organisation, name="Website", scopes="all")
    (listed,) = await queries.list_tokens(organisation)
    await revoke_token(listed.id, organisation=organisation)
    assert await queries.find_token(token) is None
    assert await queries.list_tokens(organisation) == []
    with pytest.raises(NotFound):
        await revoke_token(listed.id, organisation=organisation)


async def test_nobody_revokes_the_token_of_another_organisation() -> None:
    ours = (await create_organisation("unesco", name="UNESCO")).id
    theirs = (await create_organisation("unicef", name="UNICEF")).id
    token = await create_token(theirs, name="Website", scopes="all")
    (listed,) = await queries.list_tokens(theirs)
    with pytest.raises(NotFound):
        await revoke_token(listed.id, organisation=ours)
    assert await queries.find_token(token) is not None


async def test_a_token_without_scopes_is_not_made() -> None:
    organisation = (await create_organisation("unesco", name="UNESCO")).id
    with pytest.raises(Invalid):
        await create_token(organisation, name="Website", scopes=[])
    assert await queries.list_tokens(organisation) == []
