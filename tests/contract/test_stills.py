"""What the still picture of every map keeps to, whichever files app/maps holds."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pypdf import PdfReader

from app.figures import figures
from app.figures._forms import DRAWN
from app.figures._record import MARK
from app.figures._seal import is_intact
from app.maps import MapSpec, maps
from app.maps._base import Group, Measure, Noun
from app.maps._nouns import ATTACKS, CAMP, CIVILIANS_KILLED, GROUND, INCIDENT
from app.stills._texts import TEXTS
from geo.spec import LANGUAGES, Language, Text
from tests.contract.test_figures import names_in, needs_fonts

pytestmark = [needs_fonts, pytest.mark.slow]
BASE = "http://testserver"
every_map = pytest.mark.parametrize("name", maps())
every_language = pytest.mark.parametrize("language", LANGUAGES)
THEMES = ("light", "dark", "print")
SIGNATURES = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF-1.7"}
SELECTIONS: list[dict[str, str]] = [
    {},
    {"datetime": "../2016-12-31"},
    {"datetime": "2016-03-01/2019-06-30", "bbox": "-6,13,4,20"},
    {"filter": "region IN ('gao', 'kidal', 'bandiagara')"},
    {"filter": "peacekeepers_killed >= 2 OR place_precision > 2"},
    {
        "filter": '{"op": "=", "args": [{"property": "region"}, "mopti"]}',
        "filter-lang": "cql2-json",
    },
    {"filter": "dataset = 'documented'"},
    {"bbox": "100,0,101,1"},
]


def svg_of(client: TestClient, name: str, **asked: str) -> str:
    answer = client.get(f"/maps/{name}.svg", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.text


def alt_of(svg: str) -> str:
    (alt,) = re.findall(r'<desc id="figure-alt">(.*?)</desc>', svg, re.DOTALL)
    return html.unescape(alt)


def record_of(svg: str) -> dict[str, Any]:
    (said,) = re.findall(rf'<metadata id="{MARK}">(.*?)</metadata>', svg)
    found: dict[str, Any] = json.loads(html.unescape(said))
    return found


def without_state(svg: str) -> str:
    """Leave out what says when and where a picture was asked for."""
    return re.sub(r'<metadata.*?</metadata>|<g id="text_\d+">.*?</g>', "", svg, flags=re.DOTALL)


@every_map
@pytest.mark.parametrize("form", DRAWN)
def test_every_map_has_a_picture_in_every_form(name: str, form: str, client: TestClient) -> None:
    answer = client.get(f"/maps/{name}.{form}?lang=fr&dpi=60")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"].split(";")[0] == DRAWN[form].media_type
    assert answer.content.startswith(SIGNATURES[form])
    assert is_intact(answer.content)
    assert answer.headers["content-disposition"] == (
        f'inline; filename="conflict-atlas-map-{name}-fr.{form}"'
    )
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in answer.headers


@every_map
@pytest.mark.parametrize("asked", SELECTIONS, ids=lambda asked: " ".join(asked.values())[:40])
def test_a_picture_counts_what_the_aggregate_counts(
    name: str, asked: dict[str, str], client: TestClient
) -> None:
    group = maps()[name].counted
    measure = {} if group.measure is None else {"measure": group.measure.field}
    source = {} if "dataset" in asked.get("filter", "") else {"source": "documented"}
    sums = client.get(
        f"/collections/{group.layer}/aggregate", params={**asked, **measure, **source}
    ).json()["total"]
    value = sums[group.measure.field] if group.measure else sums["count"]
    alt = alt_of(svg_of(client, name, **asked))
    if not sums["count"]:
        assert "Nothing matches this selection" in alt
        return
    noun = group.total_noun.one if value == 1 else group.total_noun.other
    assert f" {value or 0} {noun.en}" in alt


@every_map
def test_the_page_and_its_picture_say_the_same(name: str, client: TestClient) -> None:
    for asked in SELECTIONS[:4]:
        page = client.get(f"/maps/{name}", params=asked).text
        (said,) = re.findall(r'<meta name="description" content="([^"]*)">', page)
        (heading,) = re.findall(r'<h1 id="atlas-title">(.*?)</h1>', page)
        svg = svg_of(client, name, **asked)
        (title,) = re.findall(r'<title id="figure-title">(.*?)</title>', svg)
        assert (html.unescape(title), alt_of(svg)) == (html.unescape(heading), html.unescape(said))


@every_map
def test_the_picture_of_a_page_is_of_the_same_selection_and_state(
    name: str, client: TestClient
) -> None:
    asked = {"datetime": "2015-01-01/2018-12-31", "filter": "region = 'gao'", "lang": "fr"}
    for part in ("", "/embed"):
        page = client.get(f"/maps/{name}{part}", params=asked).text
        (still,) = re.findall(r'<noscript class="atlas-instead">(.*?)</noscript>', page)
        (src,) = re.findall(r'<img [^>]*src="([^"]+)"', still)
        assert f'srcset="{src}&amp;size=column"' in still
        parts = urlsplit(html.unescape(src))
        given = {key: values[0] for key, values in parse_qs(parts.query).items()}
        assert parts.path == f"/maps/{name}.png"
        assert {key: given[key] for key in asked} == asked
        assert "as_of" in given
        answer = client.get(f"{parts.path}?{parts.query}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize(
    ("name", "form"), [*((name, "svg") for name in maps()), ("density", "png"), ("density", "pdf")]
)
def test_the_same_question_gives_the_same_bytes(name: str, form: str, client: TestClient) -> None:
    path = f"/maps/{name}.{form}"
    first = client.get(path, params={"theme": "dark", "dpi": "60"})
    client.app.state.figures.kept.__init__()  # type: ignore[attr-defined]
    again = client.get(path, params={"theme": "dark", "dpi": "60"})
    assert again.content == first.content
    held = client.get(
        path,
        params={"theme": "dark", "dpi": "60"},
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (held.status_code, held.content) == (304, b"")
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


@every_map
def test_the_permalink_in_a_picture_gives_the_very_picture(name: str, client: TestClient) -> None:
    svg = svg_of(client, name, datetime="../2019-12-31", lang="fr", theme="print", size="column")
    query = record_of(svg)["query"]
    assert query.startswith(f"{BASE}/maps/{name}.svg?datetime=../2019-12-31&as_of=")
    again = client.get(query.removeprefix(BASE))
    assert again.text == svg


@every_map
def test_a_picture_differs_by_all_that_is_asked(name: str, client: TestClient) -> None:
    asked = [
        *SELECTIONS[:4],
        {"lang": "fr"},
        {"theme": "dark"},
        {"size": "column"},
    ]
    drawn = {without_state(svg_of(client, name, **given)) for given in asked}
    assert len(drawn) == len(asked)


@every_map
def test_a_dark_picture_is_dark_and_a_light_one_light(name: str, client: TestClient) -> None:
    lightness = {}
    for theme in THEMES:
        body = client.get(f"/maps/{name}.png?theme={theme}&dpi=50").content
        with Image.open(io.BytesIO(body)) as image:
            lightness[theme] = float(np.asarray(image.convert("L")).mean())
    assert lightness["dark"] < 60 < 190 < min(lightness["light"], lightness["print"])


@every_map
@every_language
def test_a_picture_carries_what_a_reader_must_know(
    name: str, language: Language, client: TestClient
) -> None:
    pdf = client.get(f"/maps/{name}.pdf", params={"lang": language, "datetime": "../2019-12-31"})
    text = " ".join(PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text().split())
    said = {
        "en": (
            "not a complete count",
            "does not imply|do not imply",
            "Projection",
            "km",
            "Data as",
        ),
        "fr": ("pas un décompte complet", "n’impliquent ni", "Projection", "km", "Données au"),
    }
    for words in said[language]:
        assert re.search(words, text), words
    assert "CC BY 4.0" in text
    assert "Natural Earth" in text
    assert "datetime = ../2019-12-31" in text
    assert f"/maps/{name}.pdf?" in text


def test_what_is_wrong_is_told_as_it_is_of_maps_and_figures(client: TestClient) -> None:
    for query, status, said in (
        ("theme=neon", 400, "is not known here"),
        ("dpi=9000", 400, "is no fineness"),
        ("size=huge", 400, "is not known here"),
        ("source=acled", 400, "is not a parameter here"),
        ("filter=colour%3D'red'", 400, "names properties"),
    ):
        answer = client.get(f"/maps/attacks.png?{query}")
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    missing = client.get("/maps/nowhere.png")
    assert (missing.status_code, "no map 'nowhere'" in missing.json()["detail"]) == (404, True)


def test_markup_in_a_selection_is_no_markup_of_the_picture(client: TestClient) -> None:
    svg = svg_of(client, "attacks", filter="place = '</title><script>alert(1)</script>'")
    assert "<script" not in svg


def test_a_selection_without_rows_has_a_picture_that_says_so(client: TestClient) -> None:
    for name in maps():
        svg = svg_of(client, name, bbox="100,0,101,1", as_of="2026-11-01")
        assert "</svg>" in svg


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_on_pictures_fills_in_the_same_in_both_languages(name: str) -> None:
    assert names_in(TEXTS[name].en) == names_in(TEXTS[name].fr)


def test_a_noun_is_declared_once() -> None:
    nouns: list[Noun] = []
    for spec in maps().values():
        for group in spec.selectable:
            nouns += [group.rows_noun, group.total_noun]
    for figure in figures().values():
        nouns += [figure.event, *(counting.noun for counting in figure.countings)]
    by_words: dict[str, set[int]] = {}
    for noun in nouns:
        by_words.setdefault(noun.other.en, set()).add(id(noun))
    assert {words: len(found) for words, found in by_words.items() if len(found) > 1} == {}


# --- maps that are not there yet ----------------------------------------------------------------

_WORDS = Text(en="What is documented", fr="Ce qui est documenté")
_ALT = Text(en="Map of {period}. {found}. {top}.", fr="Carte, {period}. {found}. {top}.")


def made_up(name: str, *groups: Group) -> MapSpec:
    title = Text(en=f"{name}, {{period}}", fr=f"{name} (fr), {{period}}")
    return MapSpec(id=name, title=title, subtitle=_WORDS, alt=_ALT, groups=(*GROUND, *groups))


_DEATHS = Measure(field="civilians_killed_best", noun=CIVILIANS_KILLED)
_CIVILIANS = Group(layer="events", drawn="circles", noun=INCIDENT, measure=_DEATHS)
NEW = {
    "civilians": made_up("civilians", _CIVILIANS),
    "camps-only": made_up("camps-only", Group(layer="camps", drawn="symbols", noun=CAMP)),
    "two-circles": made_up("two-circles", ATTACKS, _CIVILIANS),
    "weighed": made_up(
        "weighed",
        Group(layer="events", drawn="density", noun=INCIDENT, measure=_DEATHS, bandwidth_km=50),
    ),
}


@pytest.mark.parametrize("name", NEW)
def test_a_new_map_has_its_picture_with_no_other_edit(
    name: str, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(maps(), name, NEW[name])
    for asked in ({}, {"filter": "region = 'gao'", "lang": "fr"}, {"bbox": "100,0,101,1"}):
        assert f"/maps/{name}.svg" in record_of(svg_of(client, name, **asked))["query"]
        assert client.get(f"/maps/{name}/share", params=asked).status_code == 200
