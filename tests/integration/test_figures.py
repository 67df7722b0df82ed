"""Figures of a real store: switched by what is loaded, the same again, and as files."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pypdf import PdfReader

from app import start
from app.figures import figures
from app.figures._seal import is_intact
from app.main import create_app
from app.routes.maps import STATIC
from app.settings import Settings
from geo import database
from geo.importing.acts import Act
from geo.importing.intake import Ground, Intake, take_in
from geo.importing.load import load_batches
from geo.importing.scope import Scope
from geo.importing.sources import sources
from geo.spec import LANGUAGES
from tests.command import run_atlas, run_atlas_apart
from tests.source_rows import UCDP

LAYERS = start.declared_layers()
PUBLIC_URL = "https://atlas.example"
needs_fonts = pytest.mark.skipif(
    not (STATIC / "fonts").is_dir(), reason="the web assets are not built; ./atlas builds them"
)
ACLED = {
    **dict.fromkeys(("assoc_actor_1", "assoc_actor_2", "tags", "admin3"), ""),
    "event_id_cnty": "MLI1001",
    "event_date": "2020-01-05",
    "year": "2020",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "civilian_targeting": "",
    "actor1": "JNIM",
    "inter1": "Rebel group",
    "actor2": "MINUSMA",
    "inter2": "External/Other forces",
    "interaction": "Rebel group-External/Other forces",
    "iso": "466",
    "region": "Western Africa",
    "country": "Mali",
    "admin1": "Kidal",
    "admin2": "Tessalit",
    "location": "Aguelhok",
    "latitude": "19.4614",
    "longitude": "0.8597",
    "geo_precision": "1",
    "source": "Made Up News",
    "source_scale": "National",
    "notes": "A made-up event.",
    "fatalities": "2",
    "timestamp": "1615300000",
}


def bring_in(url: str, name: str, path: Path, *rows: Mapping[str, str]) -> None:
    """Load made-up rows of a data set as the command does."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    source = sources()[name]
    layer = LAYERS[source.layer]
    taken = take_in(Intake(layer=layer, source=name, files=(path,), ground=Ground()))
    with database.connect(url) as connection:
        act = Act(origin=path.name, scope=Scope(dataset=source.dataset))
        load_batches(connection, layer, taken, act)


