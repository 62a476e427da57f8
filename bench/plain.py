"""The ceiling of every answer over HTTP: one word, by Litestar without middleware on the server that we use."""

import sys

import uvicorn
from litestar import Litestar, MediaType, get


@get("/", media_type=MediaType.TEXT, sync_to_thread=False)
def word() -> str:
    return "plain"


if __name__ == "__main__":
    app = Litestar([word], openapi_config=None, logging_config=None)
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_config=None, access_log=False)
