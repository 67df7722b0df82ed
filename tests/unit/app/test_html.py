"""The pages of features, written without a database: escaping, words, and what the map may draw."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from app.html import FORMAT
from app.pages._form import asked_by
from app.pages._smallmap import embedded, place_kind
from app.pages._words import box_words, label_words, point_words, when_words
from app.start import declared_layers
from geo.formats import Link, Page
from geo.proximity import DISTANCE
from geo.query import FeatureQuery
from geo.spec import LANGUAGES, FieldType, GeometryType, Language, Layer
from geo.statements import property_names

BASE = "https://example.org/atlas"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='alert(3)"
LAYERS = declared_layers()
every_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
every_language = pytest.mark.parametrize("language", LANGUAGES)
POLYGON = '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}'


class Tags(HTMLParser):
    """Collect the tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def evil_row(layer: Layer) -> dict[str, Any]:
    """Make a row whose every text, and even its dates and classes, would break out of a page."""
    row: dict[str, Any] = dict.fromkeys(property_names(layer, FeatureQuery()), EVIL)
    numbers = {f.name for f in layer.fields if f.is_number} | {"radius_m", "place_precision"}
    row |= dict.fromkeys(numbers, 2)
    row |= {f.name: f"javascript:{EVIL}" for f in layer.fields if f.type is FieldType.URL}
    row |= {"id": f"A{EVIL}", "source_url": f"javascript:{EVIL}"}
    return row | {"lon": 0.5, "lat": 16.5, "geometry": POLYGON}


def full_row(layer: Layer, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(property_names(layer, FeatureQuery()))
    return row | {"id": "A1", "lon": 0.5, "lat": 16.5, "geometry": POLYGON} | values


def page_of(
    layer: Layer,
    *rows: Mapping[str, Any],
    language: Language = "en",
    path: str = "items",
    query: str = "",
    **more: Any,
) -> Page:
    here = f"{BASE}/collections/{layer.id}/{path}{query}"
    links = [
        Link(href=here, rel="self", type="text/html"),
        Link(href=f"{BASE}/collections/{layer.id}", rel="collection", type="application/json"),
        *more.pop("links", ()),
    ]
    given = {"properties": property_names(layer, FeatureQuery()), "matched": len(rows), **more}
    return Page(layer=layer, rows=rows, links=links, language=language, **given)


def listing(page: Page) -> str:
    return FORMAT.page_writer.page(page).decode()


def single(page: Page) -> str:
    return FORMAT.page_writer.feature(page).decode()


def map_data(html: str) -> Any:
    found = re.search(r'id="small-map-data">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1]) if found else None


# --- escaping -----------------------------------------------------------------------------------


@every_language
@every_layer
def test_nothing_in_the_data_becomes_markup(layer: Layer, language: Language) -> None:
    row = evil_row(layer)
    query = "?filter=%22%3E%3Cscript%3Ealert(4)%3C/script%3E&sortby=%3Cscript%3E"
    for html in (
        listing(page_of(layer, row, language=language, query=query)),
        single(page_of(layer, row, language=language, path="items/A", query=query)),
    ):
        page = Tags(html)
        scripts = [(script.get("src"), script.get("type")) for script in page.named("script")]
        allowed = [
            (None, "application/json"),
            ("/atlas/static/leaflet/leaflet.js", None),
            ("/atlas/static/folium/atlas-page.js", None),
        ]
        assert scripts == (allowed if layer.geometry is not GeometryType.NONE else [])
        assert page.named("img") == []
        names = {name for _, attributes in page.tags for name in attributes}
        assert [name for name in names if name.startswith("on")] == []
        links = [a.get("href") or "" for a in page.named("a", "link")]
        assert [link for link in links if link.lower().startswith("javascript")] == []
        # The texts are there, as texts.
        assert any("<img src=x onerror=alert(2)>" in text for text in page.texts)


@every_layer
def test_the_map_gets_the_texts_whole_and_cannot_end_its_element(layer: Layer) -> None:
    data = map_data(listing(page_of(layer, evil_row(layer))))
    if layer.geometry is GeometryType.NONE:
        assert data is None
        return
    (feature,) = data["features"]
    assert feature["label"] == EVIL
    assert feature["href"].startswith(f"{BASE}/collections/{layer.id}/items/A%3C")


def test_json_in_a_page_has_no_sign_that_html_reads() -> None:
    texts = {"</script>": "<!-- & -->\u2028\u2029"}
    written = embedded(texts)
    assert [sign for sign in "<>&\u2028\u2029" if sign in written] == []
    assert json.loads(written) == texts


def test_a_source_becomes_a_link_only_if_it_is_a_web_address() -> None:
    layer = LAYERS["camps"]
    for url, linked in (
        ("https://example.com/a?b=1&c=2", True),
        ("http://example.com/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.com/", False),
        ("ftp://example.com/", False),
    ):
        html = single(page_of(layer, full_row(layer, source_url=url), path="items/A1"))
        hrefs = [a.get("href") for a in Tags(html).named("a")]
        assert (url in hrefs) is linked, url
        assert url in "".join(Tags(html).texts)


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("en", "not stated"), ("fr", "non précisé")])
@every_layer
def test_what_is_empty_is_not_stated_and_never_zero(
    layer: Layer, language: Language, words: str
) -> None:
    html = single(page_of(layer, full_row(layer), language=language, path="items/A1"))
    values = re.findall(r"<td>(.*?)</td>", html)
    assert len(values) == len(property_names(layer, FeatureQuery()))
    assert set(values) == {f'<span class="unknown">{words}</span>'}


