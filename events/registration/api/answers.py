from typing import Annotated

from litestar import Controller, Response, get, patch, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Meta, Struct

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.questions.queries import find_whole_form
from events.questions.rules import LARGEST_FILE
from events.questions.rules.answers import field_of
from events.questions.values import NotThat
from events.registration.answers.actions import open_file, set_answers, set_file
from events.registration.answers.rules import FILE_TYPES, File, read_file
from events.registration.api.listed import ListedAnswer, as_listed
from events.registration.forms import AnswersForm, read_given
from events.registration.queries import get_own_by_code
from events.web.downloads import as_download
from events.web.posted import Line, parse, read_json
from events.web.requests import AnyRequest


class FileForm(Struct):
    """`name`: what the file is called; its ending is made that of what it is."""

    name: Annotated[Line, Meta(min_length=1)] = "file"


class AnswersApi(Controller):
    """Answers noted and corrected by organisers, by the names of the questions; files one at a time."""

    path = "/api/v1/registrations/{code:str}"
    tags = ["registrations"]
    dependencies = {"actor": Provide(actor)}
    request_max_body_size = LARGEST_FILE + 1_000_000  # what is a little too large is refused in words

    @patch(
        "/answers",
        guards=[scope("registrations:write")],
        summary="Note or correct answers; what is not named stays, null removes, sensitive ones need sensitive:read",
        opt={"body": AnswersForm, "answer": ListedAnswer},
    )
    async def set_answers(
        self, request: AnyRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        await get_own_by_code(code, actor.organisation)
        given = read_given(await read_json(request))
        return await answer_once(
            request, lambda: as_listed(set_answers.step(code, given, by=actor)), caller=actor, status=200
        )

    @put(
        "/files/{question:str}",
        guards=[scope("registrations:write")],
        summary="Answer a question with a file: the body is a PDF, a JPEG or a PNG of 5 MB at most",
        opt={"query": FileForm, "body": FILE_TYPES, "answer": ListedAnswer},
    )
    async def set_file(
        self, request: AnyRequest, code: FromPath[str], question: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        file = await _file_in(request, code, question, actor)
        return await answer_once(
            request, lambda: as_listed(set_file.step(code, question, file, by=actor)), caller=actor, status=200
        )

    @get(
        "/files/{question:str}",
        guards=[scope("registrations:read")],
        summary="The file that answers a question; a sensitive one needs sensitive:read, and is written down",
        opt={"answer": FILE_TYPES},
    )
    async def save_file(
        self, code: FromPath[str], question: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        ticket = await get_own_by_code(code, actor.organisation)
        asked = (await find_whole_form(ticket.event)).named(question)
        file = await open_file(code, asked.id, by=actor)
        return as_download(file.name, file.media_type, file.content)


async def _file_in(request: AnyRequest, code: str, question: str, actor: Actor) -> File:
    """Raises TicketNotFound, QuestionNotFound, and Invalid when it is none that can be taken."""
    ticket = await get_own_by_code(code, actor.organisation)
    asked = (await find_whole_form(ticket.event)).named(question)
    form = parse(FileForm, {"name": request.query_params["name"]} if "name" in request.query_params else {})
    try:
        return read_file(form.name, await request.body())
    except NotThat as wrong:
        raise Invalid.of(field_of(asked), wrong.message, **wrong.params) from None
