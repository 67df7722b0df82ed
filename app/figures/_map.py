"""Draw places on a map: circles by area on a quiet ground, areas where nothing nearer is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from math import dist
from typing import Any

import shapely
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, PathPatch, Polygon
from matplotlib.path import Path as Outline
from shapely.geometry.base import BaseGeometry

from app.figures._circles import Scale
from app.figures._ground import Bounds, Ground, Name, point_on_plane, projected, view_of
from app.figures._look import Colours
from app.figures._numbers import DRAWN_AS_AREAS, DRAWN_AS_CIRCLES, Numbers, Spot
from app.figures._page import Page, Rectangle4, touch
from app.figures._question import Question
from app.figures._texts import TEXTS
from app.figures._type import width_of
from app.figures._words import first_up, spot_name
from app.maps._areas import area_of
from app.maps._places import Place
from app.wording import number_words
from geo.styles.labels import Font
from geo.styles.scale import OPACITY

# How many of the largest circles are named.
NAMED = 4
LONGEST_NAME = 22
# How far off, in letters, and to which side a name may stand from its circle: right, left, down, up
# and between.
AWAY = (0.35, 2.0, 4.0, 6.5, 9.0, 12.0)
DIRECTIONS = ((1, 0), (-1, 0), (0.6, 1), (-0.6, 1), (0.6, -1), (-0.6, -1), (0, 1), (0, -1))
# How far off, in points, and to which side the name of a place may stand.
BESIDE_PT = (2.5, 5.0, 8.0, 11.0, 15.0, 20.0, 26.0)
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 1), (-0.7, 1), (0.7, -1), (-0.7, -1))
AREA_OPACITY = 0.10
EDGE_OPACITY = 0.75
DASHES: Any = (0, (4, 3))
ROAD_OPACITY = 0.18
SCALE_BARS_KM = (10, 20, 50, 100, 200, 500)
LABELS: dict[str, tuple[str, Font]] = {
    "region": ("area", "semibold"),
    "country": ("land", "regular"),
    "river": ("water", "italic"),
}
# A circle on the page: its middle and its radius in points.
Disc = tuple[float, float, float]


class MapDrawing:
    """Draw one map on a page."""

    def __init__(
        self,
        page: Page,
        question: Question,
        numbers: Numbers,
        ground: Ground,
        colours: Colours,
        scale: Scale,
        box: Rectangle4,
    ) -> None:
        self.page, self.question, self.numbers = page, question, numbers
        self.ground, self.colours, self.box = ground, colours, box
        self.theme, self.size = question.theme, question.size
        _, _, width, height = box
        self.view: Bounds = view_of(ground, question.query.bbox, width, height)
        self.pt_per_m = width / (self.view[2] - self.view[0])
        self.scale = scale
        self.taken: list[Rectangle4] = []
        self.discs: list[Disc] = []
        self.named: set[str] = set()

    @property
    def names_cities(self) -> bool:
        """Say whether cities are named, of which regions often have the names."""
        return False

    def draw(self) -> None:
        """Draw ground, areas, circles and names, in this order."""
        axes: Any = self.page.chart(self.box)
        axes.set_xlim(self.view[0], self.view[2])
        axes.set_ylim(self.view[1], self.view[3])
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_facecolor(self.theme.water)
        for spine in axes.spines.values():
            spine.set_color(self.colours.rule)
            spine.set_linewidth(self.rule_pt)
            spine.set_zorder(9)
        self._ground(axes)
        self._areas(axes)
        self._circles(axes)
        self._furniture()
        self._names()

    @property
    def rule_pt(self) -> float:
        return self.size.text_pt / 13

    def _ground(self, axes: Any) -> None:
        theme, rule = self.theme, self.rule_pt
        for shape in self._seen(self.ground.land):
            axes.add_artist(_patch(shape, fc=theme.land, ec=theme.land_line, lw=rule * 0.8))
        for shape in self._seen(self.ground.regions):
            axes.add_artist(_patch(shape, fc=theme.area, ec="none", lw=0))
        self._shade(axes)
        for shape in self._seen(self.ground.lakes):
            axes.add_artist(_patch(shape, fc=theme.lake, ec=theme.water_line, lw=rule * 0.6))
        lines = [
            shapely.get_coordinates(part)
            for shape in self._seen(self.ground.rivers)
            for part in shapely.get_parts(shape)
        ]
        axes.add_collection(LineCollection(lines, colors=theme.river, linewidths=rule * 1.7))
        for shape in self._seen(self.ground.regions):
            axes.add_artist(_patch(shape, fc="none", ec=theme.area_line, lw=rule * 0.8))
        # A border between states is not one between regions.
        for shape in self._seen([self.ground.country]):
            axes.add_artist(_patch(shape, fc="none", ec=theme.area_line, lw=rule * 2))

    def _shade(self, axes: Any) -> None:
        """Lay nothing over the areas, below the water and the borders."""

    def _seen(self, shapes: Iterable[BaseGeometry]) -> list[BaseGeometry]:
        """Cut off what lies outside, with a margin so that no cut is seen."""
        west, south, east, north = self.view
        pad = (east - west) * 0.02
        frame = (west - pad, south - pad, east + pad, north + pad)
        found = [shapely.clip_by_rect(shape, *frame) for shape in shapes]
        return [shape for shape in found if not shape.is_empty]

    def _areas(self, axes: Any) -> None:
        """Outline what is known only to an area; how much it is stands in the list beside."""
        places = [
            Place(
                name="",
                kind="area",
                lon=spot.lon,
                lat=spot.lat,
                radius_m=spot.radius_m,
                region=spot.region if spot.region in self.ground.areas else None,
            )
            for spot in tolled_areas(self.numbers)
        ]
        self._outline(axes, places, self.colours.mark)

    def _outline(self, axes: Any, places: Iterable[Place], colour: str) -> None:
        """Outline areas, each once."""
        outlines = {place: area_of(place, self.ground.areas) for place in places}
        shapes = self._seen(map(projected, outlines.values()))
        # One tint, however many areas lie over each other: it says where, not how much.
        tint = _clear(colour, AREA_OPACITY)
        axes.add_artist(_patch(shapely.union_all(shapes), fc=tint, ec="none", lw=0))
        edge = _clear(colour, EDGE_OPACITY)
        for shape in shapes:
            axes.add_artist(_patch(shape, fc="none", ec=edge, lw=self.rule_pt * 0.8, ls=DASHES))

    def _circles(self, axes: Any) -> None:
        """Draw the largest circle first, so that none hides a smaller one."""
        for spot in self.numbers.of_kind(DRAWN_AS_CIRCLES):
            x, y = point_on_plane(spot.lon or 0, spot.lat or 0)
            if not self._is_seen(x, y):
                continue
            if spot.toll.value:
                radius = self.scale.radius_pt(spot.toll.value)
                radius_m = radius / self.pt_per_m
                self.discs.append((*self._at(x, y), radius))
                looks = circle_looks(self.colours, self.rule_pt, is_road=spot.kind == "road")
                axes.add_artist(Circle((x, y), radius_m, zorder=4, **looks))
            elif spot.toll.value is None:
                side = 0.34 * self.size.text_pt / self.pt_per_m
                axes.add_artist(
                    Polygon(
                        [(x, y + side), (x + side, y), (x, y - side), (x - side, y)],
                        closed=True,
                        zorder=5,
                        **unknown_looks(self.colours, self.rule_pt),
                    )
                )

    def _is_seen(self, x: float, y: float) -> bool:
        west, south, east, north = self.view
        return west <= x <= east and south <= y <= north

    def _at(self, x: float, y: float) -> tuple[float, float]:
        """Give where a point of the plane lies on the page."""
        left, top, _, _ = self.box
        return left + (x - self.view[0]) * self.pt_per_m, top + (self.view[3] - y) * self.pt_per_m

    def _furniture(self) -> None:
        """Draw the scale bar and the arrow to the north, and keep names off them."""
        left, top, width, height = self.box
        page, size, ink = self.page, self.size.small_pt, self.colours.ink
        longest = width * 0.28 / self.pt_per_m / 1000
        km = max((km for km in SCALE_BARS_KM if km <= longest), default=SCALE_BARS_KM[0])
        long = km * 1000 * self.pt_per_m
        x, y = left + size, top + height - size * 1.1
        page.box(
            x - size * 0.5,
            y - size * 1.9,
            long + size * 1.0,
            size * 2.5,
            facecolor=_clear(self.colours.paper, 0.8),
            edgecolor="none",
        )
        page.line([x, x, x + long, x + long], [y - size * 0.3, y, y, y - size * 0.3], ink, 0.8)
        said = f"{number_words(km, self.question.language)} km"
        page.write(x + long / 2, y - size * 0.6, said, size, ink, align="center")
        self.taken.append((x - size, y - size * 2, x + long + size, y + size))
        self._north(left + width - size * 1.9, top + size * 1.2)

    def _north(self, x: float, y: float) -> None:
        page, size, ink = self.page, self.size.small_pt, self.colours.ink
        letter = TEXTS["north"].in_language(self.question.language)
        page.write(
            x,
            y + size * 0.3,
            letter,
            size,
            ink,
            font="semibold",
            align="center",
            halo=self.colours.paper,
        )
        tip, foot = y + size * 0.65, y + size * 2.7
        points = [(x, tip), (x + size * 0.6, foot), (x, foot - size * 0.5), (x - size * 0.6, foot)]
        page.axes.add_artist(Polygon(points, closed=True, facecolor=ink, edgecolor="none"))
        self.taken.append((x - size, y - size, x + size, foot + size * 0.4))

    def _names(self) -> None:
        """Write names where they touch no other: regions first, then places, then neighbours."""
        names = self.ground.names
        for name in names:
            if name.kind == "region":
                self._name_ground(name)
        self._name_data()
        for name in names:
            if name.kind != "region":
                self._name_ground(name)

    def _name_data(self) -> None:
        """Name the largest circles."""
        # The events at a place and near it are two circles: the name on both would be a riddle.
        largest: dict[str, Spot] = {}
        for spot in self.numbers.of_kind(DRAWN_AS_CIRCLES):
            if spot.toll.value:
                largest.setdefault(spot_name(spot, self.question.language), spot)
        for spot in [*largest.values()][:NAMED]:
            self._name_circle(spot)

    def _name_ground(self, name: Name) -> None:
        ink, font = LABELS[name.kind]
        size = self.size.small_pt * (1.0 if name.kind == "region" else 0.95)
        spots = [self._at(x, y) for x, y in name.spots if self._is_seen(x, y)]
        for discs in (self.discs, ()):
            for text in name.texts:
                written = text.upper() if self.names_cities and name.kind == "region" else text
                for at in spots:
                    if self._place(*at, written, size, self.theme.inks[ink], font, discs):
                        return

    def _name_circle(self, spot: Spot) -> None:
        """Name a circle beside it, or farther off with a line that leads to it.

        A name stands on no other circle if it can help it, and near none that it is not of.
        """
        point = point_on_plane(spot.lon or 0, spot.lat or 0)
        if not self._is_seen(*point):
            return
        x, y = self._at(*point)
        size, language = self.size.small_pt, self.question.language
        value = number_words(spot.toll.value or 0, language)
        text = first_up(f"{shorter(spot_name(spot, language))} {value}")
        half = width_of(text, size, "semibold", self.page.fonts) / 2
        own = (x, y, self.scale.radius_pt(spot.toll.value or 0))
        others = [disc for disc in self.discs if disc != own]
        for discs, away, (right, down) in product((others, ()), AWAY, DIRECTIONS):
            reach = own[2] + size * away
            to = (x + right * (reach + half), y + down * (reach + size * 0.3))
            if self._place(*to, text, size, self.colours.ink, "semibold", discs):
                self.named.add(spot_name(spot, language))
                gap = _gap(self.taken[-1], own)
                if gap > size or any(_gap(self.taken[-1], disc) < gap for disc in others):
                    self._lead((to[0] - right * half, to[1] - down * size * 0.7), own)
                return

    def _name_beside(
        self,
        x: float,
        y: float,
        name: str,
        font: Font,
        *,
        discs: Sequence[Disc] = (),
        farthest_pt: float = BESIDE_PT[-1],
    ) -> None:
        """Name a place near its point."""
        size = self.size.small_pt
        half = width_of(name, size, font, self.page.fonts) / 2
        for away in (step for step in BESIDE_PT if step <= farthest_pt):
            for right, down in SIDES:
                to = (x + right * (half + away), y + down * (size / 2 + away))
                if self._place(*to, name, size, self.colours.ink, font, discs):
                    return

    def _lead(self, start: tuple[float, float], disc: Disc) -> None:
        """Draw a line from a name to just inside its circle."""
        x, y, radius = disc
        apart = max(dist(start, (x, y)), radius)
        inside = min(0.8 * radius / apart, 1) if apart else 0
        end = (x + (start[0] - x) * inside, y + (start[1] - y) * inside)
        xs, ys = zip(start, end, strict=True)
        self.page.line(xs, ys, self.colours.ink, self.rule_pt)

    def _place(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        ink: str,
        font: Font,
        discs: Sequence[Disc] = (),
    ) -> bool:
        """Write a name round its middle if there is room, and remember where it stands."""
        half = width_of(text, size, font, self.page.fonts) / 2
        wanted = (x - half - 1, y - size * 0.62, x + half + 1, y + size * 0.62)
        left, top, width, height = self.box
        inside = wanted[0] > left and wanted[2] < left + width
        if not inside or not (top < wanted[1] and wanted[3] < top + height):
            return False
        if any(touch(wanted, other) for other in self.taken):
            return False
        if any(_gap(wanted, disc) <= 0 for disc in discs):
            return False
        # Two names in one line are not to be read as one.
        pad = size * 0.4
        self.taken.append((wanted[0] - pad, wanted[1], wanted[2] + pad, wanted[3]))
        self.page.write(
            x, y + size * 0.36, text, size, ink, font=font, align="center", halo=self.theme.halo
        )
        return True


def shorter(name: str) -> str:
    """Name the first of several places, so that the name fits on a map."""
    first = re.split(r", | and | et |; | \(", name)[0]
    return first if len(name) <= LONGEST_NAME or first == name else f"{first}…"


def tolled_areas(numbers: Numbers) -> list[Spot]:
    """List what is drawn as areas: not those of which a toll of zero is stated."""
    return [spot for spot in numbers.of_kind(DRAWN_AS_AREAS) if spot.toll.value != 0]


def largest_of(numbers: Numbers) -> int:
    """Give the largest value that is drawn as a circle."""
    spots = numbers.of_kind(DRAWN_AS_CIRCLES)
    return max((spot.toll.value or 0 for spot in spots), default=0)


def circle_looks(colours: Colours, rule_pt: float, *, is_road: bool) -> dict[str, Any]:
    """Say how a circle looks: filled at a place, nearly empty and dashed along a road."""
    if is_road:
        return {
            "facecolor": _clear(colours.mark, ROAD_OPACITY),
            "edgecolor": colours.mark,
            "linewidth": rule_pt * 1.5,
            "linestyle": (0, (2.2, 1.6)),
        }
    return {
        "facecolor": _clear(colours.mark, OPACITY),
        "edgecolor": colours.theme.symbol_outline,
        "linewidth": rule_pt,
    }


def unknown_looks(colours: Colours, rule_pt: float) -> dict[str, Any]:
    """Say how the sign of an unknown toll looks."""
    return {"facecolor": colours.paper, "edgecolor": colours.mark, "linewidth": rule_pt * 1.4}


def _clear(colour: str, opacity: float) -> tuple[str, float]:
    return (colour, opacity)


def _gap(name: Rectangle4, disc: Disc) -> float:
    """Give how far a name is from a circle's edge; inside it is less than nothing."""
    x, y, radius = disc
    near = (min(max(x, name[0]), name[2]), min(max(y, name[1]), name[3]))
    return dist(near, (x, y)) - radius


def _patch(shape: BaseGeometry, **looks: Any) -> PathPatch:
    """Make one patch of an area with all its parts and holes."""
    points: list[Sequence[float]] = []
    codes: list[Any] = []
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon":
            continue
        turned: Any = shapely.orient_polygons(part)
        for ring in (turned.exterior, *turned.interiors):
            corners = ring.coords
            points += corners
            codes += [Outline.MOVETO, *[Outline.LINETO] * (len(corners) - 2), Outline.CLOSEPOLY]
    return PathPatch(Outline(points or [(0, 0)], codes or None), **looks)
