"""What the documents say is so: every thing is named, every link leads, every command runs."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import geopandas
import pytest
import shapely
from fastapi import params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

import app.cli
from app import errors as status_codes
from app.archive.run import MOST_TILES
from app.cli._base import Verb
from app.cli.boundaries import known_cercles
from app.main import create_app
from app.maps import maps
from app.routes import routers
from app.routes.proximity import MOST_NEAREST, NEAREST
from app.settings import ROOT, Settings
from app.surfaces import MOST_BYTES as MOST_BYTES_OF_SURFACES
from app.tiles.ask import MOST_LAYERS
from geo import errors as error_tree
from geo.columns.held import MOST_WORDS
from geo.columns.overlay import DUE_AT_LEAST, DUE_SHARE
from geo.cql2 import MAX_BYTES, MAX_DEPTH
from geo.density_query import BANDWIDTH_KM, LEAST_BANDWIDTH_KM, MOST_BANDWIDTH_KM
from geo.errors import AtlasError
from geo.features import PROBE
from geo.feed import HEARTBEAT_S, MOST_PLACES
from geo.formats import CopyWriter, FileWriter, PageWriter, xlsx
from geo.formats._base import StreamWriter
from geo.importing.readers import readers
from geo.registry import collect
from geo.schema import FINEST_CELL
from geo.spec import SYSTEM_COLUMNS, Layer
from geo.styles.themes import THEMES
from geo.tiles.grid import EXTENT
from geo.tiles.plan import COARSE, FEW, FINE, points_from
from geo.tiles.shapes import KNOT
from geo.tiles.sql import MOST_POINTS
from tests.benchmarks import acled_shaped
from tests.contract.addresses import PLACES

DOCUMENTS = sorted(ROOT.glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ADDRESS = "http://localhost:8000"
# Commands of the README that do not end by themselves, or would start this very test: the start
# of the line, and the file whose tests run it.
COVERED_ELSEWHERE = {
    "./atlas serve": "tests/integration/test_serve.py",
    "./atlas test": "tests/integration/test_serve.py",
    "docker compose up": "tests/contract/test_docker_files.py",
}
pytestmark = pytest.mark.slow
# What the table of formats calls the ways of writing.
COMES_AS = {PageWriter: "page", CopyWriter: "stream", StreamWriter: "stream", FileWriter: "file"}
# What an address must be asked with to answer.
DEMANDED = {
    "nearest": "?point=-0.04,16.27",
    "within": "?point=-0.04,16.27&distance_m=50000",
    "check": "?f=html",
    "oembed": "?url=/figures/1",
}
# What the commands run is what the launcher runs, once it has set everything up (its own tests
# are in tests/integration/test_launcher.py), and an answer that is an error is a failure.
SHELL = """
set -euo pipefail
curl() { command curl --fail-with-body --silent --show-error "$@"; }
"""
LAUNCHER = f"""\
#!/usr/bin/env bash
PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -P -m app.cli "$@"
"""

on_each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block of a document, the line it begins on, and the heading it stands under."""

    language: str
    text: str
    line: int
    heading: str

    def __str__(self) -> str:
        return f"{self.heading}, line {self.line}"


def blocks(document: str, language: str) -> list[Block]:
    found = []
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", document, re.MULTILINE | re.DOTALL):
        before = document[: match.start()]
        headings = re.findall(r"^#+ (.+)$", before, re.MULTILINE)
        text = re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE)
        line = before.count("\n") + 1
        found.append(Block(language=match[2], text=text, line=line, heading=headings[-1]))
    return [block for block in found if block.language == language]


def table(document: str, *header: str) -> dict[str, list[str]]:
    """Read the table that has this header: the other cells of a row by its first one."""
    start = re.escape("| " + " | ".join(header) + " |")
    (body,) = re.findall(rf"^{start}\n\|[-|]+\|\n((?:\|.*\n)+)", document, re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body.splitlines()]
    return {row[0].strip("`"): row[1:] for row in rows}


# --- everything is named ------------------------------------------------------------------------


def test_every_layer_is_listed_with_its_rows(client: TestClient, layers: dict[str, Layer]) -> None:
    listed = {name: int(row[0]) for name, row in table(README, "id", "rows", "what").items()}
    held = {
        name: client.get(f"/collections/{name}/items?limit=1").json()["numberMatched"]
        for name in layers
    }
    assert listed == held


def test_every_map_is_listed_and_no_other() -> None:
    tables = re.findall(r"^\| `(/maps/\w+)` \|", README, re.MULTILINE)
    assert sorted(tables) == sorted(f"/maps/{name}" for name in maps())


def test_every_format_is_listed_with_how_it_comes_and_the_systems_it_can_name() -> None:
    service = create_app(Settings(database_url="postgresql://nobody@nowhere/nothing"))
    listed = table(README, "`f`", "for", "comes as", "other systems")
    assert {name: row[1:] for name, row in listed.items()} == {
        name: [COMES_AS[type(offered.writer)], "yes" if offered.any_crs else "no"]
        for name, offered in service.state.formats.items()
    }


