"""Say what a verb of the `atlas` command is: one file in this folder, named as the verb.

Declare a plain function with Typer's annotations and name it in a VERB:

    def load(layer: str, file: Path, strict: bool = False) -> None: "Load a layer from a file."
    VERB = Verb(id="load", run=load)

or a verb with its own verbs: `VERB = Verb(id="boundaries", about="…", commands={"load": load})`.
`usual` names the one of them that is meant where none is named: `atlas figure 4` makes a figure.
Every module here is imported at each start: import heavy things inside the function. To fail, raise
an AtlasError: the person sees its message (lines after the first are hints) and the exit code is 1.
Data goes to stdout, everything else to stderr. To end with another code, raise typer.Exit(code).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """One verb: a function, or a group of them."""

    id: str
    run: Callable[..., None] | None = None
    commands: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    about: str | None = None
    usual: str | None = None
    passes_arguments_on: bool = False  # options that we do not know belong to another program

    def add_to(self, application: typer.Typer) -> None:
        """Give this verb to the command line."""
        if self.run is not None:
            extra: dict[str, Any] = {}
            if self.passes_arguments_on:
                extra["context_settings"] = {"ignore_unknown_options": True}
                extra["add_help_option"] = False
            application.command(self.id, help=self.about, **extra)(self.run)
        if self.commands:
            kind = TyperGroup if self.usual is None else _with_usual(self.usual)
            group = typer.Typer(help=self.about, no_args_is_help=True, cls=kind)
            for name, command in self.commands.items():
                group.command(name)(command)
            application.add_typer(group, name=self.id)


def _with_usual(usual: str) -> type[TyperGroup]:
    """Make a group of verbs that takes one of them where none is named."""

    class Group(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            asks_for_help = args[:1] in (["--help"], [])
            named = args[:1] and args[0] in self.commands
            return super().parse_args(ctx, args if named or asks_for_help else [usual, *args])

    return Group
