"""Make a database ready to serve: migrated, with every declared layer, filled once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import layers as declared
from app.settings import ROOT, Settings
from geo import database, migrations
from geo.errors import ImportRefused
from geo.importing.acts import LoadReport
from geo.importing.blocks import Block
from geo.importing.load import load
from geo.importing.normalise import checked
from geo.importing.readers import Digest, digest_of
from geo.importing.tables import read_blocks
from geo.importing.writing import has_been_loaded
from geo.registry import collect_layers
from geo.spec import Layer

DATA = ROOT / "data"


def declared_layers() -> dict[str, Layer]:
    """Collect the layers of the atlas."""
    return collect_layers(declared)


def prepare(url: str, settings: Settings) -> list[LoadReport]:
    """Migrate, make what is missing, and load the default data of layers that never had any."""
    layers = declared_layers()
    with database.engine(url) as engine:
        migrations.migrate(engine, layers.values())
    return load_default_data(url, layers)


def load_default_data(url: str, layers: Mapping[str, Layer]) -> list[LoadReport]:
    """Load each layer's own files, if nothing was ever loaded into it."""
    reports = []
    with database.connect(url) as connection:
        # Two hosts that start on one new database must not both fill it.
        connection.execute("LOCK TABLE atlas.revisions IN SHARE ROW EXCLUSIVE MODE")
        filled = has_been_loaded(connection, layers.values())
        for layer in layers.values():
            if layer.data and layer.id not in filled:
                rows, digest = read_rows(layer, [DATA / name for name in layer.data])
                origin = ", ".join(f"data/{name}" for name in layer.data)
                sound = _undamaged(layer, rows)
                report = load(connection, layer, sound, origin=origin, sha256=digest)
                reports.append(report)
                sys.stderr.write(f"atlas: loaded {report.added} rows of {layer.id}\n")
    return reports


def _undamaged(layer: Layer, blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.rejected:
            message = f"the default data of {layer.id} is damaged; restore it from the repository"
            raise ImportRefused(message, [str(row) for row in block.rejected])
        yield block


def read_rows(layer: Layer, files: Sequence[Path]) -> tuple[Iterator[Block], Digest]:
    """Read and check files as one load of a layer, as rows come; give their digest too."""
    digest = digest_of(files)
    return checked(layer, chain.from_iterable(map(read_blocks, files))), digest
