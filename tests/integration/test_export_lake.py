"""`atlas export lake`: every row once, of one moment, in files that say what they are."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.dataset
import pytest
from fastapi.testclient import TestClient

from app.start import DATA
from geo import database
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.command import run_atlas

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(own_database_url: str) -> Run:
    def export(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        variables = {"ATLAS_DATABASE_URL": own_database_url}
        return run_atlas("export", "lake", *arguments, variables=variables)

    return export


def bytes_of(folder: Path) -> dict[str, bytes]:
    found = {path for path in folder.rglob("*") if path.is_file()}
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def said(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_bytes())


def test_the_files_hold_every_row_once_in_the_year_it_began(
    run: Run, client: TestClient, tmp_path: Path
) -> None:
    done = run(tmp_path / "lake", "--layers", "events,regions,facts")
    assert done.returncode == 0, done.stderr
    for layer in ("events", "facts"):
        whole = pyarrow.dataset.dataset(tmp_path / "lake" / layer, partitioning="hive").to_table()
        answer = client.get(f"/collections/{layer}/items?limit=10000&f=json").json()
        expected = {f["id"]: f["properties"] for f in answer["features"]}
        rows = whole.to_pylist()
        assert sorted(row["id"] for row in rows) == sorted(expected)
        for row in rows:
            own = {name: row[name] for name in expected[row["id"]]}
            own = {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in own.items()}
            assert own == expected[row["id"]]
            if layer == "events":
                assert row["year"] == row["date"].year
    regions = geopandas.read_parquet(tmp_path / "lake" / "regions")
    assert len(regions) == 13
    assert regions.geometry.is_valid.all()


def test_the_manifest_names_every_file_with_its_digest_and_terms(run: Run, tmp_path: Path) -> None:
    done = run(tmp_path / "lake", "--layers", "events,tobs", "--datetime", "2020-01-01/..")
    assert done.returncode == 0, done.stderr
    manifest = said(tmp_path / "lake")
    found = bytes_of(tmp_path / "lake")
    files = [file for layer in manifest["layers"].values() for file in layer["files"]]
    assert {file["path"] for file in files} | {"manifest.json"} == set(found)
    for file in files:
        assert file["sha256"] == hashlib.sha256(found[file["path"]]).hexdigest()
        assert file["bytes"] == len(found[file["path"]])
    assert manifest["question"] == {"layers": "events,tobs", "datetime": "2020-01-01/.."}
    assert "CC BY 4.0" in manifest["layers"]["events"]["source"]["licence"]["fr"]
    assert {file["year"] for file in manifest["layers"]["events"]["files"]} == {
        2020,
        2021,
        2022,
        2023,
    }


def test_a_past_state_gives_the_same_bytes_after_a_later_load(
    run: Run, own_database_url: str, layers: dict[str, Layer], tmp_path: Path
) -> None:
    assert run(tmp_path / "first", "--layers", "places").returncode == 0
    moment = said(tmp_path / "first")["as_of"]
    with database.connect(own_database_url) as connection:
        given = next(csv.DictReader((DATA / "places/places.csv").read_text().splitlines()))
        rows = [{**given, "id": "new"}]
        load_rows(connection, layers["places"], rows, origin="test", replace=False)
    assert run(tmp_path / "then", "--layers", "places", "--as-of", moment).returncode == 0
    assert run(tmp_path / "now", "--layers", "places").returncode == 0
    first, then, now = (bytes_of(tmp_path / name) for name in ("first", "then", "now"))
    assert {n: c for n, c in first.items() if n.endswith("parquet")} == {
        n: c for n, c in then.items() if n.endswith("parquet")
    }
    assert said(tmp_path / "now")["layers"]["places"]["rows"] == 55
    assert now["places/part-0.parquet"] != first["places/part-0.parquet"]


def test_an_earlier_lake_is_replaced_whole_and_other_files_are_never_touched(
    run: Run, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    assert run(lake, "--layers", "camps").returncode == 0
    assert run(lake, "--layers", "tobs").returncode == 0
    assert list(said(lake)["layers"]) == ["tobs"]
    assert not (lake / "camps").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    refused = run(mine)
    assert refused.returncode == 1
    assert "holds other files, and no lake of this program" in refused.stderr
    assert bytes_of(mine) == {"thesis.txt": b"years of work"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake", "mine"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--layers", "event"), "event"),
        (("--layers", "camps", "--filter", "killed_best > 3"), "killed_best"),
        (("--datetime", "yesterday"), "--datetime 'yesterday'"),
        (("--as-of", "2999-01-01"), "--as-of '2999-01-01'"),
    ],
)
def test_what_means_nothing_is_refused_and_what_was_there_stays(
    run: Run, tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    refused = run(tmp_path / "lake", *options)
    assert refused.returncode == 1
    assert problem in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []
