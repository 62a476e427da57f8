"""What search engines ask for: which events there are, and which are nobody's business."""

from xml.sax.saxutils import escape, quoteattr

from litestar import Response, get

from events.accounts.queries import list_organisations
from events.programme.queries.addresses import list_programmes, list_public_addresses
from events.web.caching import keep
from events.web.locale import DEFAULT, LANGUAGES
from events.web.requests import AnyRequest
from events.web.security import settings_of

_PRIVATE = (
    "/t/", "/calendars/", "/door/", "/organise", "/api/", "/unsubscribe/", "/early/", "/delegations/", "/focal-points/",
    "/demo/",
)  # fmt: skip


@get("/robots.txt", include_in_schema=False)
async def robots(request: AnyRequest) -> Response[str]:
    """Feeds are not on the list: Google reads no calendar that a robot may not fetch."""
    rules = "".join(f"Disallow: {path}\n" for path in _PRIVATE)
    body = f"User-agent: *\n{rules}\nSitemap: {settings_of(request).base_url}/sitemap.xml\n"
    return Response(body, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})


@get("/sitemap.xml", include_in_schema=False)
async def sitemap(request: AnyRequest) -> Response[str]:
    """Every public page in each language, as sitemaps.org has it, with Google's hreflang links."""
    pages: list[tuple[str, str | None]] = [("/", None)]
    pages += [(f"/organisations/{organisation.slug}", None) for organisation in await list_organisations()]
    pages += [(f"/events/{slug}", changed.date().isoformat()) for slug, changed in await list_public_addresses()]
    pages += [(f"/events/{slug}/programme", changed.date().isoformat()) for slug, changed in await list_programmes()]
    base_url = settings_of(request).base_url
    keep(request, cache_control="public, max-age=3600")
    urls = "".join(_url(base_url, path, changed) for path, changed in pages)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        f"{urls}</urlset>\n"
    )
    return Response(body, media_type="application/xml; charset=utf-8")


def _url(base_url: str, path: str, changed: str | None) -> str:
    addresses = {language: f"{base_url}/{language}{path}" for language in LANGUAGES}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(address)}/>'
        for language, address in {**addresses, "x-default": addresses[DEFAULT]}.items()
    )
    modified = f"<lastmod>{changed}</lastmod>" if changed else ""
    return "".join(f"<url><loc>{escape(address)}</loc>{modified}{others}</url>\n" for address in addresses.values())


ROUTES = [robots, sitemap]
