"""What a figure says beside what it draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.figures._numbers import Compared, Toll, add_up
from app.figures._words import Words, words_of
from geo.spec import LANGUAGES
from tests.unit.figures.conftest import Asks
from tests.unit.figures.made_up import MOMENT, numbers_of, spot_of, years

REGIONS = {"gao": "Gao", "kidal": "Kidal"}


def notes(words: Words) -> list[str]:
    return [note.text for note in words.notes]


def test_a_subtitle_has_measure_total_range_days_and_state(ask: Asks) -> None:
    question = ask("1")
    tolls = years(Toll(value=1_200, low=900, high=1_500, events=8, unknown=2), first=2012)
    made = numbers_of(question, years=tolls, first=date(2012, 1, 1), last=date(2012, 12, 31))
    assert words_of(question, made, "svg", {}, []).subtitle == (
        "Civilians reported killed per year; documented incidents with civilian victims; not a "
        "complete count. Total: 1,200 civilians killed, stated for 6 incidents (900 to 1,500 by "
        "the sources’ lowest and highest figures). 1\u00a0January\u00a02012 to "
        "31\u00a0December\u00a02012. Data as of 20\u00a0November\u00a02026."
    )


def test_french_has_its_own_signs_and_numbers(ask: Asks) -> None:
    question = ask("1", language="fr")
    tolls = years(Toll(value=1_200, low=1_200, high=1_200, events=1), first=2012)
    words = words_of(question, numbers_of(question, years=tolls), "svg", {}, [])
    assert (
        "Total\u00a0: 1\u202f200 civils tués, bilan précisé pour 1 incident. Du 1er"
        in words.subtitle
    )


def test_the_alternative_text_states_the_finding(ask: Asks) -> None:
    question = ask("3")
    tolls = (Toll(value=n, low=n, high=n, events=1) for n in (4, 27, 11))
    words = words_of(question, numbers_of(question, years=years(*tolls)), "svg", {}, [])
    assert words.alt == (
        "Bar chart of people killed in attacks on MINUSMA by year, 2013–2015. Total: 42 "
        "peacekeepers killed, stated for 3 attacks. Most in 2014: 27 peacekeepers killed."
    )


def test_unknown_is_said_and_is_no_zero(ask: Asks) -> None:
    question = ask("3")
    unknown = Toll(value=None, events=2, unknown=2)
    words = words_of(question, numbers_of(question, years=years(unknown)), "svg", {}, [])
    assert "Total: toll not stated in any of 2 attacks" in words.subtitle
    assert "Toll not stated: 2 attacks, not counted as zero." in notes(words)
    assert any(note.startswith("“?”") for note in notes(words))


def test_years_without_rows_say_that_this_does_not_mean_peace(ask: Asks) -> None:
    question = ask("5")
    tolls = years(Toll(value=3, low=3, high=3, events=3), add_up(()))
    words = words_of(question, numbers_of(question, years=tolls), "svg", {}, [])
    assert notes(words)[-1] == "“–”: nothing is recorded; that does not say that nothing happened."


def test_hatching_is_explained_only_where_a_bar_has_it(ask: Asks) -> None:
    question = ask("3")
    toll = Toll(value=4, low=4, high=4, events=1)
    for tolls, begins in (
        (years(toll, partial=(2013,)), "Hatched: year not wholly covered (2013 from 1\u00a0July"),
        (years(add_up(()), toll, partial=(2013,)), "Year not wholly covered: 2013 from 1"),
    ):
        words = words_of(question, numbers_of(question, years=tolls), "svg", {}, [])
        assert notes(words)[0].startswith(begins)
        assert "when the mission began" in notes(words)[0]


def test_what_has_no_circle_is_listed_by_region_with_its_share(ask: Asks) -> None:
    question = ask("4")
    spots = (
        spot_of("point", 7),
        spot_of("region", 2, region="kidal", lon=None, lat=None),
        spot_of("area", 0, region="gao"),
        spot_of("wider", None, region=None, name="northern Mali"),
    )
    words = words_of(question, numbers_of(question, spots=spots), "svg", REGIONS, [])
    assert words.aside == (
        "Known only to an area: no circle",
        "2 peacekeepers killed in 3 attacks, 75% of all 4 attacks",
        "Kidal: 2 in 1 attack",
        "Northern Mali: not stated in 1 attack",
    )
    assert "Most at Somewhere: 7 peacekeepers killed" in words.alt


def test_many_areas_are_summed_after_the_first_ones(ask: Asks) -> None:
    question = ask("4")
    tolls = [*range(20, 6, -1), None]
    spots = [spot_of("wider", toll, region=None, name=f"area {n}") for n, toll in enumerate(tolls)]
    lines = words_of(question, numbers_of(question, spots=spots), "svg", {}, []).aside[2:]
    assert lines[0] == "Area 0: 20 in 1 attack"
    assert lines[-2] == "Area 9: 11 in 1 attack"
    assert lines[-1] == "5 more areas: 34 in 5 attacks"


def test_a_comparison_names_its_source_once_for_each_licence(ask: Asks) -> None:
    question = ask("3", comparison=ask("3").spec.comparisons[0])
    toll = Toll(value=4, low=4, high=4, events=1)
    compared = Compared(
        comparison=question.spec.comparisons[0],
        sources=(("One", "facts cited"), ("Two", "facts cited"), ("Three", "CC BY")),
        recorded=MOMENT,
    )
    made = numbers_of(question, years=years(toll), compared=compared)
    (note,) = [note for note in words_of(question, made, "svg", {}, []).notes if note.sign]
    assert note.text.endswith("Their source: One, Two – facts cited; Three – CC BY.")


def test_braces_and_dollars_of_a_filter_stay_as_they_are(ask: Asks) -> None:
    question = ask("5", narrowing=(("filter", "place = '{period} $x$ {0}'"),))
    toll = Toll(value=4, low=4, high=4, events=4)
    words = words_of(question, numbers_of(question, years=years(toll)), "svg", {}, [])
    assert notes(words) == ["Selection: filter = place = '{period} $x$ {0}'."]


def test_the_permalink_pins_state_source_and_look(ask: Asks) -> None:
    question = ask("5", narrowing=(("datetime", "../2021-04-30"),))
    toll = Toll(value=4, low=4, high=4, events=4)
    words = words_of(question, numbers_of(question, years=years(toll)), "pdf", {}, [])
    assert words.permalink == (
        "http://localhost:8000/figures/5.pdf?datetime=../2021-04-30&as_of=2026-11-20T10:00:00Z"
        "&source=documented&lang=en&theme=light&size=page"
    )


def test_nothing_found_is_said_in_both_languages(ask: Asks) -> None:
    said = set()
    for language in LANGUAGES:
        question = replace(ask("5"), language=language)
        words = words_of(question, numbers_of(question), "svg", {}, [])
        assert words.nothing is not None
        assert words.nothing.rstrip(".") in words.alt
        said.add(words.nothing)
    assert len(said) == 2