def test_a_zero_is_a_zero() -> None:
    layer = LAYERS["attacks"]
    html = single(page_of(layer, full_row(layer, peacekeepers_killed=0), path="items/A1"))
    assert '<th scope="row">Peacekeepers killed</th><td>0 persons</td>' in html


@pytest.mark.parametrize(
    ("properties", "en", "fr"),
    [
        ({"date": date(2016, 3, 1), "date_precision": "day"}, "1 March 2016", "1er mars 2016"),
        (
            {"date": date(2016, 3, 1), "date_end": date(2016, 3, 31), "date_precision": "month"},
            "March 2016",
            "mars 2016",
        ),
        (
            {"date": date(2016, 3, 3), "date_end": date(2016, 3, 5), "date_precision": "range"},
            "between 3 and 5 March 2016",
            "entre le 3 et le 5 mars 2016",
        ),
        ({"date": date(2016, 1, 1), "date_precision": "year"}, "2016", "2016"),
        ({"date": None}, "not stated", "non précisé"),
    ],
)
def test_an_event_is_dated_no_more_precisely_than_it_is_known(
    properties: dict[str, Any], en: str, fr: str
) -> None:
    layer = LAYERS["events"]
    said = [when_words(layer, properties, language) for language in LANGUAGES]
    assert said == [en, fr]


def test_the_day_of_a_month_is_not_shown_where_only_the_month_is_known() -> None:
    layer = LAYERS["events"]
    row = full_row(layer, date=date(2016, 3, 1), date_end=date(2016, 3, 31), date_precision="month")
    html = single(page_of(layer, row, path="items/A1"))
    assert '<th scope="row">Date</th><td>March 2016</td>' in html
    assert "31 March" not in html


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        (
            {"opened": date(2014, 7, 1), "opened_precision": "month", "closed": date(2023, 8, 13)},
            "July 2014 – 13 August 2023",
        ),
        ({"opened": date(2014, 7, 1)}, "1 July 2014 – no end stated"),
        (
            {"opened": None, "opened_not_after": date(2014, 12, 31)},
            "not after 31 December 2014 – no end stated",
        ),
        ({"opened": None}, "not stated"),
    ],
)
def test_a_span_says_what_is_known_of_its_ends(properties: dict[str, Any], words: str) -> None:
    assert when_words(LAYERS["camps"], properties, "en") == words


def test_a_layer_without_time_has_no_when() -> None:
    assert when_words(LAYERS["regions"], {"name": "Gao"}, "en") is None


def test_a_feature_is_named_in_the_language_else_in_the_other_else_by_its_id() -> None:
    layer = LAYERS["regions"]
    names = {"name": "Timbuktu", "name_fr": "Tombouctou"}
    assert label_words(layer, "x", names, "fr") == "Tombouctou"
    assert label_words(layer, "x", names, "en") == "Timbuktu"
    assert label_words(layer, "x", {"name": "Gao", "name_fr": None}, "fr") == "Gao"
    assert label_words(layer, "x", {}, "en") == "x"


