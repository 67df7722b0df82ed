"""Compare tiles that were never made before with tipg's, and with PostgreSQL's own limit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from geo.tiles.grid import Tile
from tests.benchmarks import tile_sql
from tests.benchmarks.serving import (
    Server,
    Side,
    in_turns,
    server,
    tipg_command,
    tipg_environment,
)
from tests.benchmarks.tile_bench import WORKERS, Bench, held, print_rates
from tests.benchmarks.tile_change import path_of
from tests.benchmarks.tile_places import TILES, weighted_tiles
from tests.benchmarks.tile_requests import filtered

# Where points are no longer merged.
DEEP = range(11, 13)
TWO_COLUMNS = "properties=target_class,killed_best"
TIPG_STOPS_AT = 10_000


def cold(bench: Bench) -> None:
    """Print tiles a second that were never made before."""
    truncated = sum(found > TIPG_STOPS_AT for found in held(bench.url, bench.tiles))
    print(f"\n{WORKERS} workers a side, 8 clients, {TILES} tiles z4 to z10 where events are.")
    print(f"tipg stops at {TIPG_STOPS_AT:,} features a tile: {truncated} of the {TILES} lack some.")
    deep = weighted_tiles(bench.places, DEEP, TILES)
    environment = tipg_environment(bench.url, tile_sql.SCRATCH)
    with (
        tile_sql.prepared_tables(bench.url),
        bench.atlas(WORKERS) as atlas,
        server(tipg_command(bench.tipg, WORKERS), environment, "/healthz") as tipg,
    ):
        for name, query, is_filtered in (
            ("unfiltered", "{same}", False),
            ("filtered", filtered(), True),
        ):
            cells: dict[str, Side] = {
                **_over_http(bench, atlas, tipg, bench.tiles, query, is_filtered=is_filtered),
                "PostgreSQL, table as it is": partial(
                    bench.run,
                    [tile_sql.cells_of_table(t, is_filtered=is_filtered) for t in bench.tiles],
                ),
                "PostgreSQL, narrow copy": partial(
                    bench.run,
                    [tile_sql.cells_of_narrow(t, is_filtered=is_filtered) for t in bench.tiles],
                ),
            }
            if not is_filtered:
                cells["PostgreSQL, counted before"] = partial(
                    bench.run, [tile_sql.cells_counted_before(t) for t in bench.tiles]
                )
            print_rates(f"cold {name}, z4 to z10 (cells)", in_turns(cells, bench.rounds))
            points: dict[str, Side] = {
                **_over_http(bench, atlas, tipg, deep, query, is_filtered=is_filtered),
                "PostgreSQL, table as it is": partial(
                    bench.run, [tile_sql.points_of_table(t, is_filtered=is_filtered) for t in deep]
                ),
                "PostgreSQL, narrow copy": partial(
                    bench.run, [tile_sql.points_of_narrow(t, is_filtered=is_filtered) for t in deep]
                ),
            }
            print_rates(f"cold {name}, z11 and z12 (points)", in_turns(points, bench.rounds))


def _over_http(
    bench: Bench,
    atlas: Server,
    tipg: Server,
    tiles: Sequence[Tile],
    query: str,
    *,
    is_filtered: bool,
) -> dict[str, Side]:
    ours = [f"{path_of(tile)}?{query}" for tile in tiles]
    whole = f"/collections/{tile_sql.SCRATCH}.events/tiles/WebMercatorQuad"
    theirs = [f"{whole}/{tile.z}/{tile.x}/{tile.y}" for tile in tiles]
    also = f"?{query}" if is_filtered else "?"
    return {
        "atlas": partial(bench.asked, atlas, ours),
        "atlas, gzip": partial(bench.asked, atlas, ours, Accept_Encoding="gzip"),
        "tipg": partial(bench.asked_of_tipg, tipg, [f"{path}{also}" for path in theirs]),
        "tipg, two columns": partial(
            bench.asked_of_tipg, tipg, [f"{path}{also}&{TWO_COLUMNS}" for path in theirs]
        ),
    }
