"""Run the verb that was asked for; say in words what went wrong."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import typer

import app.cli
from app.cli._base import Verb
from geo.errors import AtlasError, ImportRefused
from geo.registry import collect


def command_line() -> typer.Typer:
    """Make the command line out of the files in this folder."""
    application = typer.Typer(
        name="atlas",
        help="Conflict Atlas: map layers of a conflict, served from PostGIS.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    # Without a callback Typer would make a lone verb the whole command.
    application.callback()(lambda: None)
    for verb in collect(app.cli, "VERB", Verb).values():
        verb.add_to(application)
    return application


def main() -> None:
    """Run the command line; an AtlasError is a message and exit code 1, never a traceback."""
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _leave)
    try:
        command_line()(prog_name="atlas")
    except AtlasError as error:
        first, *hints = str(error).splitlines() or [type(error).__name__]
        print(f"atlas: {first}", *(f"  {hint}" for hint in hints), sep="\n", file=sys.stderr)
        for problem in error.problems if isinstance(error, ImportRefused) else ():
            print(f"  {problem}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        said = _said_by_the_database(error)
        if said is None:
            raise
        print(f"atlas: the database refused: {said}", file=sys.stderr)
        sys.exit(1)


def _said_by_the_database(error: Exception) -> str | None:
    """Give what an error of the database says, without the statement; None if it is no such."""
    # Only a verb that used the driver has loaded it, and can have met its errors.
    psycopg = sys.modules.get("psycopg")
    cause = getattr(error, "orig", None) or error
    if psycopg is None or not isinstance(cause, psycopg.Error):
        return None
    return cause.diag.message_primary or str(cause).partition("\n")[0] or type(cause).__name__


def _leave(number: int, _frame: FrameType | None) -> None:
    """Unwind as Ctrl-C does, so that a private database is left and stopped."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
