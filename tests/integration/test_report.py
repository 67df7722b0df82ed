"""The atlas of a region: one file that says what the service says, and where it lies."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pypdf import PdfReader

from app.figures._embedded import read_embedded
from app.main import STATIC, create_app
from app.settings import Settings
from geo import database
from geo.errors import BadParameter
from geo.importing.load import load_rows
from geo.spec import Layer
from tests.command import run_atlas, run_atlas_apart

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (STATIC / "fonts").is_dir(), reason="the web assets are not built; ./atlas builds them"
    ),
]
BOOKMARKS = {
    "en": ["Map", "Figures", "Incidents", "Camps", "Temporary operating bases"],
    "fr": ["Carte", "Chiffres", "Incidents", "Camps", "Bases opérationnelles temporaires"],
}
# How fine GDAL and poppler draw the map, so that a dot of a place is some pixels wide.
DPI = 300


def ask(client: TestClient, region: str, **asked: str) -> bytes:
    answer = client.get(f"/reports/{region}.pdf", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def pages_of(body: bytes) -> list[str]:
    """Give the text of each page as one line, so that a sentence is found however it breaks."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(body)).pages]


def titles_of(body: bytes) -> list[tuple[str, int]]:
    reader = PdfReader(io.BytesIO(body))
    marks: list[Any] = list(reader.outline)
    return [(str(mark.title), int(reader.get_destination_page_number(mark) or 0)) for mark in marks]


def links_of(body: bytes) -> set[str]:
    found = set()
    for page in PdfReader(io.BytesIO(body)).pages:
        for annotation in page.get("/Annots", []):
            found.add(str(annotation.get_object()["/A"]["/URI"]))
    return found


def rows_of(client: TestClient, layer: str, **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"/collections/{layer}/items", params={"limit": "1000", **asked})
    return [feature["properties"] for feature in answer.json()["features"]]


@pytest.mark.parametrize(
    ("region", "days"),
    [("douentza", None), ("gao", "2015-01-01/2019-12-31"), ("kidal", None), ("kayes", None)],
)
def test_totals_are_those_of_aggregate(client: TestClient, region: str, days: str | None) -> None:
    narrowed = {} if days is None else {"datetime": days}
    where = f"region = '{region}' AND dataset = 'documented'"
    asked = {"measure": "killed", "filter": where, **narrowed}
    (group,) = client.get("/collections/events/aggregate", params=asked).json()["rows"]
    text = pages_of(ask(client, region, **narrowed))[0]
    if not group["count"]:
        assert "No event recorded" in text
        return
    assert f"{group['count']} events recorded" in text
    assert f"{group['killed_best']:,} people killed reported" in text
    if group["killed_low"] != group["killed_high"]:
        assert f"({group['killed_low']} to {group['killed_high']} by the lowest" in text
    if group["killed_unknown"]:
        assert f"toll not stated for {group['killed_unknown']} event" in text


def test_the_table_of_kinds_has_the_sums_of_each_class(client: TestClient) -> None:
    where = "region = 'gao' AND dataset = 'documented'"
    asked = {"by": "event_class", "measure": "killed", "filter": where}
    groups = client.get("/collections/events/aggregate", params=asked).json()["rows"]
    text = pages_of(ask(client, "gao"))[1]
    for group in groups:
        best, low, high = (group[f"killed_{end}"] for end in ("best", "low", "high"))
        killed = "?" if best is None else str(best)
        if None not in (best, low, high) and (low, high) != (best, best):
            killed = f"{best} ({low}–{high})"
        assert f" {group['count']} {killed}" in text, group


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_row_of_the_region_is_listed_with_a_link_to_its_source(
    client: TestClient, language: str
) -> None:
    body = ask(client, "gao", lang=language)
    text, links = " ".join(pages_of(body)), links_of(body)
    for layer in ("events", "camps", "tobs"):
        rows = rows_of(client, layer, filter="region = 'gao'")
        assert rows
        for row in rows:
            name = row["place_fr"] if language == "fr" else row["place"]
            assert name in text, (layer, row)
            assert row["source_url"] in links


