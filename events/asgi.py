"""For servers that import an application: `uvicorn events.asgi:app`. `sideline serve` is the way we recommend."""

from events.app import create_app
from events.settings import read_settings

app = create_app(read_settings())
