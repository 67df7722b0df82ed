"""Read from the store what rows of data sets are located by."""

from __future__ import annotations

import shapely

from geo import database
from geo.importing.areas import Area
from geo.importing.intake import Ground


def ground(url: str) -> Ground:
    """Give the regions, cercles and places that the store holds now."""
    areas = (
        "SELECT id, name, {region}, ST_AsBinary(geom) FROM atlas.{layer}"
        " WHERE upper_inf(recorded) AND geom IS NOT NULL ORDER BY id"
    )
    places = (
        "SELECT ST_X(geom), ST_Y(geom) FROM atlas.places"
        " WHERE upper_inf(recorded) AND geom IS NOT NULL ORDER BY id"
    )
    with database.connect(url) as connection:
        regions, cercles = (
            tuple(
                Area(id=name, name=title, region=region, shape=shapely.from_wkb(bytes(shape)))
                for name, title, region, shape in connection.execute(statement).fetchall()
            )
            for statement in (
                areas.format(layer="regions", region="id"),
                areas.format(layer="cercles", region="region"),
            )
        )
        return Ground(
            regions=regions, cercles=cercles, places=connection.execute(places).fetchall()
        )
