"""`sideline …`: each command calls one action. Exit 0 done, 1 refused or failed, 2 wrong usage."""

import asyncio
import sys

from events.cli.commands import Refused
from events.cli.parser import make_parser
from events.kernel.errors import DomainError, Invalid
from events.settings import SettingsError, read_settings


def main(arguments: list[str] | None = None) -> int:
    args = make_parser().parse_args(arguments)
    try:
        settings = read_settings()
        if args.command == "serve":
            from events.server import serve

            return serve(settings, host=args.host, port=args.port)
        return asyncio.run(args.run(args, settings)) or 0
    except SettingsError as error:
        return _fail(str(error))
    except Invalid as error:
        return _fail(
            "; ".join(f"{problem.field}: {problem.message.format(**problem.params)}" for problem in error.problems)
        )
    except (DomainError, Refused, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("Stopped.")


def _fail(line: str) -> int:
    print(f"sideline: {line}", file=sys.stderr)
    return 1
