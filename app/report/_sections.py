"""Write the tables of a report and its last page: incidents, camps, bases, sources and method."""

from __future__ import annotations

from collections.abc import Mapping

from app import VERSION
from app.figures._base import DOCUMENTED
from app.figures._texts import TEXTS as FIGURE_TEXTS
from app.links import safe_link
from app.maps._base import Noun
from app.maps._nouns import CAMP, TOB
from app.report._layout import Column, Piece, Section, Table
from app.report._paper import SMALL_PT
from app.report._question import ReportQuestion
from app.report._read import EVENTS, LAYERS, SITES, Contents, Row
from app.report._words import ReportWording, distinct, killed_words
from app.wording import (
    NOT_STATED,
    bind_signs,
    counted,
    event_words,
    offset_words,
    place_words,
    precision_words,
    span_words,
    value_words,
)
from geo.spec import Layer
from geo.styles.labels import Font

Cell = tuple[Piece, ...]
# What of the mission was struck says more than that it was the mission.
_MISSION = "mission"


class Sections:
    """Write the sections of one report."""

    def __init__(
        self, question: ReportQuestion, contents: Contents, layers: Mapping[str, Layer]
    ) -> None:
        self.question, self.contents, self.layers = question, contents, layers
        self.write = ReportWording(question, contents)
        self.language = question.language

    def all(self) -> list[Section]:
        return [self.incidents(), self.camps(), self.tobs(), self.sources()]

    def incidents(self) -> Section:
        text = self.write.text
        columns = (
            Column(heading=text("date"), share=0.115),
            Column(heading=text("place"), share=0.23),
            Column(heading=text("kind"), share=0.16),
            Column(heading=text("struck"), share=0.17),
            Column(heading=text("killed_column"), share=0.085),
            Column(heading=text("source_column"), share=0.24),
        )
        if not self.contents.is_passed_on:
            _, licence = self.write.event_source(self.layers[EVENTS])
            words = text(
                "incidents_withheld",
                events=self.write.events(self.contents.events.total.events),
                dataset=self.write.dataset,
                licence=licence.rstrip("."),
            )
            return Section(title=text("incidents"), before=(Piece(text=words),))
        rows = tuple(self._incident(row) for row in self.contents.incidents)
        return self._section("incidents", self._incidents_note(), columns, rows)

    def _incidents_note(self) -> str:
        total = self.contents.events.total.events
        events = self.write.events(total)
        said = self.write.text("incidents_note", events=events)
        if not self.contents.listed_in_part:
            return said
        url = self.question.rows_link(EVENTS, self.contents.dataset, self.write.as_of)
        listed = self.write.number(len(self.contents.incidents))
        return f"{self.write.text('incidents_part', listed=listed, events=events, url=url)} {said}"

    def _incident(self, row: Row) -> tuple[Cell, ...]:
        layer = self.layers[EVENTS]
        when = event_words(layer.time, row, self.language) if layer.time else ""
        return (
            (Piece(text=when),),
            self._place(row),
            (Piece(text=self._value(layer, row, "event_class")),),
            self._struck(layer, row),
            (Piece(text=killed_words(row, self.language)),),
            self._source(row),
        )

    def _place(self, row: Row, font: Font = "semibold") -> Cell:
        """Name the place, then how far from it the row lies, then how well that is known."""
        pieces = [Piece(text=place_words(row, self.language), font=font)]
        offset = offset_words(row, self.language)
        if offset:
            key = "direction" if row.get("distance_km") is None else "from_place"
            pieces.append(_small(self.write.text(key, offset=offset)))
        known = precision_words(row["place_precision"], row["radius_m"], self.language)
        return (*pieces, _small(bind_signs(known)))

    def _struck(self, layer: Layer, row: Row) -> Cell:
        pieces = [Piece(text=self._value(layer, row, "target_class"))]
        if row["target_class"] == _MISSION:
            parts = [
                self._value(layer, row, name) for name in ("target", "contingents") if row[name]
            ]
            pieces += [_small(" · ".join(parts))] if parts else []
        return tuple(pieces)

    def camps(self) -> Section:
        headings = ("camp", "kind", "opened", "closed")
        return self._sites("camps", CAMP, headings, self.contents.camps)

    def tobs(self) -> Section:
        headings = ("base", "status", "start", "end")
        return self._sites("tobs", TOB, headings, self.contents.tobs)

    def _sites(
        self, name: str, noun: Noun, headings: tuple[str, ...], sites: tuple[Row, ...]
    ) -> Section:
        """Write the table of camps or bases: what it is called, its class, from when to when."""
        layer, text = self.layers[name], self.write.text
        shares = (0.23, 0.12, 0.12, 0.12, 0.18, 0.23)
        names = (*headings, "contingents", "source_column")
        columns = tuple(
            Column(heading=text(key), share=share) for key, share in zip(names, shares, strict=True)
        )
        rows = tuple(
            (
                self._site_name(layer, row),
                (Piece(text=self._value(layer, row, layer.style.colour_by or "")),),
                *self._span(layer, row),
                (Piece(text=self._value(layer, row, "contingents")),),
                self._source(row),
            )
            for row in sites
        )
        count = counted(len(rows), noun.forms(self.language), self.language)
        return self._section(name, text(f"{name}_note", count=count), columns, rows)

    def _site_name(self, layer: Layer, row: Row) -> Cell:
        """Name a site by its own name where it has one, and by its place."""
        if layer.field("name") is None:
            return self._place(row)
        return (Piece(text=str(row["name"]), font="semibold"), *self._place(row, "regular"))

    def _section(
        self,
        name: str,
        note: str,
        columns: tuple[Column, ...],
        rows: tuple[tuple[Cell, ...], ...],
    ) -> Section:
        title = self.write.text(name)
        if not rows:
            return Section(title=title, before=(Piece(text=self.write.text("no_rows")),))
        return Section(
            title=title,
            before=(Piece(text=note, ink="note"),),
            table=Table(columns=columns, rows=rows),
            continued=self.write.text("continued", title=title),
        )

    def _span(self, layer: Layer, row: Row) -> tuple[Cell, Cell]:
        start, end = span_words(layer.time, row, self.language) if layer.time else ("", "")
        return (Piece(text=start),), (Piece(text=end),)

    def _value(self, layer: Layer, row: Row, name: str) -> str:
        field = layer.field(name)
        return "" if field is None else value_words(field, row[name], self.language)

    def _source(self, row: Row) -> Cell:
        title = str(row["source_title"] or NOT_STATED.in_language(self.language))
        link = safe_link(row["source_url"])
        return (Piece(text=title, ink="link" if link else "ink", link=link),)

    def sources(self) -> Section:
        """Write where all of it is from, how it was counted, and how to get it again."""
        return Section(
            title=self.write.text("sources"),
            before=(
                *self._as_of(),
                *self._terms(),
                *self._method(),
                *self._links(),
                Piece(text=FIGURE_TEXTS["disclaimer"].in_language(self.language), ink="note"),
                Piece(text=self.write.text("made_with", version=VERSION), ink="note"),
            ),
        )

    def _as_of(self) -> list[Piece]:
        moment = self.contents.state.changed_at
        if moment is None:
            return []
        words = self.write.text("as_of", day=self.write.data_day, moment=self.write.moment(moment))
        return [Piece(text=words)]

    def _terms(self) -> list[Piece]:
        pieces = [self._heading("layers_used")]
        for name in LAYERS:
            layer = self.layers[name]
            said = self._term(layer) if name != EVENTS else self._event_term(layer)
            url = layer.source.url if name != EVENTS else self.contents.events.source.url
            link = safe_link(url)
            pieces.append(Piece(text=said, link=link, ink="link" if link else "ink"))
        rows = [*self.contents.incidents, *self.contents.camps, *self.contents.tobs]
        if rows:
            words = self.write.text(
                "also_cited",
                number=self.write.number(len(rows)),
                sources=self.write.number(distinct(row["source_title"] for row in rows)),
            )
            pieces.append(Piece(text=words))
        return pieces

    def _term(self, layer: Layer) -> str:
        return self._source_line(
            layer, layer.source.title_in(self.language), layer.source.licence_in(self.language)
        )

    def _event_term(self, layer: Layer) -> str:
        return self._source_line(layer, *self.write.event_source(layer))

    def _source_line(self, layer: Layer, title: str, licence: str) -> str:
        return bind_signs(
            self.write.text(
                "source_line",
                layer=layer.title.in_language(self.language),
                title=title.rstrip("."),
                licence=licence.rstrip("."),
            )
        )

    def _method(self) -> list[Piece]:
        names = ("method_region", "method_killed", "method_places", "method_struck")
        said = [self.write.text(name) for name in names]
        said.insert(1, self.write.text("method_dataset", dataset=self.write.dataset))
        if self.contents.dataset == DOCUMENTED:
            said.insert(1, self.write.text("documented_part"))
        return [self._heading("method"), *(Piece(text=text) for text in said)]

    def _links(self) -> list[Piece]:
        link = self.write.permalink
        pieces = [self._heading("again"), Piece(text=link, link=link, ink="link")]
        pieces.append(self._heading("rows"))
        for name in (EVENTS, *SITES):
            dataset = self.contents.dataset if name == EVENTS else None
            url = self.question.rows_link(name, dataset, self.write.as_of)
            title = self.layers[name].title.in_language(self.language)
            if name == EVENTS and not self.contents.is_passed_on:
                title = self.write.text("sums_line", layer=title)
                url = self.question.sums_link(name, self.contents.dataset, self.write.as_of)
            pieces += [Piece(text=title), Piece(text=url, link=url, ink="link")]
        return pieces

    def _heading(self, name: str) -> Piece:
        return Piece(text=self.write.text(name), font="semibold", size_pt=9.0, is_heading=True)


def _small(text: str) -> Piece:
    return Piece(text=text, size_pt=SMALL_PT, ink="note")
