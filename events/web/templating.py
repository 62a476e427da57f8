"""Pages and mails from their templates. In a template everything of a language is bound to the reader's."""

import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import MediaType, Response

from events.kernel import words
from events.web import dates, locale
from events.web.assets import asset
from events.web.requests import AnyRequest
from events.web.said import said

TEMPLATES = Path(__file__).parents[2] / "templates"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
_FRENCH_HOLDS = re.compile(r" (?=[:;!?»])|(?<=«) ")
_ERRORS = {404, 410, 403, 429, 503}


@cache
def environment(language: str) -> Environment:
    """One for each language, so that macros need no context to speak it."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "svg"]),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.install_gettext_translations(locale.catalogue(language), newstyle=True)  # type: ignore[attr-defined]  # by the extension
    facts = locale.language_facts(language)
    made.globals |= {"language": language, "direction": facts.direction, "asset": asset, "N_": words.N_}
    for function in (
        dates.full_date,
        dates.short_date,
        dates.weekday,
        dates.short_month,
        dates.month,
        dates.clock,
        dates.city,
        dates.moment,
        dates.instant,
        dates.when,
        dates.elsewhere,
        dates.gap_notes,
        dates.shift_text,
        said,
        locale.number,
        locale.listed,
        locale.language_name,
        locale.countries,
        locale.country_name,
    ):
        made.globals[function.__name__] = partial(function, language)
    made.globals["in_language"] = partial(_in_language, language)
    made.globals["language_of"] = lambda text: words.language_of(text, language)
    return made


def _in_language(language: str, text: words.Text) -> str:
    """In French a line never begins with “:”, “?” or “»”, however its writer typed the space before it."""
    chosen = words.in_language(text, language)
    return _FRENCH_HOLDS.sub("\u00a0", chosen) if words.language_of(text, language) == "fr" else chosen


def render(language: str, name: str, **context: Any) -> str:
    return environment(language).get_template(name).render(context)


def page(
    request: AnyRequest,
    name: str,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    language: str | None = None,
    **context: Any,
) -> Response[str]:
    """`language` where it is not simply the request's: `language_of_request(request, registration.language)`."""
    language = language or locale.language_of_request(request)
    answer = Response(
        render(language, name, **_shared(request, language) | context),
        status_code=status_code,
        headers={"Content-Language": language, **(headers or {})},
        media_type=MediaType.HTML,
    )
    if chosen := locale.chosen_now(request):
        secure = request.app.state.settings.secure
        answer.set_cookie("lang", chosen, max_age=LANGUAGE_COOKIE_AGE, httponly=True, samesite="lax", secure=secure)
    return answer


def error_page(
    request: AnyRequest, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """`detail` in the reader's language."""
    name = status if status in _ERRORS else 500 if status >= 500 else "other"  # noqa: PLR2004 - the server's own faults
    return page(request, f"errors/{name}.html", status, headers, status=status, detail=detail)


def mail_text(language: str, name: str, **context: Any) -> tuple[str, str, str]:
    """Subject, plain text and HTML of `templates/{name}.txt` (its block `subject`, then the rest) and `{name}.html`."""
    template = environment(language).get_template(f"{name}.txt")
    subject = "".join(template.blocks["subject"](template.new_context(context)))
    text = template.render(context).strip() + "\n"
    return " ".join(subject.split()), text, render(language, f"{name}.html", **context)


def _shared(request: AnyRequest, language: str) -> dict[str, Any]:
    return {
        "languages": [
            {"tag": tag, "name": facts.name, "url": _same_page(request, tag), "current": tag == language}
            for tag, facts in locale.offered(request).items()
        ],
        "path_language": locale.language_of_path(request),
        "base_url": request.app.state.settings.base_url,
        "env": request.app.state.settings.env,
        "signed_in": None,
    }


def _same_page(request: AnyRequest, language: str) -> str:
    path: str = request.scope["path"]
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    if locale.language_of_path(request):
        path = "/" + "/".join([language, *(path.split("/")[2:] or [""])])  # the router takes the last slash away
    else:
        query.append(("lang", language))
    return f"{path}?{urlencode(query)}" if query else path