def test_every_ending_that_can_be_loaded_is_named() -> None:
    endings = [suffix for reader in readers().values() for suffix in reader.suffixes]
    assert [suffix for suffix in endings if f"`{suffix}`" not in README] == []


def test_every_setting_is_listed_with_its_default_and_meaning() -> None:
    listed = table(README, "variable", "default", "means")
    assert {name: [cell.replace("`", "") for cell in row] for name, row in listed.items()} == {
        f"ATLAS_{field.name.upper()}": [
            "not set" if field.default is None else str(field.default),
            field.metadata["doc"],
        ]
        for field in fields(Settings)
    }


def commands() -> set[str]:
    """List the commands of the launcher, those of a group with the group's name before them."""
    found = set()
    for verb in collect(app.cli, "VERB", Verb).values():
        found |= {f"./atlas {verb.id}"} if verb.run else set()
        found |= {f"./atlas {verb.id} {name}" for name in verb.commands}
    return found


def test_every_command_is_listed_and_no_other() -> None:
    assert set(table(README, "command", "does")) == commands()


@on_each_document
def test_a_verb_that_a_document_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = set(collect(app.cli, "VERB", Verb))
    # A declaration in a document may add a verb of its own.
    known |= set(re.findall(r"^# app/cli/(\w+)\.py$", text, re.MULTILINE))
    assert set(re.findall(r"\./atlas ([a-z]+)", text)) - known == set()


def test_every_error_is_listed_with_its_status() -> None:
    listed = {name: row[0] for name, row in table(ARCHITECTURE, "error", "status", "means").items()}
    declared = {
        kind: str(status_codes.STATUS.get(kind, "–"))
        for kind in vars(error_tree).values()
        if isinstance(kind, type) and issubclass(kind, AtlasError)
    }
    assert listed == {kind.__name__: code for kind, code in declared.items()} | {
        AtlasError.__name__: "500"
    }


def routes() -> list[APIRoute]:
    found = [route for router in routers() for route in router.routes]
    return [route for route in found if isinstance(route, APIRoute)]


def test_every_address_is_listed_and_answers(client: TestClient) -> None:
    listed: set[str] = set()
    for cell in re.findall(r"^\| (`/.*?) \|", README, re.MULTILINE):
        listed |= set(re.findall(r"`(/[^`]*)`", cell))
    assert listed - {f"/maps/{name}" for name in maps()} == {route.path for route in routes()}
    asked = {path: path + DEMANDED.get(path.rpartition("/")[2], "") for path in listed}
    statuses = {path: client.get(asked[path].format(**PLACES)).status_code for path in listed}
    assert set(statuses.values()) == {200}, statuses


def test_every_parameter_is_listed_and_no_other() -> None:
    listed: set[str] = set()
    for header in ("parameter | means | example", "parameter | of | means"):
        for cell in table(README, *header.split(" | ")):
            listed |= set(cell.split("`, `"))
    # Forms have fields of their own; the address that they go to is no resource.
    described = [route for route in routes() if route.include_in_schema]
    assert listed == {name for route in described for name in parameters(route)}


def parameters(route: APIRoute) -> Iterator[str]:
    """List the parameters that a route takes in its query, a layer's properties left out."""
    for field in get_flat_params(route.dependant):
        if isinstance(field.field_info, params.Query):
            yield field.alias
    # Tiles read the query themselves, and say so.
    for given in (route.openapi_extra or {}).get("parameters", []):
        if given["in"] == "query":
            yield given["name"]


def test_every_style_is_listed_and_no_other() -> None:
    assert set(table(README, "style", "for")) == set(THEMES)


def test_limits_in_the_documents_are_those_of_the_code() -> None:
    stated = [
        (README, f"A workbook has room for {xlsx.MOST_ROWS:,} rows"),
        (README, f"{xlsx.MOST_CHARACTERS:,} characters in a cell"),
        (README, f"how many, at most {MOST_NEAREST:,}; {NEAREST} unless told"),
        (README, f"0 (coarse) to {FINEST_CELL} (fine)"),
        (README, f"at most {Settings().limit_max:,} features"),
        (README, f"with up to {FEW:,} places"),
        (README, f"{COARSE} along a side ({FINE} down to zoom 2)"),
        (README, f"with a million rows that is zoom {points_from(1_000_000)}"),
        (README, f"More than {MOST_POINTS:,} points in one tile"),
        (README, f"joined by commas, up to {MOST_LAYERS}:"),
        (README, f"{LEAST_BANDWIDTH_KM} to {MOST_BANDWIDTH_KM:g}; {BANDWIDTH_KM:g} unless told"),
        (README, f"More than {MOST_TILES:,} tiles need `--force`"),
        (ARCHITECTURE, f"up to {PROBE:,} matches"),
        (ARCHITECTURE, f"every {HEARTBEAT_S:g} seconds"),
        (ARCHITECTURE, f"up to {MOST_PLACES} boxes"),
        (
            ARCHITECTURE,
            f"{DUE_SHARE:.0%} of the rows (at least {DUE_AT_LEAST:,})".replace("%", " %"),
        ),
        (ARCHITECTURE, f"more than {MOST_WORDS:,} different texts"),
        (ARCHITECTURE, f"a net of {KNOT}/{EXTENT} of a tile"),
        (ARCHITECTURE, f"{MOST_BYTES_OF_SURFACES // 1024**2} MB of surfaces"),
        (ARCHITECTURE, f"the H3 cell of a point, resolution {FINEST_CELL}"),
        (ARCHITECTURE, f"Size ({MAX_BYTES // 1024} KB), depth ({MAX_DEPTH})"),
    ]
    assert [words for text, words in stated if words not in " ".join(text.split())] == []


