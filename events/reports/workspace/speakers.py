from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import structs

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.programme.actions import change_speaker, delete_speaker
from events.programme.forms.contents import SpeakerForm
from events.programme.queries.contents import get_speaker, list_speakers
from events.reports.workspace.typed import languages_of, typed_in, typed_of
from events.web.errors import status_of
from events.web.posted import MISSING, parse
from events.web.requests import AnyRequest

HERE = "/organise/speakers"
_BESIDE = {"function": "function.en", "biography": "biography.en"}


class SpeakersPages(Controller):
    """The organisation's address book: who has spoken, or will."""

    path = HERE
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        people = await list_speakers(member.organisation.id)
        return workspace_page(
            request, member, "reports/speakers.html", people=people, done=request.query_params.get("done", "")
        )

    @get("/{speaker:int}")
    async def show_one(
        self, request: AnyRequest, member: NamedDependency[SignedIn], speaker: FromPath[int]
    ) -> Response[str]:
        return await _page(request, member, speaker)

    @post("/{speaker:int}")
    async def change(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        speaker: FromPath[int],
    ) -> Response[Any]:
        typed = typed_in((await request.form()).multi_items())
        tags = languages_of(typed)
        texts = {
            name: {tag: text for tag in tags if (text := typed.get(f"{name}.{tag}", "")).strip()}
            for name in ("function", "biography")
        }
        try:
            posted = {"name": typed.get("name", ""), "affiliation": typed.get("affiliation", "").strip() or None}
            form = parse(SpeakerForm, posted | texts)
            if not form.name:
                raise Invalid.of("name", MISSING)
            await change_speaker(speaker, form, by=actor)
        except Invalid as refused:
            return await _page(request, member, speaker, typed, refused)
        return Redirect(f"{HERE}?done=changed", status_code=303)

    @post("/{speaker:int}/delete")
    async def delete(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        speaker: FromPath[int],
    ) -> Response[Any]:
        try:
            await delete_speaker(speaker, by=actor)
        except Conflict as refused:
            return await _page(request, member, speaker, None, refused)
        return Redirect(f"{HERE}?done=deleted", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    speaker: int,
    typed: dict[str, str] | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    person = await get_speaker(speaker, member.organisation.id)
    typed = typed_of(structs.asdict(person) | {"events": ()}) if typed is None else typed
    return workspace_page(
        request,
        member,
        "reports/speaker.html",
        status_of(refused) if refused else 200,
        person=person,
        typed=typed,
        problems=_problems(refused),
        content_languages=languages_of(typed),
    )


def _problems(refused: DomainError | None) -> list[Problem]:
    if refused is None:
        return []
    fields = [problem.field.removeprefix("speaker.") for problem in refused.problems]
    return [
        structs.replace(problem, field=_BESIDE.get(field, field))
        for problem, field in zip(refused.problems, fields, strict=True)
    ]
