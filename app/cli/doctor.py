"""Say what is installed, which database is used, and what is wrong."""

from __future__ import annotations

import json
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli._base import Verb
from app.settings import ROOT, Settings
from geo.errors import AtlasError

if TYPE_CHECKING:
    from app.postmaster import Running

State = Literal["ok", "wrong", "note"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of the report; `note` is something that only tests or comfort need."""

    subject: str
    state: State
    value: str
    to_do: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say what is installed, which database is used, and what is wrong."""
    findings = [*examine()]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        _show(findings)
    raise typer.Exit(1 if any(finding.state == "wrong" for finding in findings) else 0)


def examine() -> Iterator[Finding]:
    """Look at everything the atlas stands on; change and start nothing."""
    try:
        settings = Settings.from_environment()
    except AtlasError as error:
        yield Finding(
            subject="settings", state="wrong", value=str(error), to_do="change or unset it"
        )
        return
    yield from _python()
    yield from _postgres(settings)
    yield from _assets()
    yield from _programs()
    yield from _database(settings)
    yield from _settings(settings)


def _python() -> Iterator[Finding]:
    found = f"{platform.python_version()} at {sys.executable}"
    yield Finding(subject="Python", state="ok", value=found)
    for name, verb in (("requirements.lock", "serve"), ("requirements-dev.lock", "test")):
        differing = list(differences(ROOT / name))
        if not differing:
            yield Finding(subject=name, state="ok", value="installed")
            continue
        more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
        yield Finding(
            subject=name,
            state="wrong" if verb == "serve" else "note",
            value=f"{', '.join(differing[:3])}{more}",
            to_do=f"./atlas {verb} installs what is missing; for what differs first: rm -r .setup",
        )


def differences(lock: Path) -> Iterator[str]:
    """Compare a lock file with what is installed; rows for other systems do not count."""
    for name, wanted in re.findall(r"^([\w.-]+)==([^\s;]+) \\$", lock.read_text(), re.MULTILINE):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{name} is missing"
        else:
            if found != wanted:
                yield f"{name} is {found}, not {wanted}"


def _postgres(settings: Settings) -> Iterator[Finding]:
    from app.postgres import PostgresMissing, installed_servers, server_with_postgis

    servers = installed_servers()
    listed = ", ".join(
        f"{s.major}{' with PostGIS' if s.has_postgis else ''} in {s.programs}" for s in servers
    )
    try:
        server_with_postgis()
    except PostgresMissing as missing:
        unneeded = settings.database_url is not None
        yield Finding(
            subject="PostgreSQL",
            state="note" if unneeded else "wrong",
            value=listed or "not installed",
            to_do="" if unneeded else "\n".join(str(missing).splitlines()[1:]),
        )
    else:
        yield Finding(subject="PostgreSQL", state="ok", value=listed)


def _assets() -> Iterator[Finding]:
    static, basemap = ROOT / "app/static/versions.json", ROOT / "data/basemap/basemap.geojson"
    if static.is_file():
        versions = json.loads(static.read_text())
        found = ", ".join(f"{name} {version}" for name, version in versions.items())
        yield Finding(subject="web assets", state="ok", value=found)
    else:
        yield Finding(
            subject="web assets", state="wrong", value="missing", to_do="./atlas serve makes them"
        )
    if basemap.is_file():
        yield Finding(subject="basemap", state="ok", value=f"{basemap.stat().st_size:,} bytes")
    else:
        yield Finding(
            subject="basemap", state="wrong", value="missing", to_do="./atlas serve makes it"
        )


def _programs() -> Iterator[Finding]:
    wanted = {
        "Chromium": ("chromium", "chromium", "tests of the maps in a browser"),
        "GDAL": ("ogrinfo", "gdal-bin", "tests with GDAL's client"),
    }
    for subject, (program, package, purpose) in wanted.items():
        path = shutil.which(program)
        if path is not None:
            yield Finding(subject=subject, state="ok", value=path)
        else:
            yield Finding(
                subject=subject,
                state="note",
                value=f"not found; {purpose} are skipped",
                to_do=f"sudo apt-get install {package}",
            )


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is not None:
        yield Finding(subject="database", state="ok", value=masked(settings.database_url))
        yield from _answer(settings.database_url)
        return
    from app.cluster import home, running_privately

    folder = home(settings)
    running: Running | None = None
    try:
        running = running_privately(settings)
        does = f"running, process {running.pid}" if running else "not running; starts when needed"
        yield Finding(subject="database", state="ok", value=f"private, in {folder}: {does}")
    except (AtlasError, PermissionError) as error:
        yield Finding(
            subject="database",
            state="wrong",
            value=f"private, in {folder}: {error}",
            to_do="run as the user it belongs to, or set ATLAS_HOME to a folder of your own",
        )
    if running is not None:
        yield Finding(subject="its address", state="ok", value=running.url)
        yield from _answer(running.url)


def _answer(url: str) -> Iterator[Finding]:
    from geo.database import connect

    asked = """SELECT current_setting('server_version'), (
        SELECT extversion FROM pg_extension WHERE extname = 'postgis')"""
    try:
        with connect(url) as connection:
            server, postgis = connection.execute(asked).fetchone() or ("unknown", None)
    except AtlasError as error:
        yield Finding(
            subject="answers",
            state="wrong",
            value=str(error),
            to_do="start that server, or unset ATLAS_DATABASE_URL to use a private one",
        )
        return
    if postgis is None:
        yield Finding(
            subject="answers",
            state="wrong",
            value=f"PostgreSQL {server} without PostGIS",
            to_do="as its superuser: CREATE EXTENSION postgis",
        )
    else:
        value = f"PostgreSQL {server}, PostGIS {postgis}"
        yield Finding(subject="answers", state="ok", value=value)


def _settings(settings: Settings) -> Iterator[Finding]:
    for row in fields(settings):
        value = getattr(settings, row.name)
        if row.name == "database_url" and value is not None:
            value = masked(value)
        changed = "" if value == row.default else " (set)"
        shown = "not set" if value is None else f"{value}{changed}"
        yield Finding(subject=f"ATLAS_{row.name.upper()}", state="ok", value=shown)


def masked(url: str) -> str:
    """Hide the password of a database address, wherever it stands in it."""
    url = re.sub(r"//([^:/@]*):.*@", r"//\1:•••@", url)
    return re.sub(r"(?i)([?&]password=)[^&]*", r"\1•••", url)


def _show(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "", "", box=None, show_header=False, pad_edge=False)
    for finding in findings:
        colour = {"ok": "green", "wrong": "bold red", "note": "yellow"}[finding.state]
        told = Text(finding.value)
        if finding.to_do:
            told.append(f"\n→ {finding.to_do}", style="bold")
        table.add_row(Text(finding.state, style=colour), Text(finding.subject), told)
    # In a pipe nothing knows the width; a line is better long than folded.
    console = Console(width=None if sys.stdout.isatty() else 1000)
    console.print(table)


VERB = Verb(id="doctor", run=doctor)