def test_every_system_column_is_listed(layers: dict[str, Layer]) -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", ARCHITECTURE, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    # Where a point lies is part of its geometry, not a column.
    assert SYSTEM_COLUMNS - {"lon", "lat"} - listed == set()


# --- every path and link leads somewhere --------------------------------------------------------


def test_architecture_names_everything_at_the_first_level() -> None:
    left_out = {"__init__.py", "__pycache__"}
    paths = {
        f"{room}/{entry.name}"
        for room in ("app", "geo")
        for entry in (ROOT / room).iterdir()
        if entry.name not in left_out and not entry.name.startswith(".")
    }
    assert len(paths) > 20
    named = {path for path in paths if f"`{path}`" in ARCHITECTURE or f"`{path}/`" in ARCHITECTURE}
    assert paths - named == set()


@on_each_document
def test_a_path_that_a_document_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"`((?:app|geo|layers|data|notebooks|tests|\.ci)/[\w./]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def anchors(text: str) -> set[str]:
    """List the places in a document that a link can lead to, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@on_each_document
def test_a_link_within_the_repository_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not leads_somewhere(path, link)] == []


def leads_somewhere(document: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target.read_text(encoding="utf-8"))


def test_the_picture_is_small_enough_for_a_page() -> None:
    (name,) = re.findall(r"!\[[^\]]{30,}\]\((.+?)\)", README)
    assert (ROOT / name).stat().st_size < 300_000


# --- every command runs -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that looks like the project's root to a reader's commands."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "data").symlink_to(ROOT / "data")
    (folder / "atlas").write_text(LAUNCHER)
    (folder / "atlas").chmod(0o755)
    squares = [shapely.box(n % 10, n // 10, n % 10 + 1, n // 10 + 1) for n in range(50)]
    cercles = {"adm2_fr": [cercle.name for cercle in known_cercles()], "geometry": squares}
    geopandas.GeoDataFrame(cercles, crs=4326).to_file(folder / "mli_adm2.geojson")
    acled_shaped.write(folder / "acled_mali.csv", 20)
    return folder


def commands_of(block: Block) -> list[str]:
    """Split a block into its commands, without those that are run elsewhere."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith(tuple(COVERED_ELSEWHERE))]


RUN_HERE = [block for block in blocks(README, "sh") if commands_of(block)]


@pytest.mark.parametrize("block", RUN_HERE, ids=str)
def test_a_command_of_the_readme_runs(
    block: Block, own_server: str, database_url: str, workplace: Path
) -> None:
    for program in ("curl", "ogrinfo", "ogr2ogr"):
        if re.search(rf"^{program} ", block.text, re.MULTILINE) and not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    script = SHELL + "\n".join(commands_of(block)).replace(ADDRESS, own_server)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=workplace,
        env={**os.environ, "ATLAS_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_commands_that_run_elsewhere_are_in_the_readme_and_in_a_test() -> None:
    lines = [line for block in blocks(README, "sh") for line in block.text.splitlines()]
    for command, file in COVERED_ELSEWHERE.items():
        assert any(line.startswith(command) for line in lines), command
        assert (ROOT / file).is_file()


@pytest.mark.parametrize("block", blocks(README, "python"), ids=str)
def test_python_of_the_readme_runs(block: Block, own_server: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block.text.replace(ADDRESS, own_server), {})
    assert printed.getvalue()


def test_every_address_of_the_readme_answers(own_server: str) -> None:
    named = re.findall(rf"(?:[<\"'`]|^)({ADDRESS}/[^\s>\"'`]*)(?:[>\"'`]|$)", README, re.MULTILINE)
    assert len(named) > 20
    for template in named:
        address = re.sub(r"\{([zxy])\}", lambda found: PLACES[found[1]], template)
        with urllib.request.urlopen(address.replace(ADDRESS, own_server), timeout=30) as answer:
            # A vector tile may have nothing in it.
            assert answer.status in (200, 204) if ".mvt" in address else answer.status == 200
