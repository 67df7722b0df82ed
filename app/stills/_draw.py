"""Lay out and draw a still picture: the page of a figure, with all that its map explains."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from app.density_legend import told_stops
from app.figures._circles import Scale, scale_of
from app.figures._flow import Flow, Painter
from app.figures._ground import Ground
from app.figures._look import Colours
from app.figures._map import largest_of
from app.figures._page import Page
from app.figures._symbols import draw_site
from app.figures._texts import TEXTS as FIGURE_TEXTS
from app.figures._words import Words, fill, first_up
from app.figures.draw import Box, Circles, Drawing
from app.maps._base import Group
from app.maps._density import key_title
from app.stills._contents import Contents, Symbol
from app.stills._map import StillMap, ramp_of, symbol_pt
from app.stills._texts import TEXTS
from geo.png import Colour
from geo.ramps import STEPS, ramp
from geo.styles.look import SEVERAL, ClassLook, look

# Parts of a strip of colours, each of one.
_PIECES = 96


class StillDrawing(Drawing):
    """Lay out and draw one still picture."""

    def __init__(
        self,
        contents: Contents,
        words: Words,
        colours: Mapping[str, Colours],
        ground: Ground,
        fonts: Path,
    ) -> None:
        main = contents.scene.spec.counted.layer
        super().__init__(contents.question, contents.numbers, words, colours[main], ground, fonts)
        self.contents, self.all_colours = contents, colours
        self.scales: dict[str, Scale] = {}

    def _size_circles(self, side: float) -> None:
        for layer, numbers in self.contents.circles.items():
            self.scales[layer] = scale_of(largest_of(numbers), side)

    def _map(self, page: Page, ground: Ground, box: Box) -> None:
        StillMap(page, self.contents, ground, self.all_colours, self.scales, box).draw()

    def _legend(self, flow: Flow, size: float) -> None:
        """Lay out what explains each group, one below the other."""
        for group in self.contents.scene.spec.selectable:
            if not self.contents.drawn(group):
                continue
            if flow.height:
                flow.space(size * 0.7)
            if group.drawn == "circles":
                self._circles_of(flow, size, group)
            elif group.drawn == "symbols":
                self._symbols_of(flow, size, group)
            else:
                self._key_of(flow, size, group)

    def _circles_of(self, flow: Flow, size: float, group: Group) -> None:
        language = self.question.language
        what = group.total_noun.other.in_language(language)
        heading = fill(FIGURE_TEXTS["legend"].in_language(language), {"what": what})
        circles = Circles(
            numbers=self.contents.circles[group.layer],
            colours=self.all_colours[group.layer],
            scale=self.scales[group.layer],
        )
        self._circle_legend(flow, size, heading, circles)

    def _symbols_of(self, flow: Flow, size: float, group: Group) -> None:
        """Explain the signs of a group that are on the map, class by class."""
        symbols = self.contents.symbols[group.layer]
        noun = first_up(group.rows_noun.other.in_language(self.question.language))
        self._heading(flow, size, self._text("symbols", noun=noun))
        seen = look(self.contents.layer(group), self.question.theme)
        unsure = [one for one in symbols if one.known in ("near", "road", "unsure")]
        drawn = [one for one in symbols if one.is_exact or one in unsure]
        for one in (*seen.classes, seen.other):
            if any(symbol.seen is one and not symbol.is_hollow for symbol in drawn):
                title = SEVERAL if one is seen.other and seen.classes else one.title
                words = title.in_language(self.question.language)
                self._entry(flow, size, words, self._symbol_sign(group, one, size))
        if group.hollow and any(one.is_hollow for one in symbols):
            words = group.hollow.title.in_language(self.question.language)
            hollow = next(one for one in symbols if one.is_hollow)
            self._entry(
                flow, size, words, self._symbol_sign(group, hollow.seen, size, symbol=hollow)
            )
        if unsure:
            sign = self._symbol_sign(group, unsure[0].seen, size, symbol=unsure[0])
            self._entry(flow, size, self._text("symbol_dashed"), sign)
        if any(one.known == "area" for one in symbols):
            sign = partial(self._place_sign, "circle_area", size, self.all_colours[group.layer])
            self._entry(flow, size, self._text("symbol_area", noun=noun), sign)

    def _symbol_sign(
        self, group: Group, seen: ClassLook, size: float, *, symbol: Symbol | None = None
    ) -> Painter:
        layer, theme = self.contents.layer(group), self.question.theme
        looks: dict[str, Any] = {"radius": min(symbol_pt(self.size.text_pt), 0.5 * size)}
        if symbol is not None:
            looks |= {"fill": theme.area if symbol.is_hollow else None}
            looks |= {"is_exact": symbol.is_exact}

        def paint(page: Page, left: float, middle: float) -> None:
            edge = look(layer, theme).outline
            draw_site(page, layer.style.symbol, left + size * 0.8, middle, seen, edge, **looks)

        return paint

    def _key_of(self, flow: Flow, size: float, group: Group) -> None:
        """Explain the colours of a density by a strip and some round values."""
        raster = self.contents.surfaces[group.layer].raster
        if raster is None:
            return
        language = self.question.language
        self._heading(flow, size, key_title(group, raster.maximum, language))
        stops = told_stops(raster.maximum, ramp_of(self.question.theme), language)
        flow.block(size * 3, partial(self._strip, stops, size, min(flow.width, size * 26)))

    def _strip(
        self,
        stops: list[tuple[float, str]],
        size: float,
        width: float,
        page: Page,
        left: float,
        top: float,
    ) -> None:
        table, ground = ramp(ramp_of(self.question.theme)), self.question.theme.area
        left, width = left + size, width - 2 * size
        strip: dict[str, Any] = {"edgecolor": "none", "linewidth": 0}
        page.box(left, top, width, size, facecolor=ground, **strip)
        for piece in range(_PIECES):
            mixed = _on(ground, table[round(STEPS * (piece + 0.5) / _PIECES)])
            # Each piece reaches to the end, so that no line shows between two.
            start = width * piece / _PIECES
            page.box(left + start, top, width - start, size, facecolor=mixed, **strip)
        ink = self.colours.ink
        page.box(left, top, width, size, facecolor="none", edgecolor=ink, linewidth=0.5)
        for position, words in stops:
            x = left + position * width
            page.line([x, x], [top + size, top + size * 1.35], ink, 0.5)
            page.write(x, top + size * 2.2, words, size, ink, align="center")

    def _text(self, key: str, **values: object) -> str:
        return fill(TEXTS[key].in_language(self.question.language), values)


def _on(ground: str, colour: Colour) -> tuple[float, ...]:
    """Mix a colour with the ground that it lets through."""
    part = colour[3] / 255
    behind = bytes.fromhex(ground.removeprefix("#"))
    pairs = zip(colour[:3], behind, strict=True)
    return tuple((part * own + (1 - part) * below) / 255 for own, below in pairs)
