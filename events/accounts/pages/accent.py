from litestar import MediaType, Response, get
from litestar.params import FromPath

from events.accounts import queries


@get("/organisations/{slug:str}/accent.css", media_type=MediaType.CSS, include_in_schema=False)
async def accent(slug: FromPath[str]) -> Response[str]:
    """The organisation's colour, for the stylesheet to make the others of; empty when it has none of its own."""
    colour = (await queries.get_organisation(slug)).accent
    rule = f":root {{ --own-accent: {colour}; }}\n" if colour else ""
    return Response(rule, media_type=MediaType.CSS, headers={"Cache-Control": "public, max-age=300"})
