"""Put the numbers of a figure into words: title, subtitle, notes, sources and alt text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from app import VERSION
from app.figures._numbers import DRAWN_AS_CIRCLES, Compared, Numbers, Spot, Toll, add_up
from app.figures._question import Question, permalink
from app.figures._texts import DATASETS, TEXTS
from app.wording import NO_BREAK_SPACE, bind_signs, counted, day_words, number_words
from geo.spec import Language, Layer, Text

# A longer query is cut in the notes; the address in the foot has all of it.
_LONGEST_QUERY = 300
# From so many years on numbers may stand too close to be written.
CROWDED = 20
# How many areas are named beside a map; the table has them all.
_LINES = 10
# What a note explains, drawn in front of it.
Sign = Literal["hatched", "range", "diamond"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A sentence below a figure, and the sign that it explains."""

    text: str
    sign: Sign | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """All texts of a figure, in its language.

    `aside` is the heading and the lines of what a map does not draw as circles, `again` says where
    the same figure is found.
    """

    title: str
    subtitle: str
    notes: tuple[Note, ...]
    aside: tuple[str, ...]
    legend: str
    foot: tuple[str, ...]
    permalink: str
    again: str
    alt: str
    nothing: str | None = None


class Wording:
    """Write the texts of one figure."""

    def __init__(self, question: Question, numbers: Numbers) -> None:
        self.question, self.numbers = question, numbers
        self.language: Language = question.language
        self.spec, self.counting = question.spec, numbers.counting

    def text(self, key: str, /, **values: object) -> str:
        return fill(TEXTS[key].in_language(self.language), values)

    def number(self, value: float) -> str:
        return number_words(value, self.language)

    def counted(self, value: float) -> str:
        return counted(value, self.counting.noun.forms(self.language), self.language)

    def events(self, number: int) -> str:
        return counted(number, self.spec.event.forms(self.language), self.language)

    def day(self, day: date, *, year: bool = True) -> str:
        """Write a day, which no line may break."""
        return day_words(day, self.language, year=year).replace(" ", NO_BREAK_SPACE)

    def percent(self, part: float, whole: float) -> str:
        """Write a share without decimals, and never a share that is not nothing as 0."""
        share = 100 * part / whole if whole else 0
        return "<1" if 0 < share < 0.5 else str(round(share))

    def nil(self) -> list[str]:
        """Say at how many events that have no circle nobody was counted."""
        found = add_up(spot.toll for spot in self.numbers.spots if spot.toll.value == 0)
        if not found.events:
            return []
        return [self.text("zero_places", events=self.events(found.events - found.unknown))]

    def toll(self, toll: Toll) -> str:
        """Write a toll with its noun; an unknown one is said to be unknown."""
        if toll.value is None:
            return self.text("aside_unknown")
        return self.counted(toll.value)


def words_of(
    question: Question, numbers: Numbers, form: str, regions: dict[str, str], ground: list[Layer]
) -> Words:
    """Write every text of a figure; `regions` are the names of areas, `ground` what lies below."""
    return written_by(Wording(question, numbers), form, regions, ground)


def written_by(write: Wording, form: str, regions: dict[str, str], ground: list[Layer]) -> Words:
    """Write every text of a figure in the words of a wording."""
    question, numbers = write.question, write.numbers
    is_map, address = question.spec.kind == "map", _permalink(write, form)
    return Words(
        title=_title(write),
        subtitle=_subtitle(write),
        notes=tuple(_map_notes(write) if is_map else _bar_notes(write)),
        aside=tuple(_aside(write, regions)) if is_map else (),
        legend=write.text("legend", what=_plural(write)),
        foot=tuple(_foot(write, ground)),
        permalink=address,
        again=write.text("permalink", url=address),
        alt=_alt(write),
        nothing=None if numbers.total.events else _nothing(write),
    )


def fill(text: str, values: Mapping[str, object]) -> str:
    """Set values into a text; braces in values stay as they are."""
    return text.format(**values)