@pytest.mark.parametrize("language", ["en", "fr"])
def test_bookmarks_language_and_title_are_set(client: TestClient, language: str) -> None:
    body = ask(client, "menaka", lang=language)
    reader, pages = PdfReader(io.BytesIO(body)), pages_of(body)
    titles = titles_of(body)
    assert [title for title, _ in titles[:-1]] == BOOKMARKS[language]
    assert [page for _, page in titles] == sorted(page for _, page in titles)
    for title, page in titles[2:]:
        assert title in pages[page]
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Ménaka")
    assert "Ménaka" in pages[0]
    # The last section says how the very same file is had again.
    assert f"&source=documented&lang={language}" in "".join(pages[-2] + pages[-1])
    assert all(f"{number} / {len(pages)}" in page for number, page in enumerate(pages, start=1))


def test_the_record_in_the_file_asks_for_the_same_again(client: TestClient) -> None:
    body = ask(client, "douentza", lang="fr", datetime="2018-01-01/2020-12-31")
    metadata = PdfReader(io.BytesIO(body)).metadata
    assert metadata is not None
    record = json.loads(str(metadata["/Keywords"]).removeprefix("conflict-atlas "))
    assert record["report"] == "douentza"
    assert record["dataset"] == "documented"
    again = client.get(record["query"].removeprefix("http://testserver"))
    assert again.status_code == 200
    pinned = PdfReader(io.BytesIO(again.content)).metadata
    assert pinned is not None
    assert pinned["/Keywords"] == metadata["/Keywords"]
    assert again.content == body


def test_the_same_state_gives_the_same_bytes(client: TestClient) -> None:
    app: Any = client.app
    first = ask(client, "menaka")
    app.state.figures.kept = type(app.state.figures.kept)()
    assert ask(client, "menaka") == first


