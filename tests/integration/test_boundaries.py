"""`atlas boundaries load` on a real database: cercles appear and regions get finer, or nothing."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import pytest
import shapely

from app.cli.boundaries import known_cercles
from app.settings import ROOT
from tests.command import run_atlas

REFERENCE = ROOT.parent / "shared" / "reference" / "mali_cercles_2017.geojson"
CURRENT = "FROM atlas.{} WHERE upper_inf(recorded)"
NOTHING = "(dry run, nothing was changed)"
# The eight regions of the mission, by the P-codes of 2017.
EIGHT = {
    "kidal": ["ML0801", "ML0802", "ML0803", "ML0804"],
    "gao": ["ML0701", "ML0702", "ML0703"],
    "menaka": ["ML0704"],
    "bandiagara": ["ML0501", "ML0502", "ML0505"],
    "douentza": ["ML0504"],
    "san": ["ML0405", "ML0407"],
    "mopti": ["ML0503", "ML0506", "ML0507", "ML0508"],
    "segou": ["ML0401", "ML0402", "ML0403", "ML0404", "ML0406"],
}


def squares() -> geopandas.GeoDataFrame:
    """Draw every cercle as a square of a grid, ten in a row, as OCHA lays out its file."""
    known = known_cercles()
    boxes = [
        shapely.box(-8 + (n % 10), 12 + n // 10, -7 + (n % 10), 13 + n // 10)
        for n in range(len(known))
    ]
    columns = {"ADM2_FR": [k.name for k in known], "ADM2_PCODE": [k.pcode for k in known]}
    return geopandas.GeoDataFrame(columns, geometry=boxes, crs=4326)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def atlas(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {"ATLAS_DATABASE_URL": database_url}
    return run_atlas("boundaries", "load", *arguments, variables=variables)


def state(connection: psycopg.Connection) -> dict[str, Any]:
    """Give what both layers hold now."""
    return {
        layer: connection.execute(
            f"SELECT id, row, source_title, ST_AsBinary(geom) {CURRENT.format(layer)} ORDER BY id"
        ).fetchall()
        for layer in ("cercles", "regions")
    }


def test_a_file_with_faults_changes_nothing_and_exits_1(
    connection: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    table = squares()
    table["ADM2_FR"] = table["ADM2_FR"].replace({"Bafoulabé": "Atlantis"})
    shapes = list(table.geometry)
    table = table.set_geometry([shapes[0], shapely.box(-7, 12, -5.9, 13), *shapes[2:]], crs=4326)
    file = tmp_path / "torn.geojson"
    table.to_file(file)
    before = state(connection)
    done = atlas(database_url, str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("atlas: the boundaries cannot be used; nothing was changed\n")
    assert "row 1: 'Atlantis' is no unit that is known" in done.stderr
    assert "Bafoulabé (ML0101) is missing" in done.stderr
    assert "overlap of" in done.stderr
    assert state(connection) == before


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    connection: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "cercles.gpkg"
    squares().to_file(file)
    before = state(connection)
    done = atlas(database_url, str(file), "--dry-run")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            f"cercles: 50 added, 0 changed, 0 unchanged, 0 removed, 0 rejected {NOTHING}",
            f"regions: 0 added, 13 changed, 0 unchanged, 0 removed, 0 rejected {NOTHING}",
        ],
    )
    assert state(connection) == before


def test_a_sound_file_fills_the_cercles_and_redraws_the_regions(
    connection: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "release.gpkg"
    country = geopandas.GeoDataFrame(
        {"ADM0_FR": ["Mali"]}, geometry=[shapely.box(-8, 12, 2, 17)], crs=4326
    )
    country.to_file(file, layer="mli_adm0")
    squares().to_crs(32630).to_file(file, layer="mli_adm2")
    done = atlas(database_url, str(file))
    assert (done.returncode, done.stderr) == (0, "")
    cercles = connection.execute(
        f"SELECT id, name, region, pcode {CURRENT.format('cercles')} ORDER BY pcode"
    ).fetchall()
    assert cercles == [(k.id, k.name, k.parent, k.pcode) for k in known_cercles()]
    regions = connection.execute(
        f"SELECT id, name_fr, mission, note, source_title {CURRENT.format('regions')}"
    ).fetchall()
    assert len(regions) == 13
    assert {source for *_, source in regions} == {
        "Boundary file release.gpkg, loaded by the operator"
    }
    assert ("tombouctou", "Tombouctou", False, "Includes today's region of Taoudénit.") in {
        row[:4] for row in regions
    }
    unequal = connection.execute(
        "SELECT r.id FROM atlas.regions r JOIN atlas.cercles c ON c.region = r.id"
        " WHERE upper_inf(r.recorded) AND upper_inf(c.recorded)"
        " GROUP BY r.id, r.geom HAVING NOT ST_Equals(ST_Union(c.geom), r.geom)"
    ).fetchall()
    assert unequal == []


def test_the_old_regions_stay_in_the_record(connection: psycopg.Connection) -> None:
    closed = connection.execute(
        "SELECT count(*) FROM atlas.regions WHERE NOT upper_inf(recorded) AND source_title LIKE"
        " '%generalised to about 2 km, not authoritative%'"
    ).fetchone()
    assert closed == (13,)


def test_a_zipped_shapefile_is_read_like_any_other(
    database_url: str, tmp_path: Path, connection: psycopg.Connection
) -> None:
    file = tmp_path / "release.shp.zip"
    squares().to_file(file, driver="ESRI Shapefile", encoding="utf-8")
    done = atlas(database_url, str(file), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("cercles: ")


@pytest.mark.parametrize("name", ["vrt.geojson", "vrt.gpkg", "vrt.shp", "vrt.zip"])
def test_a_virtual_layer_by_another_name_reads_no_other_file(
    database_url: str, tmp_path: Path, name: str
) -> None:
    squares().to_file(tmp_path / "cercles.gpkg", layer="cercles")
    text = (
        '<OGRVRTDataSource><OGRVRTLayer name="cercles"><SrcDataSource>'
        f"{tmp_path}/cercles.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    file = tmp_path / name
    if file.suffix == ".zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("inside.gpkg", text)
    else:
        file.write_text(text)
    done = atlas(database_url, str(file), "--dry-run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be read" in done.stderr


def test_an_archive_without_any_map_is_refused(database_url: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inside.vrt", "<OGRVRTDataSource/>")
    done = atlas(database_url, str(tmp_path / "a.zip"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "atlas: a.zip holds none of .gpkg, .shp, .fgb\n"


def test_both_layers_change_at_one_moment(
    connection: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    squares().to_file(tmp_path / "again.geojson")
    done = atlas(database_url, str(tmp_path / "again.geojson"))
    assert (done.returncode, done.stderr) == (0, "")
    moments = connection.execute(
        "SELECT DISTINCT recorded_at FROM atlas.imports WHERE origin = 'again.geojson'"
        " UNION SELECT changed_at FROM atlas.revisions WHERE layer IN ('cercles', 'regions')"
        f" UNION SELECT lower(recorded) {CURRENT.format('cercles')}"
        f" UNION SELECT lower(recorded) {CURRENT.format('regions')}"
    ).fetchall()
    assert len(moments) == 1


def test_a_shapefile_that_does_not_say_its_crs_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    squares().to_file(tmp_path / "bare.shp")
    (tmp_path / "bare.prj").unlink()
    done = atlas(database_url, str(tmp_path / "bare.shp"))
    assert done.returncode == 1
    assert "does not say which coordinate reference system" in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lost.gpkg", "is not a file"),
        ("notes.txt", "is of no known kind; readable are .geojson"),
        ("broken.gpkg", "cannot be read; is it a whole .gpkg file?"),
        ("broken.geojson", "cannot be read as JSON"),
        ("broken.zip", "cannot be read; is it a whole .zip file?"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    database_url: str, tmp_path: Path, name: str, said: str
) -> None:
    if name != "lost.gpkg":
        (tmp_path / name).write_text("not a map", encoding="utf-8")
    done = atlas(database_url, str(tmp_path / name))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(
    not REFERENCE.is_file(), reason="the cercles of 2017 are not beside the project"
)
def test_the_eight_regions_are_their_cercles_of_2017_to_a_thousandth(
    connection: psycopg.Connection, database_url: str
) -> None:
    done = atlas(database_url, str(REFERENCE))
    assert (done.returncode, done.stderr) == (0, "")
    file = geopandas.read_file(REFERENCE).to_crs("ESRI:102022")
    found = geopandas.read_postgis(
        f"SELECT id, geom {CURRENT.format('regions')}",
        f"postgresql+psycopg{database_url.removeprefix('postgresql')}",
    ).to_crs("ESRI:102022")
    for region, codes in EIGHT.items():
        expected = shapely.union_all(list(file.geometry[file["adm2_pcode"].isin(codes)]))
        (drawn,) = found.geometry[found["id"] == region]
        difference = shapely.symmetric_difference(expected, drawn).area
        assert difference / expected.area < 0.001, region
