"""Draw the map of a region: its outline, what lies round it, the mission's sites and the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import shapely
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from app.figures._circles import Scale
from app.figures._ground import Ground, point_on_plane, projected
from app.figures._look import Colours
from app.figures._map import MapDrawing, _patch, shorter
from app.figures._numbers import Numbers
from app.figures._page import Page
from app.figures._question import Question
from app.figures._room import Room
from app.figures._symbols import SITE_PT, draw_circle, draw_site
from app.figures._words import spot_name
from app.report._clusters import Cluster
from app.report._read import Contents, Row
from app.report._words import is_point
from geo.spec import Language, Layer
from geo.styles.labels import Font
from geo.styles.look import look

# Neighbours are seen through a veil, so that the eye stays in the region.
VEIL = 0.28
PLACE_PT = 1.1
_TOLERANCE_M = 2_000.0
_ROOM_PT = 10.0
# The larger kind is named first; other kinds of places are drawn by what happened there.
_NAMED = {"city": 0, "town": 1, "village": 2}
_MOST_NAMES, _MOST_NAMED_CLUSTERS = 60, 30
# Where along a river its name may stand.
_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
Box4 = tuple[float, float, float, float]


class RegionMap(MapDrawing):
    """Draw one region on a page, on the ground and with the furniture that figures have."""

    def __init__(
        self,
        page: Page,
        question: Question,
        numbers: Numbers,
        ground: Ground,
        colours: Colours,
        box: Box4,
        contents: Contents,
        clusters: Sequence[Cluster],
        layers: Mapping[str, Layer],
    ) -> None:
        super().__init__(page, question, numbers, ground, colours, Scale(unit_pt=0), box)
        self.contents, self.clusters, self.layers = contents, clusters, layers
        self.language: Language = question.language
        self.region = projected(ground.areas[contents.region.id])
        self.room = Room()

    def _ground(self, axes: Any) -> None:
        """Draw the ground, veil all but the region, and outline it."""
        super()._ground(axes)
        west, south, east, north = self.view
        around = shapely.box(west, south, east, north).difference(self.region)
        axes.add_artist(_patch(around, fc=(self.theme.land_line, VEIL), ec="none", lw=0))
        edge = self.colours.ink
        axes.add_artist(_patch(self.region, fc="none", ec=edge, lw=self.rule_pt * 2.6))

    def _circles(self, axes: Any) -> None:
        """Draw places, then sites, then the events of the places with most before others."""
        for row in self._places():
            x, y = self._at(*_on_plane(row))
            self.page.circle(x, y, PLACE_PT, facecolor=self.colours.ink, edgecolor="none", zorder=2)
        self._sites()
        self._events()
        for x, y, radius in self.room.taken:
            self._keep_off(x, y, radius)

    def _events(self) -> None:
        """Draw each place's events round it, the largest circle nearest to it."""
        edge = self.theme.symbol_outline
        for cluster in self.clusters:
            x, y = self._cluster_at(cluster)
            for disc in cluster.discs:
                at = self.room.stand(x, y, disc.radius)
                symbol, is_road = disc.symbol, disc.is_road
                draw_circle(self.page, *at, disc.radius, symbol, edge, is_road=is_road)

    def _sites(self) -> None:
        """Draw the mission's sites at their places; its events stand round them."""
        edge = self.theme.symbol_outline
        for name, rows in (("camps", self.contents.camps), ("tobs", self.contents.tobs)):
            seen = look(self.layers[name], self.theme)
            for row in filter(is_point, rows):
                at = self.room.stand(*self._at(*_on_plane(row)), SITE_PT)
                one = seen.of_class(row[seen.layer.style.colour_by or ""])
                draw_site(self.page, seen.layer.style.symbol, *at, one, edge)

    def _cluster_at(self, cluster: Cluster) -> tuple[float, float]:
        return self._at(*point_on_plane(cluster.spot.lon or 0, cluster.spot.lat or 0))

    def _keep_off(self, x: float, y: float, reach: float) -> None:
        self.taken.append((x - reach, y - reach, x + reach, y + reach))

    def _places(self) -> list[Row]:
        """List the places to be named: the larger kind first, those of the region before others."""
        own = self.contents.region.id
        seen = [
            row
            for row in self.contents.places
            if row["kind"] in _NAMED
            and row["lon"] is not None
            and (row["kind"] != "village" or row["region"] == own)
            and self._is_seen(*_on_plane(row))
        ]
        order = sorted(seen, key=lambda row: (row["region"] != own, _NAMED[row["kind"]], row["id"]))
        return order[:_MOST_NAMES]

    def _names(self) -> None:
        """Write names where they touch no other: the region's places, its rivers, what is round."""
        places = self._places()
        own = [row for row in places if row["region"] == self.contents.region.id]
        for row in own:
            self._name_place(row)
        self._name_clusters({place_words(row, self.language, "name") for row in places})
        self._name_lines()
        for row in places[len(own) :]:
            self._name_place(row)
        self._name_neighbours()

    def _name_place(self, row: Row) -> None:
        x, y = self._at(*_on_plane(row))
        name = place_words(row, self.language, "name")
        font: Font = "semibold" if row["kind"] in ("city", "town") else "regular"
        self._name_beside(x, y, name, font)

    def _name_clusters(self, written: set[str]) -> None:
        """Name the places of many events that are in no list of places."""
        for cluster in self.clusters[:_MOST_NAMED_CLUSTERS]:
            name = shorter(spot_name(cluster.spot, self.language))
            if cluster.spot.kind == "point" and name not in written:
                written.add(name)
                self._name_beside(*self._cluster_at(cluster), name, "regular")

    def _name_lines(self) -> None:
        frame = shapely.box(*self.view)
        lines: dict[str, list[BaseGeometry]] = {}
        for row in self.contents.ground["basemap"]:
            if row["kind"] == "river" and row["geometry"] and row["name"]:
                part = projected(shape(orjson.loads(row["geometry"]))).intersection(frame)
                lines.setdefault(place_words(row, self.language, "name"), []).append(part)
        for name, parts in sorted(lines.items()):
            longest = max(
                (line for part in parts for line in shapely.get_parts(part)),
                key=lambda line: line.length,
                default=None,
            )
            if longest is not None and longest.length > 0.1 * (self.view[2] - self.view[0]):
                spots = [longest.interpolate(share, normalized=True) for share in _ALONG]
                self._name_area(name, spots, self.theme.inks["water"], "italic")

    def _name_neighbours(self) -> None:
        """Name the regions and countries that are seen, each where it is widest."""
        frame = shapely.box(*self.view)
        country = shapely.union_all(self.ground.regions)
        names = self.ground.area_names
        for area, degrees in self.ground.areas.items():
            # The region itself is what the title names.
            if area != self.contents.region.id:
                spots = self._widest(projected(degrees).intersection(frame))
                # In capitals, as their capitals often have the same name.
                self._name_area(names[area].upper(), spots, self.theme.inks["area"], "semibold")
        for row in self.contents.ground["basemap"]:
            if row["kind"] == "country" and row["geometry"] and row["name"]:
                seen = projected(shape(orjson.loads(row["geometry"]))).intersection(frame)
                name = place_words(row, self.language, "name")
                ink = self.theme.inks["land"]
                self._name_area(
                    name.upper(), self._widest(seen.difference(country)), ink, "regular"
                )

    def _widest(self, area: BaseGeometry) -> list[BaseGeometry]:
        """Find where the largest parts of an area are widest, if a name finds room there."""
        parts = [one for one in shapely.get_parts(area) if one.geom_type == "Polygon"]
        found: list[BaseGeometry] = []
        for part in sorted(parts, key=lambda one: -one.area)[:2]:
            if part.is_empty:
                continue
            radius: Any = shapely.maximum_inscribed_circle(part, tolerance=_TOLERANCE_M)
            if radius.length * self.pt_per_m > _ROOM_PT:
                found.append(Point(radius.coords[0]))
        return found

    def _name_area(self, name: str, spots: Sequence[BaseGeometry], ink: str, font: Font) -> None:
        size = self.size.small_pt * 1.1
        for spot in spots:
            x, y = self._at(*spot.coords[0])
            if self._place(x, y, name, size, ink, font):
                return


def _on_plane(row: Row) -> tuple[float, float]:
    return point_on_plane(row["lon"], row["lat"])


def place_words(row: Row, language: Language, stem: str) -> str:
    """Name a place in the language, falling back on the other one."""
    first, second = (f"{stem}_fr", stem) if language == "fr" else (stem, f"{stem}_fr")
    return str(row[first] or row[second] or row["id"])