def test_points_and_boxes_name_their_hemispheres() -> None:
    assert point_words(-1.5, 16.25, "fr") == "16,25°\u00a0N, 1,5°\u00a0O"
    assert box_words((-12.5, -1, 4, 25), "en") == (
        "12.5°\u00a0W to 4°\u00a0E, 1°\u00a0S to 25°\u00a0N"
    )


def test_a_region_and_a_class_are_shown_by_their_titles() -> None:
    layer = LAYERS["attacks"]
    row = full_row(layer, region="menaka", event_class="ied_mine", date=date(2016, 5, 29))
    html = listing(page_of(layer, row, language="fr"))
    cells = re.findall(r"<td.*?>(.*?)</td>", html)
    assert "Ménaka" in cells
    assert any(cell.endswith("mine ou engin explosif improvisé") for cell in cells)


def test_a_distance_is_told_in_metres_or_kilometres() -> None:
    layer = LAYERS["camps"]
    names = [*property_names(layer, FeatureQuery()), DISTANCE]
    rows = [full_row(layer, **{DISTANCE: distance}) for distance in (480.4, 27_449.9)]
    page = page_of(layer, *rows, path="nearest", query="?point=0,16", properties=names)
    html = listing(page)
    assert re.findall(r"<td class=\"number\">([^<]*m)</td>", html) == ["480 m", "27.4 km"]


# --- the small map ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("precision", "kind"),
    [(1, "point"), (2, "point"), (5, "doubtful"), (None, "doubtful")]
    + [(precision, "area") for precision in (3, 4, 6)],
)
def test_only_a_place_that_is_known_is_an_exact_point(precision: int | None, kind: str) -> None:
    assert place_kind(precision) == kind
    layer = LAYERS["attacks"]
    row = full_row(layer, place_precision=precision, radius_m=90_000)
    ((feature,), at) = map_data(listing(page_of(layer, row)))["features"], [16.5, 0.5]
    assert (feature["kind"], feature["at"], feature["radius_m"]) == (kind, at, 90_000)


def test_an_area_of_unknown_size_and_a_row_without_a_place_are_not_drawn_but_counted() -> None:
    layer = LAYERS["attacks"]
    rows = [
        full_row(layer, place_precision=4),
        full_row(layer, lon=None, lat=None),
        full_row(layer, place_precision=1),
    ]
    html = listing(page_of(layer, *rows))
    assert [feature["kind"] for feature in map_data(html)["features"]] == ["point"]
    assert "Not drawn, for want of a place that can be mapped: 2." in html


def test_no_map_where_how_exact_the_places_are_was_not_asked_for() -> None:
    layer = LAYERS["attacks"]
    page = page_of(layer, full_row(layer), query="?properties=place", properties=["place"])
    html = listing(page)
    assert map_data(html) is None
    assert "No map: how exactly the places are known" in html


def test_coordinates_are_told_only_for_a_place_that_is_known() -> None:
    layer = LAYERS["attacks"]
    told = {
        precision: "16.5°\u00a0N"
        in single(page_of(layer, full_row(layer, place_precision=precision), path="items/A1"))
        for precision in (1, 2, 3, 4, 5, 6, None)
    }
    assert [precision for precision, is_told in told.items() if is_told] == [1, 2]


# --- links and the form -------------------------------------------------------------------------


@every_language
@every_layer
def test_every_link_of_the_pages_keeps_the_language(layer: Layer, language: Language) -> None:
    other = "en" if language == "fr" else "fr"
    for html in (
        listing(page_of(layer, full_row(layer), language=language)),
        single(page_of(layer, full_row(layer), language=language, path="items/A1")),
    ):
        page = Tags(html)
        assert page.named("html") == [{"lang": language}]
        links = {a.get("href") or "": a.get("hreflang") for a in page.named("a")}
        ours = {u: h for u, h in links.items() if u.startswith(BASE)}
        assert len(ours) > 5
        lost = [u for u, h in ours.items() if f"lang={other if h == other else language}" not in u]
        assert lost == []
        alternates = {a.get("hreflang") for a in page.named("link") if a.get("hreflang")}
        assert alternates == {"en", "fr"}


