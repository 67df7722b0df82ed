"""Make areas that cover a country without a gap, in a database of their own, to measure with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg import sql

from app import start
from app.settings import Settings
from geo import database
from geo.importing.load import load_rows

ACROSS, DOWN = 10, 6
CORNERS_OF_AN_EDGE = 500
WEST, SOUTH, STEP = -12.0, 10.2, 1.6
LAYER = "cercles"

Line = NDArray[np.float64]


def areas(seed: int = 3) -> list[shapely.Polygon]:
    """Draw 60 areas of 2,000 corners; neighbours share every corner of the line between them."""
    random = np.random.default_rng(seed)
    knots = np.stack(np.meshgrid(np.arange(ACROSS + 1), np.arange(DOWN + 1)), axis=-1) * STEP
    knots = np.add(knots, (WEST, SOUTH)) + random.uniform(-0.3, 0.3, knots.shape)

    def edge(begin: Line, end: Line) -> Line:
        along = np.linspace(0, 1, CORNERS_OF_AN_EDGE, endpoint=False)[:, None]
        # Wriggles less than neighbouring edges are apart, and none at the ends.
        sway = np.cumsum(random.normal(0, 1, CORNERS_OF_AN_EDGE))[:, None]
        sway = sway / (np.abs(sway).max() + 1) * 0.12 * np.sin(np.pi * along)
        across = (end - begin)[::-1] * (1, -1)
        line: Line = begin + (end - begin) * along + across * sway
        return line

    level = [[edge(knots[r, c], knots[r, c + 1]) for c in range(ACROSS)] for r in range(DOWN + 1)]
    upright = [[edge(knots[r, c], knots[r + 1, c]) for c in range(ACROSS + 1)] for r in range(DOWN)]

    def back(line: Line, end: Line) -> Line:
        return np.vstack((line[1:], end[None, :]))[::-1]

    return [
        shapely.Polygon(
            np.vstack(
                (
                    level[r][c],
                    upright[r][c + 1],
                    back(level[r + 1][c], knots[r + 1, c + 1]),
                    back(upright[r][c], knots[r + 1, c]),
                )
            )
        )
        for r in range(DOWN)
        for c in range(ACROSS)
    ]


@contextmanager
def database_of_areas(url: str) -> Iterator[str]:
    """Make a database beside another one, with the areas in it; drop it when the block ends."""
    parts = urlsplit(url)
    name = f"{parts.path.lstrip('/')}_areas"
    own = urlunsplit(parts._replace(path=f"/{name}"))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            start.prepare(own, Settings())
            _fill(own)
            yield own
        finally:
            connection.execute(drop)


def _fill(url: str) -> None:
    layer = start.declared_layers()[LAYER]
    rows = [
        {
            "id": f"made-up-{number}",
            "name": f"Area {number}",
            "region": "gao",
            "source_title": "tests/benchmarks/tile_areas.py",
            "source_licence": "CC0",
            "geometry": shapely.MultiPolygon([shape]),
        }
        for number, shape in enumerate(areas())
    ]
    with database.connect(url) as connection:
        load_rows(connection, layer, rows, origin="synthetic")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"VACUUM (ANALYZE) atlas.{LAYER}")