def document(client: TestClient, number: str, **asked: str) -> dict[str, Any]:
    answer = client.get(f"/figures/{number}.json", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sums(client: TestClient, drawn: dict[str, Any]) -> dict[str, Any]:
    (link,) = [link["href"] for link in drawn["links"] if link["rel"] == "aggregate"]
    total: dict[str, Any] = client.get(link.removeprefix(PUBLIC_URL)).json()["total"]
    return total


@pytest.fixture(scope="module")
def before(database_url: str) -> dict[str, tuple[str, bytes]]:
    """Keep what figures were before data sets came in, with their permalinks."""
    kept = {}
    settings = Settings(database_url=database_url, public_url=PUBLIC_URL)
    with TestClient(create_app(settings)) as client:
        for number in ("1", "3"):
            drawn = document(client, number)
            link = drawn["record"]["query"].removeprefix(PUBLIC_URL)
            kept[number] = (link, client.get(link.replace(".json?", ".svg?")).content)
    return kept


@pytest.fixture(scope="module")
def loaded(
    database_url: str, before: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Bring in made-up events of ACLED and UCDP."""
    folder = tmp_path_factory.mktemp("sets")
    other = {"event_id_cnty": "MLI1002", "event_date": "2021-04-02", "year": "2021"}
    abroad = {"event_id_cnty": "MLI1003", "country": "Niger", "fatalities": "50"}
    aimed = {"event_id_cnty": "MLI1004", "civilian_targeting": "Civilian targeting"}
    bring_in(
        database_url,
        "acled",
        folder / "acled.csv",
        ACLED,
        {**ACLED, **other, "fatalities": "7"},
        {**ACLED, **abroad},
        {**ACLED, **aimed, "fatalities": "3"},
    )
    bring_in(database_url, "ucdp", folder / "ged.csv", UCDP)
    return database_url


@pytest.fixture(scope="module")
def served(loaded: str) -> Iterator[TestClient]:
    """Talk to a service that has several data sets."""
    with TestClient(create_app(Settings(database_url=loaded, public_url=PUBLIC_URL))) as client:
        yield client


@needs_fonts
@pytest.mark.parametrize("page", ["/maps/attacks", "/maps/attacks/share"])
def test_the_picture_that_stands_for_a_map_is_of_the_data_that_the_map_draws(
    served: TestClient, page: str
) -> None:
    def shown(**asked: str) -> str:
        text = served.get(page, params=asked).text
        (src,) = set(re.findall(r"/maps/attacks\.png\?[^\"\s]*dpi=150", html.unescape(text)))
        svg = served.get(html.unescape(src).replace(".png?", ".svg?")).text
        (alt,) = re.findall(r'<desc id="figure-alt">(.*?)</desc>', svg, re.DOTALL)
        return str(alt)

    assert "173 attacks" in shown()
    assert "173 attacks" in shown(filter="dataset = 'documented'")
    # The map has no row that may not be passed on, and nor has its picture.
    assert "Nothing matches this selection" in shown(filter="dataset = 'acled'")


@needs_fonts
def test_terms_of_a_data_set_are_in_the_language_of_the_figure(served: TestClient) -> None:
    said = {
        language: document(served, "3", lang=language)["source"]["licence"]
        for language in LANGUAGES
    }
    assert said["en"] == "ACLED terms of use: rows may not be passed on"
    assert said["fr"].startswith("conditions d’utilisation d’ACLED")


def test_the_pages_of_figures_and_regions_lead_to_the_atlas_of_a_region(
    served: TestClient,
) -> None:
    html = {"Accept": "text/html"}
    for language in LANGUAGES:
        regions = f"{PUBLIC_URL}/collections/regions/items"
        asked = {"lang": language, "f": "html"}
        assert (
            f'href="{regions}?lang={language}&amp;f=html"'
            in served.get("/figures", params=asked, headers=html).text
        )
        region = served.get("/collections/regions/items/gao", params=asked).text
        report = f"/reports/gao.pdf?lang={language}"
        assert f'href="{PUBLIC_URL}{report}" type="application/pdf"' in region
        assert served.head(report).status_code == 200


@needs_fonts
def test_a_figure_switches_to_the_first_data_set_that_is_loaded_and_says_so(
    served: TestClient,
) -> None:
    drawn = document(served, "3")
    assert (drawn["dataset"], drawn["measure"]) == ("acled", "killed")
    assert (drawn["total"]["value"], drawn["total"]["events"]) == (9, 2)
    assert "peacekeepers are not counted apart" in drawn["subtitle"]
    assert "not a complete count" not in drawn["subtitle"]
    assert drawn["source"]["title"] == "ACLED, Armed Conflict Location & Event Data"
    picture = served.get("/figures/4.svg")
    assert picture.status_code == 200


@needs_fonts
def test_rows_that_are_not_passed_on_are_counted_and_not_linked(served: TestClient) -> None:
    rels = {
        source: {link["rel"] for link in document(served, "3", source=source)["links"]}
        for source in ("acled", "documented")
    }
    assert rels["documented"] - rels["acled"] == {"items"}


@needs_fonts
@pytest.mark.parametrize("number", figures())
@pytest.mark.parametrize("source", ["acled", "ucdp", "documented"])
def test_the_totals_of_every_data_set_are_those_of_the_aggregate(
    number: str, source: str, served: TestClient
) -> None:
    drawn = document(served, number, source=source)
    total, known = drawn["total"], sums(served, drawn)
    assert drawn["dataset"] == source
    assert total["events"] == (known["count"] or 0)
    measure = drawn["measure"]
    if measure != "count":
        best = measure if measure in known else f"{measure}_best"
        assert total["value"] == known[best]


@needs_fonts
def test_a_source_that_is_named_is_drawn(served: TestClient) -> None:
    ucdp = document(served, "1", source="ucdp")
    assert (ucdp["measure"], ucdp["total"]["value"]) == ("civilians_killed", 5)
    documented = document(served, "1", source="documented")
    assert "not a complete count" in documented["subtitle"]
    refused = served.get("/figures/1.json?source=gtd").json()
    assert refused["errors"][0]["allowed"] == ["acled", "documented", "ucdp"]


@needs_fonts
def test_a_pinned_figure_is_the_same_to_the_byte_after_more_was_loaded(
    served: TestClient, before: dict[str, tuple[str, bytes]]
) -> None:
    for number, (link, content) in before.items():
        assert served.get(link.replace(".json?", ".svg?")).content == content, number


@needs_fonts
@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_the_command_writes_the_bytes_that_the_address_gives(
    form: str, loaded: str, served: TestClient, tmp_path: Path
) -> None:
    out = tmp_path / f"figure.{form}"
    options = ["--datetime", "../2021-04-30", "--lang", "fr", "--source", "documented"]
    urls = {"ATLAS_DATABASE_URL": loaded, "ATLAS_PUBLIC_URL": PUBLIC_URL}
    done = run_atlas_apart("figure", "4", "--out", out, *options, variables=urls)
    assert done.returncode == 0, done.stderr
    asked = {"datetime": "../2021-04-30", "lang": "fr", "source": "documented"}
    assert served.get(f"/figures/4.{form}", params=asked).content == out.read_bytes()


def test_the_command_refuses_what_it_does_not_know(loaded: str, tmp_path: Path) -> None:
    for number, out, said in (("9", "f.svg", "no figure '9'"), ("4", "f.gif", ".gif")):
        asked = ("figure", number, "--out", tmp_path / out)
        done = run_atlas(*asked, variables={"ATLAS_DATABASE_URL": loaded})
        assert done.returncode == 1
        assert said in done.stderr
        assert not (tmp_path / out).exists()


@needs_fonts
def test_a_picture_is_as_fine_as_it_was_asked_for(served: TestClient) -> None:
    widths = {}
    for dpi in ("100", "200"):
        answer = served.get(f"/figures/5.png?size=slide&source=documented&dpi={dpi}")
        with Image.open(io.BytesIO(answer.content)) as image:
            widths[dpi] = image.size
            assert "conflict-atlas" in image.info
            assert round(image.info["dpi"][0]) == int(dpi)
    assert widths == {"100": (1333, 750), "200": (2666, 1500)}


@needs_fonts
def test_figures_asked_for_at_the_same_time_are_right_each(served: TestClient) -> None:
    addresses = [
        f"/figures/{number}.svg?theme={theme}&source=documented&datetime={year}-01-01/.."
        for number in ("3", "5")
        for theme in ("light", "dark")
        for year in (2014, 2015)
    ]
    with ThreadPoolExecutor(8) as many:
        at_once = list(many.map(lambda address: served.get(address).content, addresses))
    press: Any = served.app.state.figures  # type: ignore[attr-defined]
    press.kept = type(press.kept)()
    assert [served.get(address).content for address in addresses] == at_once


@needs_fonts
def test_a_pdf_holds_text_and_says_what_it_was_made_from(served: TestClient) -> None:
    content = served.get("/figures/3.pdf?source=documented").content
    assert b"NotoSans" in content
    assert b"/Type3" not in content
    reader = PdfReader(io.BytesIO(content))
    said, xmp = reader.metadata, reader.xmp_metadata
    assert said is not None
    assert xmp is not None
    record = document(served, "3", source="documented")["record"]
    assert str(said["/CreationDate"]) == f"D:{re.sub(r'[^0-9]', '', record['as_of'])[:14]}Z"
    assert xmp.dc_identifier == record["hash"]
    assert xmp.dc_source == record["query"].replace("3.json", "3.pdf")
    assert is_intact(content) is True