def first_up(text: str) -> str:
    """Begin a text with a capital, as lines and labels do."""
    return text[:1].upper() + text[1:]


def period_words(numbers: Numbers) -> str:
    """Name the years that a figure is about."""
    first, last = numbers.first_year, numbers.last_year
    if first is None or last is None:
        return "–"
    return str(first) if first == last else f"{first}–{last}"


def moment_text(moment: datetime | None) -> str | None:
    """Write a moment as addresses do."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _title(write: Wording) -> str:
    text = bind_signs(write.spec.title.in_language(write.language))
    return fill(text, {"period": period_words(write.numbers)})


def _subtitle(write: Wording) -> str:
    numbers = write.numbers
    dataset = numbers.source.dataset
    measure = fill(
        bind_signs(write.counting.subtitle.in_language(write.language)),
        {
            "each": write.text(f"each_{write.spec.kind}"),
            "dataset": DATASETS.get(dataset, dataset),
        },
    )
    parts = [measure, total_words(write, with_range=True), *days_words(write), *state_words(write)]
    return joined(parts)


def joined(parts: list[str]) -> str:
    """Set parts one after the other."""
    return ". ".join(map(first_up, parts)) + "."


def state_words(write: Wording) -> list[str]:
    """Say of which day the data are."""
    moment = write.numbers.data_changed_at
    if moment is None:
        return []
    return [write.text("data_as_of", day=write.day(moment.astimezone(UTC).date()))]


def total_words(write: Wording, *, with_range: bool = False) -> str:
    """Say what a figure comes to."""
    total = write.numbers.total
    if not total.events:
        return write.text("total_none")
    known = write.events(total.events - total.unknown)
    if total.value is None:
        return write.text("total_unknown", events=write.events(total.events))
    if write.counting.measure is None:
        return write.text("total", total=write.counted(total.value))
    said = write.text("total_sum", total=write.counted(total.value), events=known)
    if with_range and total.has_range:
        low, high = (write.number(value or 0) for value in (total.low, total.high))
        said += " (" + write.text("range", low=low, high=high) + ")"
    return said


def days_words(write: Wording) -> list[str]:
    """Name the days that a figure is about."""
    first, last = write.numbers.first, write.numbers.last
    if first is None or last is None:
        return []
    return [write.text("days", first=write.day(first), last=write.day(last))]


def _bar_notes(write: Wording) -> list[Note]:
    numbers, total = write.numbers, write.numbers.total
    notes = _partial(write)
    if total.unknown:
        notes.append(Note(text=write.text("unknown", events=write.events(total.unknown))))
    if any(year.toll.has_range for year in numbers.years):
        notes.append(Note(text=write.text("range_marks"), sign="range"))
    if any(year.toll.events and year.toll.value is None for year in numbers.years):
        notes.append(Note(text=write.text("unknown_years")))
    if total.events and not all(year.toll.events for year in numbers.years):
        notes.append(Note(text=write.text("empty_years")))
    if numbers.undated is not None:
        said = write.events(numbers.undated.events)
        if write.counting.measure is not None:
            said = f"{write.toll(numbers.undated)} ({said})"
        notes.append(Note(text=write.text("undated", total=said)))
    return [*notes, *_compared(write), *_common_notes(write)]


def _partial(write: Wording) -> list[Note]:
    numbers, said = write.numbers, []
    for name, day in (("first", numbers.first), ("last", numbers.last)):
        partial = [year.year for year in numbers.years if year.is_partial]
        if day is not None and day.year in partial and _cuts(name, day):
            words = write.day(day, year=False)
            said.append(write.text(f"partial_{name}", year=day.year, day=words))
    since = write.spec.since_what
    if said and since is not None and numbers.first == write.spec.since:
        said[0] += f", {since.in_language(write.language)}"
    if not said:
        return []
    days = " – ".join(said)
    if any(year.is_partial and year.toll.value for year in numbers.years):
        return [Note(text=write.text("partial", days=days), sign="hatched")]
    return [Note(text=write.text("partial_unseen", days=days))]


def _cuts(name: str, day: date) -> bool:
    """Say whether a first or last day leaves out some of its year."""
    return (day.month, day.day) != ((1, 1) if name == "first" else (12, 31))


def _compared(write: Wording) -> list[Note]:
    compared = write.numbers.compared
    if compared is None:
        return []
    said = [write.text("compared", title=bind_signs(_title_of(compared, write.language)))]
    if compared.sources:
        by_terms: dict[str, list[str]] = {}
        for title, terms in compared.sources:
            by_terms.setdefault(terms, []).append(title)
        sources = "; ".join(f"{', '.join(by_terms[terms])} – {terms}" for terms in by_terms)
        said += [write.text("compared_scope"), write.text("compared_source", sources=sources)]
        if len(write.numbers.years) > CROWDED:
            said.append(write.text("compared_some"))
    else:
        said.append(write.text("compared_none"))
    return [Note(text=" ".join(said), sign="diamond")]


def _title_of(compared: Compared, language: Language) -> str:
    return compared.comparison.title.in_language(language)


def _common_notes(write: Wording) -> list[Note]:
    notes = []
    if write.counting.note is not None:
        notes.append(Note(text=bind_signs(write.counting.note.in_language(write.language))))
    if write.question.narrowing:
        query = ", ".join(f"{name} = {value}" for name, value in write.question.narrowing)
        if len(query) > _LONGEST_QUERY:
            query = f"{query[:_LONGEST_QUERY].rstrip()} …"
        notes.append(Note(text=write.text("selection", query=query)))
    return notes


def _map_notes(write: Wording) -> list[Note]:
    numbers, total, notes = write.numbers, write.numbers.total, []
    for kind, name in (("near", "near_share"), ("road", "road_share")):
        part = add_up(spot.toll for spot in numbers.spots if spot.kind == kind).events
        if part:
            percent = write.percent(part, total.events)
            whole = write.events(total.events)
            text = write.text(name, part=write.number(part), whole=whole, percent=percent)
            notes.append(Note(text=text))
    notes += [Note(text=text) for text in write.nil()]
    if total.unknown:
        notes.append(Note(text=write.text("unknown", events=write.events(total.unknown))))
    return [*notes, *_common_notes(write)]


def _aside(write: Wording, regions: dict[str, str]) -> list[str]:
    """List what is known to no more than an area, by region, with its share of all events."""
    numbers = write.numbers
    spots = [spot for spot in numbers.spots if spot.kind not in DRAWN_AS_CIRCLES]
    if not spots:
        return []
    groups: dict[str, list[Toll]] = {}
    for spot in spots:
        groups.setdefault(_area_name(write, spot, regions), []).append(spot.toll)
    tolls = {name: add_up(tolls) for name, tolls in groups.items()}
    ordered = sorted(tolls, key=lambda name: (-(tolls[name].value or 0), -tolls[name].events, name))
    all_of_them = add_up(tolls.values())
    percent = write.percent(all_of_them.events, numbers.total.events)
    if write.counting.measure is None:
        share = write.text(
            "aside_share_events", total=write.events(all_of_them.events), percent=percent
        )
    else:
        share = write.text(
            "aside_share",
            total=write.toll(all_of_them),
            events=write.events(all_of_them.events),
            percent=percent,
            all=write.events(numbers.total.events),
        )
    # A stated toll of zero is in the share, and needs no line of its own.
    named = [name for name in ordered if tolls[name].value != 0]
    # What is left after the last line is said together, and is never one area alone.
    shown = named if len(named) <= _LINES + 1 else named[:_LINES]
    lines = [_aside_line(write, name, tolls[name]) for name in shown]
    rest = [tolls[name] for name in named[len(shown) :]]
    if rest:
        lines.append(_aside_rest(write, len(rest), add_up(rest)))
    return [write.text("aside"), share, *lines]


def _area_name(write: Wording, spot: Spot, regions: dict[str, str]) -> str:
    if spot.region in regions:
        return regions[spot.region]
    if spot.name and spot.kind != "none":
        return spot_name(spot, write.language)
    return write.text("aside_none" if spot.kind == "none" else "aside_unsure")


def _aside_line(write: Wording, name: str, toll: Toll) -> str:
    name = first_up(name)
    if write.counting.measure is None:
        return write.text("aside_line_events", name=name, value=write.number(toll.events))
    value = write.text("aside_unknown") if toll.value is None else write.number(toll.value)
    return write.text("aside_line", name=name, value=value, events=write.events(toll.events))


def _aside_rest(write: Wording, count: int, toll: Toll) -> str:
    number = write.number(count)
    if write.counting.measure is None:
        return write.text("aside_rest_events", count=number, value=write.number(toll.events))
    value = write.text("aside_unknown") if toll.value is None else write.number(toll.value)
    return write.text("aside_rest", count=number, value=value, events=write.events(toll.events))


def _plural(write: Wording) -> str:
    return write.counting.noun.other.in_language(write.language)


def _foot(write: Wording, ground: list[Layer]) -> list[str]:
    source, language = write.numbers.source, write.language
    title = spoken(source.title, language)
    if source.others:
        title = write.text("sources_more", title=title, others=write.number(source.others))
    said = [write.text("source", title=title.rstrip("."))]
    if source.licence:
        licence = spoken(source.licence, language).rstrip(".")
        said.append(write.text("licence", licence=licence))
    if source.recorded is not None:
        day = write.day(source.recorded.astimezone(UTC).date())
        said.append(write.text("recorded", day=day))
    lines = [" ".join(said)]
    return [*lines, *foot_words(write, ground)]


def foot_words(write: Wording, ground: list[Layer]) -> list[str]:
    """Name what lies below a map, who made it of which state, and whose it is not."""
    lines, language = [], write.language
    if ground:
        named = {
            layer.id: f"{spoken(layer.source.title, language)} "
            f"({spoken(layer.source.licence, language)})"
            for layer in ground
        }
        lines.append(write.text("ground", **named))
    moment = write.numbers.changed_at
    name = "producer_empty" if moment is None else "producer"
    shown = None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines.append(write.text(name, figure=write.spec.figure, version=VERSION, moment=shown))
    lines[-1] += " " + write.text("disclaimer")
    return lines


def spoken(text: Text | str, language: Language) -> str:
    """Give a source's title or terms in the language; a plain text is the same in all."""
    return text if isinstance(text, str) else bind_signs(text.in_language(language))


