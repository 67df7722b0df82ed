"""What every figure keeps to, whichever files app/figures holds."""

from __future__ import annotations

import csv
import io
import json
import re
import string
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from app.figures import figures
from app.figures._base import check
from app.figures._forms import FORMS
from app.figures._texts import TEXTS
from app.routes.maps import STATIC
from geo.spec import LANGUAGES, Language, Layer

needs_fonts = pytest.mark.skipif(
    not (STATIC / "fonts").is_dir(), reason="the web assets are not built; ./atlas builds them"
)
every_figure = pytest.mark.parametrize("number", figures())
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_form = pytest.mark.parametrize("form", FORMS)
SIGNATURES = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF-1.7", "csv": b"", "json": b"{"}
FILTERS = [
    {},
    {"datetime": "../2021-04-30"},
    {"datetime": "2016-03-01/2019-06-30", "bbox": "-6,13,4,20"},
    {"filter": "region IN ('gao', 'kidal', 'bandiagara')"},
    {"filter": "killed_best >= 10 OR place_precision > 2"},
    {
        "filter": '{"op": "=", "args": [{"property": "region"}, "mopti"]}',
        "filter-lang": "cql2-json",
    },
    {"bbox": "100,0,101,1"},
]
BARS = [number for number, spec in figures().items() if spec.kind == "bars"]
MAPS = [number for number, spec in figures().items() if spec.kind == "map"]


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def document(client: TestClient, number: str, **asked: str) -> dict[str, Any]:
    answer = client.get(f"/figures/{number}.json", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def aggregate(client: TestClient, drawn: dict[str, Any]) -> dict[str, Any]:
    """Ask for the sums that a figure says it is of."""
    (link,) = [link["href"] for link in drawn["links"] if link["rel"] == "aggregate"]
    parts = urlsplit(link)
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@every_figure
def test_a_figure_draws_only_what_is_declared(number: str, layers: dict[str, Layer]) -> None:
    check(figures()[number], layers)


def test_the_eight_figures_of_the_reports_are_there() -> None:
    assert set(figures()) >= {"1", "2", "3", "4", "5", "6", "unu-1", "unu-2"}


@every_figure
def test_a_figure_names_what_it_fills_in_the_same_in_both_languages(number: str) -> None:
    spec = figures()[number]
    texts = [spec.title, spec.alt, *(counting.subtitle for counting in spec.countings)]
    for text in texts:
        assert names_in(text.en) == names_in(text.fr)
        assert text.en != text.fr
    assert names_in(spec.title.en) == {"period"}
    assert names_in(spec.alt.en) == {"period", "total", "most"}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_on_figures_fills_in_the_same_in_both_languages(name: str) -> None:
    assert names_in(TEXTS[name].en) == names_in(TEXTS[name].fr)
    assert TEXTS[name].en.strip()
    assert TEXTS[name].fr.strip()


def test_the_figures_are_listed_for_programs_and_for_people(client: TestClient) -> None:
    listed = client.get("/figures", headers={"Accept": "application/json"}).json()["figures"]
    assert [entry["id"] for entry in listed] == list(figures())
    for entry in listed:
        assert [urlsplit(link["href"]).path for link in entry["links"]] == [
            f"/figures/{entry['id']}.{form}" for form in FORMS
        ]
    page = client.get("/figures?lang=fr", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fr">' in page.text
    for number in figures():
        assert f"/figures/{number}.pdf?lang=fr" in page.text


@needs_fonts
@every_figure
@every_language
@every_form
def test_a_figure_comes_in_every_form(
    number: str, language: Language, form: str, client: TestClient
) -> None:
    answer = client.get(f"/figures/{number}.{form}?lang={language}&dpi=60")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"].split(";")[0] == FORMS[form].media_type
    assert answer.content.startswith(SIGNATURES[form])
    assert answer.headers["content-disposition"] == (
        f'inline; filename="conflict-atlas-figure-{number}-{language}.{form}"'
    )
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@every_figure
@pytest.mark.parametrize("asked", FILTERS, ids=lambda asked: " ".join(asked.values())[:40] or "all")
def test_the_totals_of_a_figure_are_those_of_the_aggregate(
    number: str, asked: dict[str, str], client: TestClient
) -> None:
    drawn = document(client, number, **asked)
    sums, total, measure = aggregate(client, drawn)["total"], drawn["total"], drawn["measure"]
    assert total["events"] == (sums["count"] or 0)
    if measure == "count":
        assert total["value"] == (sums["count"] or None)
        return
    if measure in sums:
        assert total["value"] == sums[measure]
    else:
        ends = {"low": "low", "best": "value", "high": "high"}
        for end, name in ends.items():
            assert total[name] == sums[f"{measure}_{end}"]
    assert total["unknown"] == (sums[f"{measure}_unknown"] or 0)


@every_figure
@pytest.mark.parametrize("asked", FILTERS, ids=lambda asked: " ".join(asked.values())[:40] or "all")
def test_what_is_drawn_adds_up_to_the_total(
    number: str, asked: dict[str, str], client: TestClient
) -> None:
    drawn = document(client, number, **asked)
    for name in ("value", "low", "high", "events", "unknown"):
        stated = [row[name] for row in drawn["rows"] if row[name] is not None]
        assert sum(stated) == (drawn["total"][name] or 0), name


@pytest.mark.parametrize("number", BARS)
def test_each_bar_is_the_aggregate_of_its_year(number: str, client: TestClient) -> None:
    drawn = document(client, number, datetime="2014-01-01/2021-04-30")
    by_year = {row["year"]: row for row in aggregate(client, drawn)["rows"]}
    measure = drawn["measure"]
    assert [row["year"] for row in drawn["rows"]] == list(range(2014, 2022))
    for row in drawn["rows"]:
        sums = by_year.pop(str(row["year"]), None)
        assert row["events"] == (0 if sums is None else sums["count"])
        if sums is not None:
            best = measure if measure in sums else f"{measure}_best"
            assert row["value"] == sums[best]
    assert by_year == {}


@every_figure
@every_language
def test_the_table_is_what_the_document_has(
    number: str, language: Language, client: TestClient
) -> None:
    asked = {"lang": language, "datetime": "2015-01-01/2022-12-31"}
    rows = document(client, number, **asked)["rows"]
    table = csv.DictReader(io.StringIO(client.get(f"/figures/{number}.csv", params=asked).text))
    written = [
        {name: "" if value is None else value for name, value in row.items()} for row in rows
    ]
    as_text = [
        {n: str(v).lower() if isinstance(v, bool) else str(v) for n, v in row.items()}
        for row in written
    ]
    assert list(table) == as_text


@pytest.mark.parametrize("number", MAPS)
def test_what_is_known_only_to_an_area_is_no_circle(number: str, client: TestClient) -> None:
    drawn = document(client, number)
    circles = [row for row in drawn["rows"] if "circle" in row["drawn_as"]]
    assert {row["place_precision"] for row in circles} == {1, 2, 5}
    assert {row["drawn_as"] for row in circles if row["place_precision"] == 5} == {"dashed circle"}
    aside = [row for row in drawn["rows"] if row["place_precision"] not in (1, 2, 5)]
    events = sum(row["events"] for row in aside)
    share = round(100 * events / drawn["total"]["events"])
    assert f"{events} " in drawn["aside"][1]
    assert f"{share}%" in drawn["aside"][1]


@every_figure
@every_language
def test_documented_data_are_said_to_be_no_complete_count(
    number: str, language: Language, client: TestClient
) -> None:
    drawn = document(client, number, lang=language)
    said = {"en": "not a complete count", "fr": "ce n’est pas un décompte complet"}
    kind = {"en": "documented", "fr": "document"}
    assert drawn["dataset"] == "documented"
    assert said[language] in drawn["subtitle"]
    assert kind[language] in drawn["subtitle"]


def test_deaths_on_the_mission_are_said_to_be_of_peacekeepers(client: TestClient) -> None:
    drawn = document(client, "3")
    assert drawn["measure"] == "peacekeepers_killed"
    assert "documented fatal attacks; not a complete count" in drawn["subtitle"]


@every_figure
def test_unknown_tolls_are_counted_and_never_zero(number: str, client: TestClient) -> None:
    drawn = document(client, number)
    unknown = drawn["total"]["unknown"]
    said = [note for note in drawn["notes"] if note.startswith("Toll not stated")]
    assert len(said) == (1 if unknown else 0)
    if unknown:
        assert f" {unknown} " in said[0]
    for row in drawn["rows"]:
        if row["events"] == row["unknown"] and drawn["measure"] != "count":
            assert row["value"] is None


@pytest.mark.parametrize("number", BARS)
def test_years_that_are_not_covered_whole_are_marked_and_said(
    number: str, client: TestClient
) -> None:
    drawn = document(client, number, datetime="2015-02-10/2021-04-30")
    assert [row["year"] for row in drawn["rows"] if row["partial"]] == [2015, 2021]
    (note,) = [note for note in drawn["notes"] if "not wholly covered" in note]
    assert "2015 from 10\u00a0February" in note
    assert "2021 to 30\u00a0April" in note


def test_a_published_series_stands_beside_the_bars_with_its_source(client: TestClient) -> None:
    drawn = document(client, "1", compare="ucdp_civilians_killed_best")
    beside = {row["year"]: row["compared"] for row in drawn["rows"]}
    assert (beside[2012], beside[2022]) == (24, 1804)
    (note,) = [note for note in drawn["notes"] if note.startswith("Diamonds")]
    assert "UCDP Organized Violence country-year" in note


@every_figure
def test_every_series_that_is_offered_has_figures(number: str, client: TestClient) -> None:
    for one in figures()[number].comparisons:
        rows = document(client, number, compare=one.metric)["rows"]
        assert any(row["compared"] is not None for row in rows), one.metric


@needs_fonts
@every_figure
@pytest.mark.parametrize("form", ["svg", "csv"])
def test_the_permalink_gives_the_same_bytes(number: str, form: str, client: TestClient) -> None:
    asked = {"datetime": "2014-01-01/2020-12-31", "lang": "fr", "theme": "print"}
    first = client.get(f"/figures/{number}.{form}", params=asked)
    permalink = document(client, number, **asked)["record"]["query"].replace(".json?", f".{form}?")
    assert set(parse_qs(urlsplit(permalink).query)) >= {"as_of", "datetime", "source"}
    again = client.get(permalink)
    assert again.content == first.content
    assert again.headers["etag"] != first.headers["etag"]


@needs_fonts
@every_form
def test_a_figure_that_the_client_holds_is_not_made_again(form: str, client: TestClient) -> None:
    first = client.get(f"/figures/3.{form}")
    again = client.get(f"/figures/3.{form}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(
        f"/figures/3.{form}?lang=fr", headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200


@needs_fonts
def test_a_figure_is_drawn_once(client: TestClient, monkeypatch: Any) -> None:
    address = "/figures/5.svg?datetime=2017-01-01/2018-12-31"
    first = client.get(address)

    def draw(*given: Any) -> bytes:
        raise AssertionError("drawn again")

    press: Any = client.app.state.figures  # type: ignore[attr-defined]
    monkeypatch.setattr(press, "draw", draw)
    again = client.get(address)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/figures/7.svg", 404),
        ("/figures/draw.svg", 404),
        ("/figures/civilian_fatalities.svg", 404),
        ("/figures/4.gif", 404),
        ("/figures/4.svg?foo=1", 400),
        ("/figures/4.svg?lang=de", 400),
        ("/figures/4.svg?theme=pink", 400),
        ("/figures/4.svg?size=poster", 400),
        ("/figures/4.png?dpi=601", 400),
        ("/figures/4.png?dpi=1e2", 400),
        ("/figures/4.svg?source=nobody", 400),
        ("/figures/4.svg?compare=ucdp_deaths_best", 400),
        ("/figures/1.svg?compare=nothing", 400),
        ("/figures/4.svg?lang=en&lang=fr", 400),
        ("/figures/4.svg?bbox=1,2,3", 400),
        ("/figures/4.svg?datetime=yesterday", 400),
        ("/figures/4.svg?as_of=yesterday", 400),
        ("/figures/4.svg?filter=nope%20%3D%201", 400),
        ("/figures/4.csv?filter=pg_sleep(2)%20IS%20NULL", 400),
        ("/figures/4.csv?filter=place%20%3D%20'a%00b'", 400),
        ("/figures?datetime=2016-01-01", 400),
    ],
)
def test_bad_input_is_refused(path: str, status: int, client: TestClient) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )


@needs_fonts
def test_markup_and_formulas_in_a_filter_stay_text(client: TestClient) -> None:
    hostile = "place = '<script>alert(1)</script> $x^2$ =1+1'"
    for form in FORMS:
        answer = client.get(f"/figures/4.{form}", params={"filter": hostile})
        assert answer.status_code == 200
        assert b"<script" not in answer.content or form == "json"


@needs_fonts
@every_figure
def test_a_picture_loads_nothing_and_says_what_it_is(number: str, client: TestClient) -> None:
    text = client.get(f"/figures/{number}.svg?lang=fr").text
    drawn = document(client, number, lang="fr")
    assert "<!DOCTYPE" not in text
    addresses = set(re.findall(r'(?:xlink:)?href="([^"]+)"', text))
    assert {address for address in addresses if not address.startswith("#")} == set()
    assert 'role="img"' in text
    (record,) = re.findall(r'<metadata id="conflict-atlas">(.*?)</metadata>', text)
    kept = json.loads(record.replace("&amp;", "&"))
    assert (kept["hash"], kept["revision"]) == (
        drawn["record"]["hash"],
        drawn["record"]["revision"],
    )


@needs_fonts
def test_nothing_found_is_said_and_not_an_error(client: TestClient) -> None:
    for number in figures():
        drawn = document(client, number, bbox="100,0,101,1")
        assert drawn["total"]["events"] == 0
        assert drawn["total"]["value"] is None
        assert client.get(f"/figures/{number}.svg?bbox=100,0,101,1").status_code == 200


@needs_fonts
def test_a_state_before_the_first_is_empty_and_drawn(client: TestClient) -> None:
    drawn = document(client, "3", as_of="2001-01-01")
    assert drawn["total"]["events"] == 0
    assert {(row["events"], row["value"]) for row in drawn["rows"]} == {(0, None)}
    assert client.get("/figures/4.png?as_of=2001-01-01&dpi=60").status_code == 200
