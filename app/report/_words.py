"""Put what a report holds into sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from app.figures._base import DOCUMENTED
from app.figures._numbers import DRAWN_AS_CIRCLES, Toll, add_up
from app.figures._texts import DATASETS
from app.figures._texts import TEXTS as FIGURE_TEXTS
from app.figures._words import fill, first_up, moment_text, period_words, spoken
from app.maps._nouns import CAMP, TOB
from app.precision import POINT_PRECISIONS
from app.report._question import ReportQuestion
from app.report._read import Contents, Row
from app.report._texts import TEXTS
from app.wording import NO_BREAK_SPACE, NOT_STATED, counted, day_words, number_words
from geo.spec import Language, Layer


class ReportWording:
    """Write the texts of one report."""

    def __init__(self, question: ReportQuestion, contents: Contents) -> None:
        self.question, self.contents = question, contents
        self.language: Language = question.language

    def text(self, key: str, /, **values: object) -> str:
        return fill(TEXTS[key].in_language(self.language), values)

    def number(self, value: float) -> str:
        return number_words(value, self.language)

    def events(self, number: int) -> str:
        forms = self.contents.specs[0].event.forms(self.language)
        return counted(number, forms, self.language)

    def day(self, day: date) -> str:
        """Write a day, which no line may break."""
        return day_words(day, self.language).replace(" ", NO_BREAK_SPACE)

    @property
    def region(self) -> str:
        return self.contents.region.name.in_language(self.language)

    @property
    def title(self) -> str:
        period = period_words(self.contents.events)
        return self.text("title", region=self.region, period=period)

    @property
    def dataset(self) -> str:
        return DATASETS.get(self.contents.dataset, self.contents.dataset)

    @property
    def data_day(self) -> str | None:
        moment = self.contents.state.data_changed_at
        return None if moment is None else self.day(moment.astimezone(UTC).date())

    @property
    def as_of(self) -> str | None:
        return moment_text(self.contents.state.changed_at)

    @property
    def permalink(self) -> str:
        return self.question.permalink(self.contents.dataset, self.as_of)

    def footer(self) -> str:
        """Write what stands at the foot of every page."""
        if self.data_day is None:
            return self.text("footer_empty", region=self.region)
        return self.text("footer", region=self.region, day=self.data_day)

    def subtitle(self) -> str:
        """State the finding under the title of the map."""
        found, total = self.contents, self.contents.events.total.events
        said = self.text(
            "subtitle",
            events=self.events(total) if total else self.text("no_events"),
            days=self._days(),
            dataset=self.dataset,
        )
        sites = self.text(
            "and",
            one=counted(len(found.camps), CAMP.forms(self.language), self.language),
            other=counted(len(found.tobs), TOB.forms(self.language), self.language),
        )
        parts = [said]
        if total:
            parts.append(first_up(self.killed(found.deaths.total)) + ".")
        parts.append(self.text("sites", sites=sites))
        if found.dataset == DOCUMENTED:
            parts.append(self.text("documented_part"))
        if found.region.note is not None:
            parts.append(found.region.note.in_language(self.language))
        return " ".join(parts)

    def _days(self) -> str:
        first, last = self.contents.events.first, self.contents.events.last
        if first is None or last is None:
            return self.text("days_all")
        return self.text("days", first=self.day(first), last=self.day(last))

    def killed(self, toll: Toll) -> str:
        """Say how many were killed, in how wide a range, and of how many events nobody says."""
        unknown = self.text("killed_unknown", events=self.events(toll.unknown))
        if toll.value is None:
            return unknown
        forms = self.contents.deaths.counting.noun.forms(self.language)
        killed = counted(toll.value, forms, self.language)
        said = self.text("killed", killed=killed)
        if toll.has_range:
            low, high = self.number(toll.low or 0), self.number(toll.high or 0)
            said = self.text("killed_range", killed=killed, low=low, high=high)
        return f"{said}, {unknown}" if toll.unknown else said

    def killed_short(self, toll: Toll) -> str:
        """Write a toll for a column: the best figure, and the range in brackets."""
        if toll.value is None:
            return "–" if not toll.events else "?"
        if not toll.has_range:
            return self.number(toll.value)
        low, high = self.number(toll.low or 0), self.number(toll.high or 0)
        return f"{self.number(toll.value)} ({self.text('range', low=low, high=high)})"

    def map_notes(self) -> list[str]:
        """Say what of the region is not on its map, and how well the rest is known."""
        spots = [spot for kind in self.contents.kinds for spot in kind.spots]
        all_events = self.contents.events.total.events
        aside = add_up(s.toll for s in spots if s.kind not in DRAWN_AS_CIRCLES).events
        loose = add_up(s.toll for s in spots if s.kind in ("near", "road")).events
        notes = []
        if loose:
            whole = self.events(all_events)
            notes.append(self.text("imprecise", part=self.number(loose), whole=whole))
        if aside:
            percent = round(100 * aside / all_events) or "<1"
            notes.append(self.text("not_drawn", events=self.events(aside), percent=percent))
        hidden = sum(not is_point(row) for row in (*self.contents.camps, *self.contents.tobs))
        if hidden:
            notes.append(self.text("sites_not_drawn", count=self.number(hidden)))
        return notes

    def event_source(self, layer: Layer) -> tuple[str, str]:
        """Name the source of the events and its terms: the layer's own, or the data set's."""
        if self.contents.dataset == DOCUMENTED:
            source = layer.source
            return source.title_in(self.language), source.licence_in(self.language)
        named = self.contents.events.source
        title = spoken(named.title, self.language)
        if named.others:
            others = self.number(named.others)
            more = FIGURE_TEXTS["sources_more"].in_language(self.language)
            title = more.format(title=title, others=others)
        return title, spoken(named.licence, self.language)

    def moment(self, moment: datetime) -> str:
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def killed_words(row: Row, language: Language) -> str:
    """Write how many a row says were killed: a figure, a range, or that it is not stated."""
    low, best, high = (row[f"killed_{end}"] for end in ("low", "best", "high"))
    spread = ""
    if low is not None and high is not None and low != high:
        ends = {"low": number_words(low, language), "high": number_words(high, language)}
        spread = fill(TEXTS["range"].in_language(language), ends)
    if best is not None:
        said = number_words(best, language)
        return f"{said} ({spread})" if spread else said
    if spread:
        return spread
    if low is None and high is None:
        return NOT_STATED.in_language(language)
    if low == high:
        return number_words(low, language)
    # One end alone is no toll, and is said to be an end.
    bound, end = ("up_to", high) if low is None else ("at_least", low)
    text = FIGURE_TEXTS[bound].in_language(language)
    return fill(text, {"value": number_words(end, language)})


def is_point(row: Row) -> bool:
    """Say whether a site is known well enough to be drawn at its point."""
    return row["lon"] is not None and row["place_precision"] in POINT_PRECISIONS


def distinct(values: Iterable[object]) -> int:
    return len({value for value in values if value})
