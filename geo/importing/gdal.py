"""Let GDAL open a file as what its name says, and as nothing else.

GDAL goes by content: a text named .gpkg can be a virtual layer that reads another file of this
host. So the first bytes must be those of the kind, with a NUL among them, which ends what GDAL
looks at for formats of text; and the driver that opened the file is looked at as well.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from geo.errors import ImportRefused

T = TypeVar("T")
DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
STARTS = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb\x03fgb",
}
START_BYTES = 16


def check_start(name: str, first_bytes: bytes) -> None:
    """Refuse a file that does not begin as its ending says."""
    suffix = Path(name).suffix.lower()
    start = first_bytes[:START_BYTES]
    if not start.startswith(STARTS[suffix]) or b"\x00" not in start:
        raise ImportRefused(f"{Path(name).name} cannot be read; is it a whole {suffix} file?")


def check_driver(name: str, info: dict[str, Any]) -> None:
    """Refuse a file that GDAL took for another kind than its ending says."""
    suffix = Path(name).suffix.lower()
    if info["driver"] != DRIVERS[suffix]:
        raise ImportRefused(f"{Path(name).name} is no {suffix} file, but {info['driver']}")


def first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(START_BYTES)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say in our words what GDAL could not read, and keep its warnings to itself."""
    import pyarrow as pa
    import pyogrio
    import shapely

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pa.ArrowException,
        shapely.errors.GEOSException,
        UnicodeDecodeError,
    ):
        suffix = Path(name).suffix.lower()
        raise ImportRefused(f"{name} cannot be read; is it a whole {suffix} file?") from None


def stepwise(name: str, steps: Iterable[T]) -> Iterator[T]:
    """Go on reading a file, and let go of warnings and errors between the steps."""
    remaining = iter(steps)
    while True:
        with reading(name):
            step = next(remaining, None)
        if step is None:
            return
        yield step
