"""Find the PostgreSQL servers that are installed here, and say how to get one with PostGIS."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.errors import AtlasError

# Debian and Ubuntu, PGDG on Fedora and RHEL, Homebrew on both Macs, Postgres.app.
PROGRAM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

HOW_TO_INSTALL = """\
Debian, Ubuntu:  sudo apt-get install {debian}
Fedora, RHEL:    sudo dnf install {fedora}
macOS:           brew install {homebrew}"""


class PostgresMissing(AtlasError):
    """No usable PostgreSQL with PostGIS is installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """One installed PostgreSQL."""

    major: int
    programs: Path
    has_postgis: bool


def installed_servers() -> list[Server]:
    """List what is installed, the best choice first: with PostGIS, then the newest."""
    servers = {server.programs: server for server in map(_look_at, _program_folders()) if server}
    return sorted(servers.values(), key=lambda s: (s.has_postgis, s.major), reverse=True)


def server_with_postgis(major: int | None = None) -> Server:
    """Choose the newest server that has PostGIS, or the one of a given major version."""
    servers = installed_servers()
    for server in servers:
        if server.has_postgis and major in (None, server.major):
            return server
    found = ", ".join(
        f"{s.major} {'with' if s.has_postgis else 'without'} PostGIS" for s in servers
    )
    wanted = "PostgreSQL" if major is None else f"PostgreSQL {major}"
    raise PostgresMissing(
        f"{wanted} with PostGIS is not installed (found: {found or 'none'})\n"
        f"{how_to_install(major)}"
    )


def how_to_install(major: int | None = None) -> str:
    """Give the command for each system, and the way round it."""
    if major is None:
        packages = {
            "debian": "postgresql-postgis",
            "fedora": "postgresql-server postgis",
            "homebrew": "postgis",
        }
    else:
        packages = {
            "debian": f"postgresql-{major}-postgis-3",
            "fedora": f"postgresql{major}-server postgis",
            "homebrew": f"postgresql@{major} postgis",
        }
    own = "or use a server of your own: ATLAS_DATABASE_URL=postgresql://user:password@host/name"
    return HOW_TO_INSTALL.format(**packages) + f"\n{own}"


def _program_folders() -> Iterator[Path]:
    for pattern in PROGRAM_FOLDERS:
        yield from Path("/").glob(pattern.lstrip("/"))
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    if config := shutil.which("pg_config"):
        yield Path(_output_of(config, "--bindir").strip())


def _look_at(programs: Path) -> Server | None:
    postgres = programs / "postgres"
    if not postgres.is_file():
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _output_of(postgres, "--version"))
    if version is None:
        return None
    major = int(version[1])
    shares = [
        programs.parent / "share",
        programs.parent / "share/postgresql",
        programs.parent / f"share/postgresql@{major}",
        programs.parent.parent.parent / f"share/postgresql@{major}",
        Path(f"/usr/share/postgresql/{major}"),
        Path("/usr/share/pgsql"),
    ]
    has_postgis = any((share / "extension/postgis.control").is_file() for share in shares)
    return Server(major=major, programs=programs, has_postgis=has_postgis)


def _output_of(program: str | Path, argument: str) -> str:
    try:
        done = subprocess.run(
            [program, argument], capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return ""
    return done.stdout


if __name__ == "__main__":  # the launcher asks before there is a virtual environment
    try:
        sys.stdout.write(f"{server_with_postgis().programs}\n")
    except PostgresMissing as missing:
        sys.exit(str(missing))
