"""Write the archive: one PMTiles file (version 3), which comes into place whole or not at all."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import IO, Any

from pmtiles.reader import Reader
from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer

from app.archive.journal import Journal
from app.archive.question import Zooms
from geo.crs import Bounds

_MAGIC = b"PMTiles\x03"
_STEPS_OF_A_DEGREE = 10_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """What an archive has come to."""

    tiles: int
    contents: int
    size: int


def write_archive(
    path: Path, journal: Journal, zooms: Zooms, box: Bounds, metadata: dict[str, Any]
) -> Packed:
    """Put the tiles of a journal into one file, equal ones once."""
    with _replacing(path) as file, _beside(path) as tiles:
        writer = Writer(file)  # type: ignore[no-untyped-call]
        # It would gather them where the system keeps small files for a while.
        writer.tile_f.close()
        writer.tile_f = tiles
        for number, packed in journal.tiles():
            writer.write_tile(number, packed)  # type: ignore[no-untyped-call]
        found = Packed(
            tiles=writer.addressed_tiles, contents=len(writer.hash_to_offset), size=writer.offset
        )
        writer.finalize(_header(zooms, box), metadata)  # type: ignore[no-untyped-call]
    return found


def read_metadata(path: Path) -> dict[str, Any] | None:
    """Read what an archive says of itself; None if the file is none."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return None

            def part(offset: int, length: int) -> bytes:
                file.seek(offset)
                return file.read(length)

            archive = Reader(part)  # type: ignore[no-untyped-call]
            found: dict[str, Any] = archive.metadata()  # type: ignore[no-untyped-call]
            return found
    except (OSError, ValueError, IndexError, EOFError, zlib.error):
        return None


def _header(zooms: Zooms, box: Bounds) -> dict[str, Any]:
    west, south, east, north = (round(degrees * _STEPS_OF_A_DEGREE) for degrees in box)
    return {
        "tile_compression": Compression.GZIP,
        "tile_type": TileType.MVT,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": zooms.lowest,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write a file under another name, and give it its own when it is whole and on the disk."""
    making = path.with_name(f".{path.name}.new")
    try:
        with making.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)


@contextmanager
def _beside(path: Path) -> Iterator[BufferedRandom]:
    """Open a file that has no name any more, on the disk of another one."""
    making = path.with_name(f".{path.name}.data")
    with making.open("w+b") as file:
        making.unlink()
        yield file
