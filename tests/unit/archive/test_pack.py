from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from pmtiles.tile import zxy_to_tileid

from app.archive.journal import Begun, Journal
from app.archive.pack import Packed, read_metadata, write_archive
from app.archive.question import Zooms
from app.archive.walk import Made
from tests import archives

BOX = (-12.25, 10.1, 4.3, 25.0)
SAID = {"name": "Mali é", "vector_layers": []}


def packed(tmp_path: Path, tiles: Mapping[int, bytes], zooms: Zooms) -> tuple[Path, Packed]:
    path = tmp_path / "tiles.pmtiles"
    with closing(Journal(tmp_path / "journal")) as journal:
        journal.begin(Begun(question={}, as_of="", build="", reclassified=0))
        for number, body in tiles.items():
            made = gzip.compress(body, mtime=0) if body else b""
            journal.put(number, Made(packed=made, goes_on=True))
        done = write_archive(path, journal, zooms, BOX, SAID)
        journal.remove()
    return path, done


def test_every_tile_is_found_again_and_equal_ones_are_stored_once(tmp_path: Path) -> None:
    numbers = range(zxy_to_tileid(1, 0, 0), zxy_to_tileid(3, 0, 0))
    tiles = {number: b"land" if number % 5 else b"" for number in numbers} | {9: b"sea"}
    path, done = packed(tmp_path, tiles, Zooms(lowest=1, highest=2))
    found = archives.read(path)
    assert {zxy_to_tileid(*place): body for place, body in found.items()} == {
        number: body for number, body in tiles.items() if body
    }
    assert (done.tiles, done.contents) == (len(found), 2)
    assert archives.metadata(path) == SAID == read_metadata(path)
    assert [file.name for file in tmp_path.iterdir()] == ["tiles.pmtiles"]


def test_an_archive_of_many_tiles_has_leaves(tmp_path: Path) -> None:
    first = zxy_to_tileid(7, 0, 0)
    # As little alike as hashes are, so that the directory cannot be packed into the root.
    tiles = {
        first + number: hashlib.sha256(str(number).encode()).digest()[: 1 + number % 31]
        for number in range(16_384)
        if hashlib.sha256(str(number).encode()).digest()[0] % 3
    }
    path, done = packed(tmp_path, tiles, Zooms(lowest=7, highest=7))
    assert done.tiles == len(tiles)
    found = archives.read(path)
    assert {zxy_to_tileid(*place): body for place, body in found.items()} == tiles


def test_a_broken_off_archive_leaves_the_old_one_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = packed(tmp_path, {0: b"old"}, Zooms(lowest=0, highest=0))
    before = path.read_bytes()

    def breaks(self: object, header: object, metadata: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("app.archive.pack.Writer.finalize", breaks)
    with pytest.raises(OSError, match="disk full"):
        packed(tmp_path, {0: b"new"}, Zooms(lowest=0, highest=0))
    assert path.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {"tiles.pmtiles", "journal"}


@pytest.mark.parametrize("content", [b"", b"PMT", b"PMTiles\x03 and nothing else", b"{}"])
def test_what_is_no_archive_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tiles.pmtiles"
    path.write_bytes(content)
    assert read_metadata(path) is None
    assert read_metadata(tmp_path / "none") is None