def test_the_form_shows_what_was_asked_and_keeps_what_it_does_not_show() -> None:
    layer = LAYERS["events"]
    query = "?datetime=2015-01-01/..&event_class=ambush&filter=killed_best>2&as_of=2026-01-01"
    page = Tags(listing(page_of(layer, query=query + "&cursor=abc&bbox=1,2,3,4", language="fr")))
    inputs = {i.get("name"): i.get("value") for i in page.named("input")}
    assert inputs == {
        "as_of": "2026-01-01",
        "bbox": "1,2,3,4",
        "lang": "fr",
        "date-from": "2015-01-01",
        "date-to": "",
    }
    chosen = [o.get("value") for o in page.named("option") if "selected" in o]
    assert chosen == ["ambush"]
    assert "killed_best>2" in page.texts
    (form,) = page.named("form")
    assert (form["action"], form["method"]) == (f"{BASE}/collections/events/find", "get")


def test_the_form_offers_no_class_that_is_the_same_in_all_rows() -> None:
    selects = {
        name: [s.get("name") for s in Tags(listing(page_of(LAYERS[name]))).named("select")]
        for name in ("events", "attacks", "camps", "regions")
    }
    assert selects == {
        "events": [
            *("event_class", "target_class", "target", "perpetrator_class", "region", "limit"),
        ],
        "attacks": ["event_class", "target", "perpetrator_class", "region", "limit"],
        "camps": ["kind", "region", "limit"],
        "regions": ["kind", "limit"],
    }


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"date-from": "", "date-to": " ", "region": "", "filter": ""}, {}),
        ({"date-from": "2015-01-01", "date-to": ""}, {"datetime": "2015-01-01/.."}),
        ({"date-to": "2015-01-01"}, {"datetime": "../2015-01-01"}),
        (
            {"date-from": "2014-01-01", "date-to": "2015-01-01", "region": "gao", "limit": "20"},
            {"datetime": "2014-01-01/2015-01-01", "region": "gao", "limit": "20"},
        ),
    ],
)
def test_empty_fields_of_the_form_ask_for_nothing(
    sent: dict[str, str], asked: dict[str, str]
) -> None:
    assert asked_by(sent) == asked


def test_the_head_of_a_column_turns_the_order_round() -> None:
    layer = LAYERS["attacks"]
    html = listing(page_of(layer, full_row(layer), query="?sortby=place&cursor=abc&limit=5"))
    assert 'aria-sort="ascending"' in html
    hrefs = [a.get("href") or "" for a in Tags(html).named("a")]
    sorts = [href for href in hrefs if "sortby=" in href]
    assert f"{BASE}/collections/attacks/items?sortby=-place&limit=5&lang=en" in sorts
    # The same page in French or GeoJSON keeps its place; another order begins at the start.
    kept = [href for href in sorts if "cursor=" in href]
    assert [href for href in kept if "f=geojson" not in href and "lang=fr" not in href] == []


def test_pages_lead_on_back_and_to_this_state_of_the_data() -> None:
    layer = LAYERS["attacks"]
    links = [
        Link(href=f"{BASE}/next", rel="next", type="text/html"),
        Link(href=f"{BASE}/then?as_of=2026-01-01T00:00:00Z", rel="memento", type="text/html"),
    ]
    page = Tags(listing(page_of(layer, full_row(layer), query="?cursor=abc", links=links)))
    hrefs = [a.get("href") for a in page.named("a")]
    for href in (
        f"{BASE}/next",
        f"{BASE}/then?as_of=2026-01-01T00:00:00Z",
        f"{BASE}/collections/attacks/items?lang=en",
    ):
        assert href in hrefs


def test_more_matches_than_are_counted_are_not_called_a_number() -> None:
    layer = LAYERS["attacks"]
    html = listing(page_of(layer, full_row(layer), matched=None))
    assert "More features match than are counted; 1 on this page." in html


def test_a_selection_without_features_says_so() -> None:
    html = listing(page_of(LAYERS["attacks"], language="fr"))
    assert "Rien ne correspond à cette sélection." in html
    assert "<table" not in html
