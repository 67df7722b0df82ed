"""Say what a verb of the `atlas` command is: one file in this folder, named as the verb.

Declare a plain function with Typer's annotations and name it in a VERB:

    def load(layer: str, file: Path, strict: bool = False) -> None: "Load a layer from a file."
    VERB = Verb(id="load", run=load)

or a verb with its own verbs: `VERB = Verb(id="boundaries", about="…", commands={"load": load})`.
Every module here is imported at each start: import heavy things inside the function. To fail, raise
an AtlasError: the person sees its message (lines after the first are hints) and the exit code is 1.
Data goes to stdout, everything else to stderr. To end with another code, raise typer.Exit(code).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import typer


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """One verb: a function, or a group of them."""

    id: str
    run: Callable[..., None] | None = None
    commands: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    about: str | None = None
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
            group = typer.Typer(help=self.about, no_args_is_help=True)
            for name, command in self.commands.items():
                group.command(name)(command)
            application.add_typer(group, name=self.id)
