"""`atlas export tiles`: the same content as the service, of one moment, whatever interrupts it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
from fastapi.testclient import TestClient

from app.archive.folder import workplace
from app.archive.question import read_question
from app.archive.run import Order, export
from app.archive.source import opened
from app.settings import ROOT, Settings
from geo import database
from geo.errors import AtlasError, DatabaseAway
from geo.importing.load import load_rows
from geo.spec import FEATURE_FIELDS, Layer
from tests import archives
from tests.command import run_atlas, run_atlas_apart

KILLED = ("killed_low", "killed_best", "killed_high", "killed_unknown")
STARTS_WITHIN_S = 60


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "app.cli", "export", "tiles", *map(str, arguments)]


def variables(url: str, tmp_path: Path) -> dict[str, str]:
    return {"ATLAS_DATABASE_URL": url, "ATLAS_CACHE": str(tmp_path / "cache")}


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Export without a page, with options that a test gives."""

    def export(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        asked = ("export", "tiles", "--no-viewer", *arguments)
        return run_atlas(*asked, variables=variables(database_url, tmp_path))

    return export


def features(tile: bytes, layer: str) -> list[dict[str, Any]]:
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return [feature["properties"] for feature in found.get(layer, {"features": []})["features"]]


def of_zoom(path: Path, z: int, layer: str) -> list[dict[str, Any]]:
    """Gather the properties of a layer's features in all tiles of a zoom."""
    tiles = archives.read(path)
    return [one for place, tile in tiles.items() if place[0] == z for one in features(tile, layer)]


def test_cells_of_every_zoom_add_up_to_the_aggregate(
    run: Callable[..., Any], client: TestClient, tmp_path: Path
) -> None:
    asked = {"filter": "killed_best >= 2", "datetime": "2014-01-01/.."}
    options = ("--filter", asked["filter"], "--datetime", asked["datetime"], "--cells", "64")
    done = run(tmp_path / "out", "--layers", "events", "--zooms", "2-6", *options)
    assert done.returncode == 0, done.stderr
    world = {**asked, "by": "target_class", "measure": "killed", "bbox": "-180,-85,180,85"}
    rows = client.get("/collections/events/aggregate", params=world).json()["rows"]
    classes = {f"target_class:{row['target_class'] or ''}": row["count"] for row in rows}
    assert sum(classes.values()) > 20
    for z in range(2, 7):
        cells = of_zoom(tmp_path / "out" / "tiles.pmtiles", z, "events")
        found: Counter[str] = Counter()
        for cell in cells:
            found.update({name: value for name, value in cell.items() if name in classes})
        assert found == classes
        assert sum(cell["count"] for cell in cells) == sum(classes.values())
        for name in KILLED:
            expected = sum(row[name] or 0 for row in rows)
            assert sum(cell.get(name, 0) for cell in cells) == expected


def test_points_and_areas_are_those_of_the_service(
    run: Callable[..., Any], client: TestClient, tmp_path: Path
) -> None:
    layers = "attacks,regions,camps"
    done = run(tmp_path / "out", "--layers", layers, "--zooms", "3-7", "--bbox", "-6,13,2,20")
    assert done.returncode == 0, done.stderr
    tiles = archives.read(tmp_path / "out" / "tiles.pmtiles")
    assert {z for z, _, _ in tiles} == {3, 4, 5, 6, 7}
    for (z, x, y), tile in tiles.items():
        url = f"/tiles/{layers}/{z}/{x}/{y}.mvt?bbox=-6,13,2,20"
        assert client.get(url).content == tile
    # None was left out: those around hold nothing, or lie outside the box.
    around = {
        (7, x + dx, y + dy) for z, x, y in tiles if z == 7 for dx in (-1, 1) for dy in (-1, 1)
    }
    for z, x, y in around - set(tiles):
        response = client.get(f"/tiles/attacks,camps/{z}/{x}/{y}.mvt?bbox=-6,13,2,20")
        assert response.status_code == 204


def test_the_archive_says_what_it_is(run: Callable[..., Any], tmp_path: Path) -> None:
    options = (
        "--layers",
        "attacks,regions",
        "--zooms",
        "4",
        "--lang",
        "fr",
        "--as-of",
        "2999-01-01",
    )
    assert "lies in the future" in run(tmp_path / "out", *options).stderr
    done = run(tmp_path / "out", *options[:-2], "--filter", "region = 'gao'")
    assert done.returncode == 0, done.stderr
    said = archives.metadata(tmp_path / "out" / "tiles.pmtiles")
    assert said["name"] == "Atlas des conflits\u00a0: Attaques contre la mission, régions"
    assert said["generator"].startswith("Conflict Atlas ")
    assert said["atlas"]["question"] == {
        "layers": "attacks,regions",
        "zooms": "4-4",
        "filter": "region = 'gao'",
    }
    assert f"data as of {said['atlas']['as_of']}\n" in done.stdout
    described = {layer["id"]: layer for layer in said["vector_layers"]}
    assert list(described) == ["attacks", "regions", "regions_labels"]
    assert described["attacks"]["fields"] == {
        "id": "String",
        "event_class": "String",
        "killed_low": "Number",
        "killed_best": "Number",
        "killed_high": "Number",
        "place_precision": "Number",
    }
    licences = {source["layer"]: source["licence"] for source in said["atlas"]["sources"]}
    assert licences["regions"] == "CC BY 4.0"


def test_an_archive_credits_those_whose_rows_it_holds(
    run: Callable[..., Any], database_url: str, layers: dict[str, Layer], tmp_path: Path
) -> None:
    row = {"id": "ucdp-1", "dataset": "ucdp", "date": "2020-01-01", "place": "Gao"}
    row |= {"event_class": "ambush", "target_class": "civilians", "source_title": "UCDP"}
    with database.connect(database_url) as connection:
        placed = {**row, "lon": "-0.05", "lat": "16.27"}
        load_rows(connection, layers["events"], [placed], origin="a test", replace=False)

    def credit(*options: str) -> str:
        out = tmp_path / str(len(options))
        done = run(out, "--layers", "events", "--zooms", "2", *options)
        assert done.returncode == 0, done.stderr
        said: str = archives.metadata(out / "tiles.pmtiles")["attribution"]
        return said

    assert credit("--filter", "dataset = 'ucdp'") == "Uppsala Conflict Data Program"
    assert credit().startswith("Attacks on MINUSMA")
    assert "Uppsala Conflict Data Program" in credit()


def test_the_same_question_gives_the_same_bytes(
    run: Callable[..., Any], database_url: str, tmp_path: Path
) -> None:
    asked = ("--layers", "camps,regions", "--zooms", "0-5")
    assert run(tmp_path / "one", *asked).returncode == 0
    apart = ("export", "tiles", "--no-viewer", tmp_path / "other", *asked)
    assert run_atlas_apart(*apart, variables=variables(database_url, tmp_path)).returncode == 0
    one, other = (tmp_path / name / "tiles.pmtiles" for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


def test_a_killed_export_goes_on_where_it_was(
    run: Callable[..., Any], database_url: str, tmp_path: Path
) -> None:
    options = ("--layers", "camps,cercles,regions", "--zooms", "0-8")
    out = tmp_path / "out"
    journal = out / ".tiles.partial"
    process = subprocess.Popen(
        command(out, "--no-viewer", *options),
        cwd=ROOT,
        env={**os.environ, **variables(database_url, tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    ends = time.monotonic() + STARTS_WITHIN_S
    while not (journal.exists() and journal.stat().st_size > 30_000):
        assert process.poll() is None
        assert time.monotonic() < ends
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "tiles.pmtiles").exists()
    # As a disk that is full would leave it.
    with journal.open("ab") as file:
        file.write(b"half a record")

    refused = run(out, "--layers", "camps,cercles,regions", "--zooms", "0-7")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "atlas: an export with another question was broken off in this folder: --zooms 0-8",
        "  ask the same to go on with it, or add --restart to throw away what it has made",
    ]
    done = run(out, *options)
    assert done.returncode == 0, done.stderr
    assert "goes on where it broke off: " in done.stderr
    assert run(tmp_path / "straight", *options).returncode == 0
    straight = (tmp_path / "straight" / "tiles.pmtiles").read_bytes()
    assert (out / "tiles.pmtiles").read_bytes() == straight
    assert [file.name for file in out.iterdir()] == ["tiles.pmtiles"]


class Meddler:
    """Change the database when an export comes to a zoom."""

    def __init__(self, z: int, meddle: Callable[[], object]) -> None:
        self._z, self._meddle = z, meddle

    def goes_on(self, tiles: int, as_of: str) -> None: ...
    def made(self, z: int, size: int) -> None: ...
    def packing(self) -> None: ...

    def begin_zoom(self, z: int, tiles: int) -> None:
        if z == self._z:
            self._meddle()


def test_what_is_loaded_meanwhile_is_not_in_the_archive(
    database_url: str, layers: dict[str, Layer], tmp_path: Path
) -> None:
    settings = Settings(database_url=database_url, cache=tmp_path / "cache")

    def make(name: str, z: int, meddle: Callable[[], object]) -> bytes:
        question, ask = read_question(layers, "camps,regions", "0-6", {})
        order = Order(
            question=question,
            ask=ask,
            build="",
            language="en",
            viewer=None,
            restart=False,
            force=False,
        )

        async def run() -> None:
            async with opened(database_url, settings, ask) as (database, maker):
                with workplace(tmp_path / name) as place:
                    await export(order, place, database, maker, Meddler(z, meddle))

        asyncio.run(run())
        return (tmp_path / name / "tiles.pmtiles").read_bytes()

    before = make("before", -1, lambda: None)
    during = make("during", 4, lambda: withdraw_camps(database_url, tmp_path))
    assert during == before
    assert make("after", -1, lambda: None) != before


def withdraw_camps(url: str, tmp_path: Path) -> None:
    """Load the camps with only the first half of them."""
    lines = (ROOT / "data" / "sites" / "camps.csv").read_text().splitlines(keepends=True)
    fewer = tmp_path / "camps.csv"
    fewer.write_text("".join(lines[:12]))
    asked = ("load", "camps", fewer, "--allow-removals")
    assert run_atlas(*asked, variables=variables(url, tmp_path)).returncode == 0


def test_a_row_that_is_withdrawn_meanwhile_is_in_no_archive(
    database_url: str, layers: dict[str, Layer], tmp_path: Path
) -> None:
    settings = Settings(database_url=database_url, cache=tmp_path / "cache")
    question, ask = read_question(layers, "places", "0-5", {})
    order = Order(
        question=question,
        ask=ask,
        build="",
        language="en",
        viewer=None,
        restart=False,
        force=False,
    )
    out = tmp_path / "out"

    def make(meddle: Callable[[], object]) -> None:
        async def run() -> None:
            async with opened(database_url, settings, ask) as (source, maker):
                with workplace(out) as place:
                    await export(order, place, source, maker, Meddler(4, meddle))

        asyncio.run(run())

    def withdraw() -> None:
        with psycopg.connect(database_url) as connection:
            found = "SELECT * FROM atlas.places WHERE id = 'aguelhok' AND upper_inf(recorded)"
            cursor = connection.execute(found)
            names = [column.name for column in cursor.description or ()]
            row = dict(zip(names, cursor.fetchone() or (), strict=True))
        fields = [*(f.name for f in (*layers["places"].fields, *FEATURE_FIELDS)), "id"]
        kept = {name: row[name] for name in fields}
        with database.connect(database_url) as connection:
            changed = {**kept, "lon": 0.8589, "lat": 19.4614, "sensitivity": "restricted"}
            load_rows(connection, layers["places"], [changed], origin="a test", replace=False)

    with pytest.raises(AtlasError, match="run the same command again"):
        make(withdraw)
    assert not (out / "tiles.pmtiles").exists()
    make(lambda: None)
    held = b"".join(archives.read(out / "tiles.pmtiles").values())
    assert b"gao" in held
    assert b"aguelhok" not in held


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layers", "atacks"], "there is no layer 'atacks'; did you mean attacks?"),
        (["--zooms", "9-3"], "--zooms '9-3' begins below its end"),
        (["--layers", "camps", "--filter", "size > 3"], "--filter 'size' is no property of camps"),
        (["--theme", "pink", "--viewer"], "there is no style 'pink'; did you mean print?"),
        (["--lang", "de"], "--lang 'de' is not a language here"),
        (
            ["--layers", "attacks", "--filter", "killed_best > 5000"],
            "no feature of attacks answers the question",
        ),
        (["--layers", "camps", "--bbox", "100,10,110,20"], "no feature of camps answers"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(
    run: Callable[..., Any], tmp_path: Path, options: list[str], said: str
) -> None:
    done = run(tmp_path / "out", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"atlas: {said}")
    assert not (tmp_path / "out").exists()


def test_too_many_tiles_are_refused_with_their_number(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    done = run(tmp_path / "out", "--layers", "basemap", "--zooms", "0-14")
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith("atlas: zooms 0-14 may come to ")
    assert first.endswith(" tiles; 500,000 are the most without --force")
    assert "--zooms" in second


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    asked = ("export", "tiles", tmp_path / "out", "--no-viewer", "--layers", "camps")
    done = run_atlas(*asked, variables=variables("postgresql://nobody@127.0.0.1:1/none", tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("atlas: the database cannot be reached")
    assert not (tmp_path / "out").exists()


def no_database(**_: object) -> object:
    raise DatabaseAway("the database is away; try again shortly")


def no_room(*_: object) -> object:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("what", "fails", "said"),
    [
        ("database", no_database, "the database is away; try again shortly"),
        ("disk", no_room, "cannot write to .*: No space left on device"),
    ],
)
def test_what_was_made_is_kept_when_something_gives_out(
    database_url: str,
    layers: dict[str, Layer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    fails: Callable[..., object],
    said: str,
) -> None:
    question, ask = read_question(layers, "regions", "0-6", {})
    order = Order(
        question=question, ask=ask, build="", language="en", viewer=None, restart=False, force=False
    )

    async def export_once() -> None:
        settings = Settings(database_url=database_url, cache=tmp_path / "cache")
        async with opened(database_url, settings, ask) as (database, maker):
            with workplace(tmp_path / "out") as place:
                broken = {"database": (database, "reading"), "disk": (place.journal, "put")}[what]
                meddler = Meddler(4, lambda: monkeypatch.setattr(*broken, fails))
                await export(order, place, database, maker, meddler)

    hint = "the tiles made so far are kept; the same command goes on with them"
    with pytest.raises(AtlasError, match=rf"\A{said}\n{hint}\Z"):
        asyncio.run(export_once())
    with workplace(tmp_path / "out") as place:
        assert place.journal.begun is not None
        assert len(place.journal) > 5
