"""The drawn page: nothing runs over its edge, and the same numbers give the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations, product
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.ft2font import FT2Font

from app.figures._draw_settings import SETTINGS
from app.figures._flow import Flow
from app.figures._ground import Ground, Name, bounds_on_plane, point_on_plane, projected
from app.figures._look import colours_of
from app.figures._numbers import Compared, Numbers, Toll, add_up
from app.figures._question import SIZES, Question
from app.figures._read import GROUND
from app.figures._type import balanced, width_of, wrapped
from app.figures._words import words_of
from app.figures.draw import draw
from app.start import declared_layers
from geo.spec import LANGUAGES
from tests.unit.figures.conftest import Asks
from tests.unit.figures.made_up import numbers_of, spot_of, years

LAYERS = declared_layers()
LETTERS = "ɛ ɔ ɲ ŋ Ɛ Ɔ Ɲ Ŋ é ô ï ç œ ’ « » – …"


@pytest.fixture(scope="module")
def ground() -> Ground:
    country = shapely.box(-12, 10, 4, 25)
    return Ground(
        areas={"gao": country},
        area_names={"gao": "Gao"},
        regions=(projected(country),),
        country=projected(country),
        land=(projected(shapely.box(-20, 4, 18, 30)),),
        lakes=(),
        rivers=(projected(shapely.LineString([(-10, 12), (0, 17)])),),
        names=(
            Name(texts=("Gao",), kind="region", spots=(point_on_plane(0, 17),)),
            Name(texts=("Niger",), kind="river", spots=(point_on_plane(-5, 14),)),
        ),
        bounds=bounds_on_plane((-12, 10, 4, 25)),
    )


def drawn(question: Question, numbers: Numbers, ground: Ground | None, fonts: Path) -> Any:
    below = [LAYERS[name] for name in GROUND] if ground else []
    words = words_of(question, numbers, "svg", {"gao": "Gao"}, below)
    colours = colours_of(question.spec, LAYERS[question.spec.layer], question.theme)
    with mpl.rc_context(SETTINGS):
        return draw(question, numbers, words, colours, ground, fonts)


def some_bars(question: Question) -> Numbers:
    tolls = [Toll(value=n, low=n - 3, high=n + 90, events=5) for n in (4, 270, 1_100, 21, 33)]
    return numbers_of(question, years=years(*tolls, partial=(2013, 2017)), last=date(2017, 4, 30))


def some_spots(question: Question) -> Numbers:
    spots = (
        spot_of("point", 500, name=f"Place {LETTERS}"),
        spot_of("near", 20, lon=-3.0, lat=14.5),
        spot_of("road", 9, lon=1.0, lat=18.0),
        spot_of("area", 7, region="gao", radius_m=60_000),
        spot_of("point", None, lon=2.0, lat=15.0),
    )
    return numbers_of(question, spots=spots)


def boxes_of(figure: Any) -> list[tuple[str, Any]]:
    """Give every text and the box that it fills in the picture."""
    with mpl.rc_context(SETTINGS):
        canvas: Any = FigureCanvasAgg(figure)
        renderer = canvas.get_renderer()
        texts = [text for axes in figure.axes for text in axes.texts]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def on_each_other(figure: Any) -> list[tuple[str, str]]:
    """List texts that stand on each other; what a font leaves round its letters does not count."""
    boxes = [
        (text, box.padded(-0.17 * min(box.width, box.height))) for text, box in boxes_of(figure)
    ]
    pairs = combinations(boxes, 2)
    return [(one, other) for (one, box), (other, taken) in pairs if box.overlaps(taken)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", ["3", "2"])
def test_no_text_runs_over_the_edge(
    number: str, language: Any, size: str, ask: Asks, fonts: Path, ground: Ground
) -> None:
    question = ask(number, language=language, size=SIZES[size])
    numbers = some_bars(question) if number == "3" else some_spots(question)
    figure = drawn(question, numbers, ground if number == "2" else None, fonts)
    boxes = boxes_of(figure)
    width, height = figure.canvas.get_width_height()
    assert len(boxes) > 15
    outside = [
        text
        for text, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width + 0.5 or box.y1 > height + 0.5
    ]
    assert outside == []


@pytest.mark.parametrize("size", SIZES)
def test_the_values_of_thirty_years_do_not_touch(size: str, ask: Asks, fonts: Path) -> None:
    question = ask("unu-2", size=SIZES[size], language="fr")
    many = [Toll(value=1_100 + n, low=1_000, high=1_300, events=5) for n in range(30)]
    numbers = numbers_of(question, years=years(*many, add_up(()), first=1990))
    assert on_each_other(drawn(question, numbers, None, fonts)) == []


@pytest.mark.parametrize("size", SIZES)
def test_what_stands_beside_a_map_does_not_reach_its_foot(
    size: str, ask: Asks, fonts: Path, ground: Ground
) -> None:
    narrowing = (("filter", "place IN (" + ", ".join(f"'Place {n}'" for n in range(60)) + ")"),)
    question = ask("2", size=SIZES[size], narrowing=narrowing)
    areas = [spot_of("wider", n, region=None, name=f"An area {n}") for n in range(1, 40)]
    numbers = numbers_of(question, spots=(*some_spots(question).spots, *areas))
    assert on_each_other(drawn(question, numbers, ground, fonts)) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", ["3", "2"])
def test_a_query_of_any_length_is_drawn(
    number: str, size: str, ask: Asks, fonts: Path, ground: Ground
) -> None:
    narrowing = (("filter", " OR ".join(f"place = 'Place {n}'" for n in range(400))),)
    question = ask(number, size=SIZES[size], narrowing=narrowing)
    numbers = some_bars(question) if number == "3" else some_spots(question)
    figure = drawn(question, numbers, ground if number == "2" else None, fonts)
    assert on_each_other(figure) == []
    written = "".join(text for text, _ in boxes_of(figure))
    # The notes leave out what the address repeats.
    assert written.count("Place+399") == 1
    assert "Place 399" not in written


def test_a_slide_has_its_height_while_all_finds_room_on_it(
    ask: Asks, fonts: Path, ground: Ground
) -> None:
    question = ask("2", size=SIZES["slide"])
    figure = drawn(question, some_spots(question), ground, fonts)
    assert figure.get_figheight() * 25.4 == pytest.approx(190.5, abs=0.01)


def test_circles_at_and_near_a_place_are_named_once(ask: Asks, fonts: Path, ground: Ground) -> None:
    question = ask("2")
    spots = (
        spot_of("point", 20, name="Kidal"),
        spot_of("near", 9, name="Kidal", lon=1.0),
        spot_of("point", 3, name="Ber", lon=-4.0),
    )
    figure = drawn(question, numbers_of(question, spots=spots), ground, fonts)
    written = [text for text, _ in boxes_of(figure)]
    assert [text for text in written if text.startswith(("Kidal", "Ber"))] == ["Kidal 20", "Ber 3"]


def test_a_name_that_is_nearer_to_another_circle_is_led_to_its_own(
    ask: Asks, fonts: Path, ground: Ground
) -> None:
    question = ask("2")
    alone = (spot_of("point", 50, name="Moura", lon=-4.0, lat=14.5),)
    # Small ones stand all round it, so that no room is left beside it.
    around = tuple(
        spot_of("point", 2, name="Moura", lon=-4.0 + x / 4, lat=14.5 + y / 4)
        for x, y in product(range(-8, 9), range(-4, 5))
        if abs(x) + abs(y) > 3
    )
    lines = []
    for spots in (alone, alone + around):
        figure = drawn(question, numbers_of(question, spots=spots), ground, fonts)
        lines.append(len(figure.axes[0].lines))
    assert lines[1] == lines[0] + 1


def test_every_letter_that_mali_writes_with_is_in_the_fonts(fonts: Path) -> None:
    for path in sorted(fonts.iterdir()):
        letters = FT2Font(str(path)).get_charmap()
        assert [letter for letter in LETTERS if ord(letter) not in letters] == [], path.name


def test_circles_are_drawn_in_true_proportion_the_largest_first(
    ask: Asks, fonts: Path, ground: Ground
) -> None:
    question = ask("2")
    figure = drawn(question, some_spots(question), ground, fonts)
    chart = next(axes for axes in figure.axes if axes.get_xlim()[1] > 100_000)
    circles = [patch for patch in chart.get_children() if type(patch).__name__ == "Circle"]
    areas = [circle.get_radius() ** 2 for circle in circles]
    assert [round(area / areas[-1] * 9) for area in areas] == [500, 20, 9]


def test_the_legend_has_the_scale_of_the_map(ask: Asks, fonts: Path, ground: Ground) -> None:
    for size in SIZES.values():
        question = ask("2", size=size)
        figure = drawn(question, some_spots(question), ground, fonts)
        sheet, chart = figure.axes[0], figure.axes[1]
        nested = max(
            patch.get_radius() for patch in sheet.get_children() if type(patch).__name__ == "Circle"
        )
        largest = max(
            patch.get_radius() for patch in chart.get_children() if type(patch).__name__ == "Circle"
        )
        points_wide = chart.get_position().width * figure.get_figwidth() * 72
        metres_wide = chart.get_xlim()[1] - chart.get_xlim()[0]
        assert nested == pytest.approx(largest * points_wide / metres_wide, rel=1e-4)


def test_bars_begin_at_zero_and_partial_years_are_hatched(ask: Asks, fonts: Path) -> None:
    question = ask("3")
    figure = drawn(question, some_bars(question), None, fonts)
    bars = [bar for axes in figure.axes for group in axes.containers for bar in group]
    bars = [bar for bar in bars if hasattr(bar, "get_hatch")]
    assert {bar.get_y() for bar in bars} == {0}
    assert [bar.get_height() for bar in bars] == [4, 270, 1_100, 21, 33]
    assert [bool(bar.get_hatch()) for bar in bars] == [True, False, False, False, True]


def test_the_lines_of_a_title_are_of_about_the_same_length(fonts: Path) -> None:
    title = "Locations of fatalities in attacks on the UN mission in Mali (MINUSMA), 2013–2023"
    room = width_of(title, 13, "semibold", fonts) - 20
    first, second = balanced(title, room, 13, "semibold", fonts)
    assert wrapped(title, room, 13, "semibold", fonts)[1] == "2013–2023"
    assert f"{first} {second}" == title
    assert len(second) > len(title) / 3
    assert balanced("Short", room, 13, "semibold", fonts) == ["Short"]


def test_an_address_breaks_before_what_joins_its_parts(fonts: Path) -> None:
    text = "http://localhost/figures/1.png?as_of=2026-11-21&source=documented&lang=en"
    room = width_of(text, 8, "regular", fonts) * 0.8
    assert wrapped(text, room, 8, "regular", fonts) == [
        "http://localhost/figures/1.png?as_of=2026-11-21",
        "&source=documented&lang=en",
    ]


def test_a_long_address_breaks_where_the_line_ends(fonts: Path) -> None:
    text = "see " + "x" * 400
    lines = wrapped(text, 200, 8, "regular", fonts)
    assert "".join(lines) == text
    assert max(width_of(line, 8, "regular", fonts) for line in lines) <= 200


def test_numbers_of_many_years_touch_none_beside_them(ask: Asks, fonts: Path) -> None:
    spec = ask("unu-2").spec
    question = ask("unu-2", size=SIZES["column"], comparison=spec.comparisons[0])
    tolls = [Toll(value=40 * n, low=30 * n, high=60 * n + 1, events=n) for n in range(1, 31)]
    made = tuple(
        replace(year, compared=float((year.toll.value or 0) + 7 * (year.year % 5)))
        for year in years(*tolls, first=1995)
    )
    compared = Compared(comparison=spec.comparisons[0], sources=(("S", "T"),), recorded=None)
    figure = drawn(question, numbers_of(question, years=made, compared=compared), None, fonts)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    chart = figure.axes[1]
    upright = [text for text in chart.texts if text.get_rotation() == 90]
    boxes = [text.get_window_extent(canvas.get_renderer()).padded(-0.6) for text in upright]
    assert 30 <= len(boxes) < 60
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    marks = [line for line in chart.lines if line.get_marker() == "D"]
    assert len(marks) == 30
    slot_pt = chart.get_window_extent().width / 31 * 72 / figure.dpi
    assert all(2 < line.get_markersize() < slot_pt / 2 for line in marks)
    words = words_of(question, numbers_of(question, years=made, compared=compared), "svg", {}, [])
    assert any("where there is room" in note.text for note in words.notes)


def test_the_border_of_the_country_is_heavier_than_those_of_its_regions(
    ask: Asks, ground: Ground, fonts: Path
) -> None:
    question = ask("6")
    numbers = numbers_of(question, spots=(spot_of("point", 3),))
    figure = drawn(question, numbers, ground, fonts)
    edges = [
        patch.get_linewidth()
        for patch in figure.axes[1].patches
        if to_hex(patch.get_edgecolor()).upper() == question.theme.area_line
    ]
    assert len(edges) == 2
    assert edges[1] >= 2 * edges[0]


def test_the_first_of_a_month_is_raised_in_french_print(fonts: Path) -> None:
    flow = Flow(width=500, fonts=fonts)
    flow.text("Du 1er mars au 21er", 8, "#000000")
    assert [line.text for line in flow.lines] == ["Du 1ᵉʳ mars au 21er"]
