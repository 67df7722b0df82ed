"""Draw the map of a still picture: circles as figures have them, symbols, and densities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.patches import Circle

from app.figures._circles import Scale
from app.figures._ground import PLANE, Ground, point_on_plane
from app.figures._look import Colours
from app.figures._map import MapDrawing
from app.figures._page import Page
from app.figures._room import Room
from app.figures._symbols import draw_site
from app.maps._ground import name_in
from app.maps._places import point_of
from app.stills._contents import Contents, Symbol
from geo.ramps import USUAL_RAMP, ramp
from geo.raster_tiles import read_part, steps_of
from geo.styles.look import look
from geo.styles.themes import Theme
from geo.surface import Raster

Box4 = tuple[float, float, float, float]
# Pixels of a surface a point of the page; it is smooth, and needs few.
_PIXELS_A_PT = 3
CITY_PT = 1.2
# A city's name that stood farther off would be taken for that of something else.
FARTHEST_NAME_PT = 8.0
_CITY = "city"


class StillMap(MapDrawing):
    """Draw what one map shows, on the ground and with the furniture that figures have."""

    def __init__(
        self,
        page: Page,
        contents: Contents,
        ground: Ground,
        colours: Mapping[str, Colours],
        scales: Mapping[str, Scale],
        box: Box4,
    ) -> None:
        main, nothing = contents.scene.spec.counted.layer, Scale(unit_pt=0)
        super().__init__(
            page,
            contents.question,
            contents.numbers,
            ground,
            colours[main],
            scales.get(main, nothing),
            box,
        )
        self.contents, self.all_colours, self.scales = contents, colours, scales
        self.room = Room()

    @property
    def names_cities(self) -> bool:
        """Say whether there are symbols or a density, which no names stand beside."""
        return bool(self.contents.symbols or self.contents.surfaces)

    def _take(self, layer: str) -> None:
        """Turn to the circles of a group."""
        self.numbers, self.colours = self.contents.circles[layer], self.all_colours[layer]
        self.scale = self.scales[layer]

    def _shade(self, axes: Any) -> None:
        """Lay the densities over the areas."""
        west, south, east, north = self.view
        for surface in self.contents.surfaces.values():
            if surface.raster is not None:
                picture = shaded(surface.raster, self.view, self.box, self.theme)
                axes.imshow(
                    picture,
                    extent=(west, east, south, north),
                    interpolation="none",
                    aspect="auto",
                    zorder=1,
                )

    def _areas(self, axes: Any) -> None:
        for layer in self.contents.circles:
            self._take(layer)
            super()._areas(axes)
        for layer, symbols in self.contents.symbols.items():
            places = [symbol.place for symbol in symbols if symbol.known == "area"]
            if places:
                self._outline(axes, places, self.all_colours[layer].mark)

    def _circles(self, axes: Any) -> None:
        """Draw circles at their places, and symbols as near to theirs as there is room."""
        # Where something happened, its sign stands over the city's.
        looks: dict[str, Any] = {"facecolor": self.colours.ink, "edgecolor": self.theme.halo}
        for _, point in self._cities():
            dot = Circle(point, CITY_PT / self.pt_per_m, linewidth=0.5, zorder=3.5, **looks)
            axes.add_artist(dot)
        for layer in self.contents.circles:
            self._take(layer)
            super()._circles(axes)
        # On a large circle a symbol is seen, under or over a small one one of the two is not.
        reach = symbol_pt(self.size.text_pt)
        self.room.taken += [disc for disc in self.discs if disc[2] < 1.5 * reach]
        for group in self.contents.scene.spec.selectable:
            seen = look(self.contents.layer(group), self.theme)
            shape, edge = seen.layer.style.symbol, seen.outline
            for symbol in self.contents.symbols.get(group.layer, ()):
                self._symbol(symbol, shape, edge, reach)

    def _symbol(self, symbol: Symbol, shape: str, edge: str, reach: float) -> None:
        lon, lat = symbol.place.lon, symbol.place.lat
        if symbol.known == "area" or lon is None or lat is None:
            return
        point = point_on_plane(lon, lat)
        if not self._is_seen(*point):
            return
        x, y = self.room.stand(*self._at(*point), reach)
        fill = self.theme.area if symbol.is_hollow else None
        looks: dict[str, Any] = {"fill": fill, "is_exact": symbol.is_exact, "radius": reach}
        draw_site(self.page, shape, x, y, symbol.seen, edge, **looks)
        self.taken.append((x - reach, y - reach, x + reach, y + reach))

    def _name_data(self) -> None:
        """Name the largest circles, and the cities that no circle names."""
        for layer in self.contents.circles:
            self._take(layer)
            super()._name_data()
        for name, point in self._cities():
            if name not in self.named:
                looks: dict[str, Any] = {"discs": self.discs, "farthest_pt": FARTHEST_NAME_PT}
                self._name_beside(*self._at(*point), name, "semibold", **looks)

    def _cities(self) -> list[tuple[str, tuple[float, float]]]:
        """List the cities that are seen, with their places on the plane."""
        rows = self.contents.scene.drawn("names") if self.names_cities else []
        found = [
            (name_in(row["properties"], self.question.language), point_on_plane(*point_of(shape)))
            for row in rows
            if (shape := row.get("geometry")) and row["properties"].get("kind") == _CITY
        ]
        return [(name, point) for name, point in found if name and self._is_seen(*point)]


def shaded(raster: Raster, view: Box4, box: Box4, theme: Theme) -> Any:
    """Colour the part of a density that is seen, in pixels of red, green, blue and opacity."""
    width, height = (max(1, round(side * _PIXELS_A_PT)) for side in box[2:])
    image = read_part(raster.cog, view, width, height, crs=PLANE.wkt)
    colours = np.array(ramp(ramp_of(theme)), dtype=np.uint8)
    return colours[steps_of(image, raster.maximum)]


def ramp_of(theme: Theme) -> str:
    """Choose the colours that suit the ground."""
    return f"{USUAL_RAMP}_r" if theme.is_dark else USUAL_RAMP


def symbol_pt(text_pt: float) -> float:
    """Give the radius of a symbol beside letters of a size."""
    return 0.46 * text_pt