def test_a_client_that_holds_the_report_is_told_so(client: TestClient) -> None:
    answer = client.get("/reports/menaka.pdf")
    tag = answer.headers["etag"]
    again = client.get("/reports/menaka.pdf", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/reports/menaka.pdf?lang=fr").headers["etag"] != tag


def test_headings_are_repeated_where_the_table_goes_on(client: TestClient) -> None:
    body = ask(client, "kidal")
    pages, marks = pages_of(body), dict(titles_of(body))
    listed = pages[marks["Incidents"] : marks["Camps"] + 1]
    assert len(listed) > 2
    for page in listed[1:-1]:
        assert page.startswith("Incidents (continued) Date Place and how well it is known Kind")


def test_of_very_many_incidents_the_deadliest_are_listed_and_it_is_said(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.report._read.MOST_LISTED", 5)
    body = ask(client, "gao", datetime="2012-01-01/2023-12-31")
    pages = " ".join(pages_of(body))
    assert "The 5 with the most people reported killed, of 35 events; all are at" in pages
    rows = rows_of(client, "events", filter="region = 'gao'", sortby="-killed_best,date")
    listed = {row["source_url"] for row in rows[:5]}
    assert listed <= links_of(body)
    for layer in ("camps", "tobs"):
        listed |= {row["source_url"] for row in rows_of(client, layer, filter="region = 'gao'")}
    assert not ({row["source_url"] for row in rows[5:]} - listed) & links_of(body)


def test_a_region_without_rows_says_so(client: TestClient) -> None:
    pages = pages_of(ask(client, "kayes"))
    assert "No event recorded" in pages[0]
    assert " ".join(pages).count("None is recorded.") == 3


def test_an_unknown_region_is_refused_with_the_nearest_names(client: TestClient) -> None:
    answer = client.get("/reports/douenza.pdf")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no region 'douenza'; did you mean douentza?"


@pytest.mark.parametrize(
    ("asked", "name"),
    [({"source": "nobody"}, "source"), ({"lang": "de"}, "lang"), ({"bbox": "1,2,3,4"}, "bbox")],
)
def test_what_means_nothing_here_is_refused(
    client: TestClient, asked: dict[str, str], name: str
) -> None:
    answer = client.get("/reports/gao.pdf", params=asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["name"] == name


@pytest.mark.skipif(not shutil.which("gdalinfo"), reason="gdalinfo is not installed (gdal-bin)")
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm is not installed")
def test_a_place_lies_on_the_map_where_gdal_says_that_it_is(
    client: TestClient, tmp_path: Path
) -> None:
    file = tmp_path / "kayes.pdf"
    file.write_bytes(ask(client, "kayes"))
    said = subprocess.run(
        ["gdalinfo", "-json", "--config", "GDAL_PDF_DPI", str(DPI), str(file)],
        capture_output=True,
        check=True,
        text=True,
    )
    info = json.loads(said.stdout)
    west, width, turn, north, lean, height = info["geoTransform"]
    assert abs(turn) < 1e-3 * width
    assert abs(lean) < 1e-3 * width
    plane = pyproj.CRS.from_wkt(info["coordinateSystem"]["wkt"])
    to_plane = pyproj.Transformer.from_crs(4326, plane, always_xy=True)
    picture = tmp_path / "page"
    command = ["pdftoppm", "-r", str(DPI), "-f", "1", "-l", "1", "-singlefile", "-gray"]
    subprocess.run([*command, str(file), str(picture)], check=True)
    grey = np.asarray(Image.open(picture.with_suffix(".pgm")))
    (town,) = rows_with_points(client, "id = 'kayes'")
    x, y = to_plane.transform(*town)
    # GDAL fits the page into whole pixels, poppler draws it as fine as it is told.
    columns, rows = info["size"]
    column = (x - west) / width / columns * (grey.shape[1] - 0.5)
    row = (y - north) / height / rows * (grey.shape[0] - 0.5)
    reach = 8
    top, left = int(row) - reach, int(column) - reach
    dark = np.argwhere(grey[top : top + 2 * reach + 1, left : left + 2 * reach + 1] < 80)
    assert len(dark) > 20
    found_row, found_column = dark.mean(axis=0) + np.array((top + 0.5, left + 0.5))
    away_m = np.hypot((found_column - column) * width, (found_row - row) * height)
    assert away_m < 300


def rows_with_points(client: TestClient, where: str) -> list[tuple[float, float]]:
    answer = client.get("/collections/places/items", params={"filter": where})
    return [tuple(one["geometry"]["coordinates"]) for one in answer.json()["features"]]


def test_the_command_writes_what_the_address_gives_and_overwrites_only_when_told(
    client: TestClient, database_url: str, tmp_path: Path
) -> None:
    urls = {"ATLAS_DATABASE_URL": database_url, "ATLAS_PUBLIC_URL": "http://testserver"}

    asked = ("report", "--region", "menaka", "--lang", "fr")

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return run_atlas(*asked, *more, variables=urls, folder=tmp_path)

    assert run_atlas_apart(*asked, variables=urls, folder=tmp_path).returncode == 0
    file = tmp_path / "atlas-menaka-fr.pdf"
    assert file.read_bytes() == ask(client, "menaka", lang="fr")
    file.write_bytes(b"mine")
    refused = run()
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert file.read_bytes() == b"mine"
    assert run("--force").returncode == 0
    assert file.read_bytes().startswith(b"%PDF-1.7")
    unknown = run("--region", "menakka", "--out", "other.pdf")
    assert unknown.returncode == 1
    assert "there is no region 'menakka'; did you mean menaka?" in unknown.stderr
    assert not (tmp_path / "other.pdf").exists()


def test_rows_that_may_not_be_passed_on_are_counted_and_not_listed(
    own_database_url: str, layers: dict[str, Layer]
) -> None:
    rows = [
        {
            "id": f"acled-{number}",
            "dataset": "acled",
            "date": "2016-05-04",
            "date_precision": "day",
            "event_class": "ambush",
            "target_class": "civilians",
            "killed_best": 7 if number else None,
            "place": "Ménaka",
            "region": "menaka",
            "lon": 2.4,
            "lat": 15.9,
            "place_precision": 1,
            "radius_m": 1000,
            "source_title": "The data set",
            "source_url": "https://example.org/data-set",
            "sensitivity": "counts_only",
        }
        for number in range(3)
    ]
    with database.connect(own_database_url) as connection:
        load_rows(connection, layers["events"], rows, origin="a test", replace=False)
    with TestClient(create_app(Settings(database_url=own_database_url))) as client:
        body = ask(client, "menaka")
    pages, links = pages_of(body), links_of(body)
    assert "3 events recorded" in pages[0]
    assert "14 people killed reported, toll not stated for 1 event" in pages[0]
    assert "ambush 3 14 1" in pages[1]
    assert "let its events be counted and not listed" in pages[2]
    assert not [link for link in links if "/events/items" in link]
    assert [link for link in links if "/events/aggregate?by=year" in link]


def test_a_report_is_told_apart_from_the_figures_that_are_checked(client: TestClient) -> None:
    with pytest.raises(BadParameter, match="is the atlas of a region, and only figures"):
        read_embedded("atlas.pdf", ask(client, "gao"))