def _permalink(write: Wording, form: str) -> str:
    as_of = moment_text(write.numbers.changed_at)
    return permalink(write.question, form, write.numbers.source.dataset, as_of)


def _alt(write: Wording) -> str:
    text = bind_signs(write.spec.alt.in_language(write.language))
    said = {
        "period": period_words(write.numbers),
        "total": total_words(write),
        "most": _most(write),
    }
    return fill(text, said)


def _most(write: Wording) -> str:
    """State the finding: the year or place with most."""
    numbers = write.numbers
    years = [year for year in numbers.years if year.toll.value]
    places = [spot for spot in numbers.of_kind(DRAWN_AS_CIRCLES) if spot.toll.value]
    if years:
        top = max(years, key=lambda year: (year.toll.value or 0, -year.year))
        return write.text("most_year", year=top.year, total=write.counted(top.toll.value or 0))
    if places:
        spot = places[0]
        name = spot_name(spot, write.language)
        return write.text("most_place", place=name, total=write.counted(spot.toll.value or 0))
    return write.text("most_none")


def spot_name(spot: Spot, language: Language) -> str:
    """Name a place in the language."""
    return spot.name_fr if language == "fr" else spot.name


def _nothing(write: Wording) -> str:
    first = write.numbers.first_state
    if first is None:
        return write.text("nothing")
    day = write.day(first.astimezone(UTC).date())
    return write.text("nothing_yet", day=day)
