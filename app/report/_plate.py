"""Draw the map page: title, map, legend, and what a reader must know of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from pathlib import Path

from app.figures._circles import legend_values
from app.figures._flow import Flow, Painter
from app.figures._ground import PLANE, Ground, projected
from app.figures._look import Colours, colours_of
from app.figures._numbers import Spot, add_up
from app.figures._page import Page
from app.figures._symbols import ROAD_DASHES, draw_circle, draw_site
from app.figures._texts import TEXTS as FIGURE_TEXTS
from app.report._clusters import Alike, Cluster, alike_of, clusters_of
from app.report._map import PLACE_PT, Box4, RegionMap
from app.report._paper import (
    BOTTOM_PT,
    CONTENT_PT,
    HEIGHT_PT,
    MARGIN_PT,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    WIDTH_PT,
)
from app.report._question import ReportQuestion
from app.report._read import EVENTS, LOOKS_OF_KINDS, SITES, Contents
from app.report._words import ReportWording, is_point
from geo.query import Box
from geo.spec import Layer
from geo.styles.look import ClassLook, look
from geo.styles.themes import PRINT

_GAP_PT = 9.0
_COLUMNS = 3
_SIGN_PT, _SIGN_RADIUS_PT = 16.0, 4.2
# Places nearer than this on the page are drawn as one.
_NEAR_PT = 9.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plate:
    """The drawn page, and where on it which ground lies: for who reads it as a map."""

    page: Page
    box: Box4
    view: tuple[float, float, float, float]


class PlateDrawing:
    """Lay out and draw the map page of one report."""

    def __init__(
        self,
        question: ReportQuestion,
        contents: Contents,
        layers: Mapping[str, Layer],
        ground: Ground,
        fonts: Path,
    ) -> None:
        self.question, self.contents, self.layers = question, contents, layers
        self.ground, self.fonts = ground, fonts
        self.write = ReportWording(question, contents)
        self.seen = look(layers[LOOKS_OF_KINDS], PRINT)
        self.colours: Colours = colours_of(contents.specs[0], layers[EVENTS], PRINT)
        near_m = _NEAR_PT * self._metres_per_pt()
        self.clusters: tuple[Cluster, ...] = clusters_of(contents.kinds, self.seen, near_m)

    def _metres_per_pt(self) -> float:
        """Say about how far a point of the page is on the ground."""
        west, south, east, north = projected(self.ground.areas[self.contents.region.id]).bounds
        return max(east - west, north - south) / CONTENT_PT

    def draw(self) -> Plate:
        head, foot, heading = self._head(), self._foot(), self._legend_head()
        legend = self._legend(heading.height)
        page = Page(WIDTH_PT, HEIGHT_PT, self.colours.paper, self.fonts)
        page.lay(head, MARGIN_PT, MARGIN_PT)
        top = MARGIN_PT + head.height + _GAP_PT
        legend_height = max(column.height for column in legend)
        height = BOTTOM_PT - top - legend_height - foot.height - 2 * _GAP_PT
        box = (MARGIN_PT, top, CONTENT_PT, height)
        view = self._map(page, box)
        page.lay(heading, MARGIN_PT, top + height + _GAP_PT)
        step = CONTENT_PT / _COLUMNS
        for number, column in enumerate(legend):
            page.lay(column, MARGIN_PT + number * step, top + height + _GAP_PT)
        page.lay(foot, MARGIN_PT, BOTTOM_PT - foot.height)
        return Plate(page=page, box=box, view=view)

    def _map(self, page: Page, box: Box4) -> tuple[float, float, float, float]:
        west, south, east, north = self.ground.areas[self.contents.region.id].bounds
        around = Box(west=west, south=south, east=east, north=north)
        numbers = replace(self.contents.events, spots=self._areas())
        drawing = RegionMap(
            page,
            self.question.of_figure(self.contents.specs[0], box=around),
            numbers,
            self.ground,
            self.colours,
            box,
            self.contents,
            self.clusters,
            self.layers,
        )
        drawing.draw()
        return drawing.view

    def _areas(self) -> tuple[Spot, ...]:
        """Gather what is known to a cercle: an outline for each, whatever happened there."""
        return tuple(
            spot for kind in self.contents.kinds for spot in kind.spots if spot.kind == "area"
        )

    def _flow(self, width: float = CONTENT_PT) -> Flow:
        return Flow(width=width, fonts=self.fonts)

    def _head(self) -> Flow:
        flow = self._flow()
        flow.text(self.write.title, TITLE_PT, self.colours.ink, font="semibold")
        flow.space(3)
        flow.text(self.write.subtitle(), TEXT_PT + 0.8, self.colours.note)
        return flow

    def _legend_head(self) -> Flow:
        """Write what the first two columns are about, over both."""
        flow = self._flow(CONTENT_PT * (_COLUMNS - 1) / _COLUMNS)
        if self.contents.kinds:
            words = self.write.text("legend_events")
            flow.text(words, SMALL_PT, self.colours.ink, font="semibold")
        return flow

    def _legend(self, head_pt: float) -> list[Flow]:
        """Set the signs in columns: events in the first two, the mission and the rest beside."""
        columns = [self._flow(CONTENT_PT / _COLUMNS - 10) for _ in range(_COLUMNS)]
        for column in columns[:-1]:
            column.space(head_pt)
        groups = alike_of(self.contents.kinds, self.seen)
        for number, group in enumerate(groups):
            column = columns[0] if number < (len(groups) + 1) // 2 else columns[1]
            self._entry(column, self._kind_words(group), self._circle_sign(group.symbol))
        if self.clusters:
            self._sizes(columns[1])
        self._rest(columns[2])
        return columns

    def _entry(self, flow: Flow, text: str, sign: Painter) -> None:
        flow.space(1.6)
        flow.text(text, SMALL_PT, self.colours.ink, indent=_SIGN_PT, sign=sign)

    def _circle_sign(self, seen: ClassLook) -> Painter:
        def paint(page: Page, left: float, middle: float) -> None:
            draw_circle(page, left + 6, middle, _SIGN_RADIUS_PT, seen, PRINT.symbol_outline)

        return paint

    def _site_sign(self, shape: str, seen: ClassLook) -> Painter:
        def paint(page: Page, left: float, middle: float) -> None:
            draw_site(page, shape, left + 6, middle, seen, PRINT.symbol_outline)

        return paint

    def _kind_words(self, group: Alike) -> str:
        language = self.write.language
        kinds = ", ".join(one.title.in_language(language) for one in group.looks)
        return self.write.text("legend_kind", kinds=kinds, count=self.write.number(group.events))

    def _sizes(self, flow: Flow) -> None:
        discs = [disc for cluster in self.clusters for disc in cluster.discs]
        values = legend_values(max(disc.events for disc in discs))
        unit = discs[0].radius / sqrt(discs[0].events)
        flow.space(4)
        flow.text(self.write.text("legend_sizes"), SMALL_PT, self.colours.ink, font="semibold")
        flow.block(2 * unit * sqrt(values[0]) + 4, partial(self._size_row, values, unit))

    def _size_row(
        self, values: tuple[int, ...], unit: float, page: Page, left: float, top: float
    ) -> None:
        ink = self.colours.ink
        foot = top + 2 * unit * sqrt(values[0]) + 2
        for value in values:
            radius = unit * sqrt(value)
            looks = {"facecolor": "none", "edgecolor": ink, "linewidth": 0.7}
            page.circle(left + radius + 1, foot - radius, radius, **looks)
            said = self.write.number(value)
            page.write(left + 2 * radius + 3, foot - 1, said, SMALL_PT, ink)
            left += 2 * radius + 24

    def _rest(self, flow: Flow) -> None:
        """List the mission's sites that are drawn, and what else the map shows."""
        ink = self.colours.ink
        sites = self._site_entries()
        if sites:
            flow.text(self.write.text("legend_mission"), SMALL_PT, ink, font="semibold")
            for text, sign in sites:
                self._entry(flow, text, sign)
            flow.space(4)
        flow.text(self.write.text("legend_ground"), SMALL_PT, ink, font="semibold")
        self._entry(flow, self.write.text("legend_place"), self._place_sign)
        self._entry(flow, self.write.text("legend_region"), self._region_sign)
        if any(disc.is_road for cluster in self.clusters for disc in cluster.discs):
            words = FIGURE_TEXTS["circle_road"].in_language(self.write.language)
            self._entry(flow, words, self._road_sign)
        areas = add_up(spot.toll for spot in self._areas())
        if areas.events:
            text = self.write.text("legend_area", events=self.write.events(areas.events))
            self._entry(flow, text, self._area_sign)

    def _site_entries(self) -> list[tuple[str, Painter]]:
        found = []
        for name, rows in zip(SITES, (self.contents.camps, self.contents.tobs), strict=True):
            layer = self.layers[name]
            drawn = [row[layer.style.colour_by or ""] for row in rows if is_point(row)]
            for one in look(layer, PRINT).classes:
                if one.value in drawn:
                    count = self.write.number(drawn.count(one.value))
                    kinds = one.title.in_language(self.write.language)
                    text = self.write.text("legend_kind", kinds=kinds, count=count)
                    found.append((text, self._site_sign(layer.style.symbol, one)))
        return found

    def _place_sign(self, page: Page, left: float, middle: float) -> None:
        ink = self.colours.ink
        page.circle(left + 6, middle, PLACE_PT, facecolor=ink, edgecolor="none")

    def _road_sign(self, page: Page, left: float, middle: float) -> None:
        looks = {"facecolor": self.colours.paper, "edgecolor": self.colours.ink}
        dashed = {"linewidth": 0.7, "linestyle": ROAD_DASHES}
        page.circle(left + 6, middle, _SIGN_RADIUS_PT, **looks, **dashed)

    def _region_sign(self, page: Page, left: float, middle: float) -> None:
        looks = {"facecolor": PRINT.area, "edgecolor": self.colours.ink, "linewidth": 1.4}
        page.box(left, middle - 3, 12, 6, **looks)

    def _area_sign(self, page: Page, left: float, middle: float) -> None:
        looks = {"facecolor": (self.colours.mark, 0.1), "edgecolor": self.colours.mark}
        page.box(left, middle - 3, 12, 6, linewidth=0.6, linestyle=(0, (4, 3)), **looks)

    def _foot(self) -> Flow:
        """Write what limits the map, where it is from, and whose it is not."""
        flow, write, language = self._flow(), self.write, self.write.language
        note = self.colours.note
        said = " ".join(write.map_notes())
        if said:
            flow.text(said, SMALL_PT, self.colours.ink)
            flow.space(2)
        flow.block(3, self._rule)
        title, licence = write.event_source(self.layers[EVENTS])
        parts = [("source", {"title": title.rstrip(".")})]
        if licence:
            parts.append(("licence", {"licence": licence.rstrip(".")}))
        ground = {
            layer.id: f"{layer.source.title_in(language)} ({layer.source.licence_in(language)})"
            for layer in (self.layers[name] for name in ("regions", "basemap"))
        }
        middle = {"north": f"{PLANE.lat:g}", "west": f"{-PLANE.lon:g}"}
        parts += [("ground", ground), ("projection", middle), ("disclaimer", {})]
        words = [FIGURE_TEXTS[key].in_language(language).format(**v) for key, v in parts]
        flow.text(" ".join(words), SMALL_PT - 0.4, note)
        return flow

    def _rule(self, page: Page, left: float, top: float) -> None:
        page.line([left, left + CONTENT_PT], [top, top], self.colours.rule, 0.6)
