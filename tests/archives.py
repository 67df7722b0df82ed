"""Check a PMTiles archive as `pmtiles verify` does, and with it where it is installed."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pmtiles.tile import deserialize_directory, deserialize_header, tileid_to_zxy

Place = tuple[int, int, int]


def read(path: Path) -> dict[Place, bytes]:
    """Read every tile of an archive, unpacked, and hold the file to the specification."""
    content = path.read_bytes()
    header = deserialize_header(content[:127])
    assert content[:8] == b"PMTiles\x03"
    root = content[header["root_offset"] :][: header["root_length"]]
    assert header["root_offset"] + header["root_length"] <= 16_384  # 3: in the first 16 KiB
    entries = []
    for entry in deserialize_directory(root):
        if entry.run_length:
            entries.append(entry)
            continue
        begin = header["leaf_directory_offset"] + entry.offset
        leaf = deserialize_directory(content[begin : begin + entry.length])
        assert leaf[0].tile_id == entry.tile_id
        entries += leaf
    found: dict[Place, bytes] = {}
    next_number = next_offset = 0
    for entry in entries:
        assert entry.tile_id >= next_number  # in order, and none twice
        assert entry.offset <= next_offset  # clustered: new bytes follow the last new ones
        next_number = entry.tile_id + entry.run_length
        next_offset = max(next_offset, entry.offset + entry.length)
        begin = header["tile_data_offset"] + entry.offset
        body = gzip.decompress(content[begin : begin + entry.length])
        assert body
        for number in range(entry.tile_id, next_number):
            found[tileid_to_zxy(number)] = body
    assert header["clustered"]
    assert next_offset == header["tile_data_length"]
    assert header["tile_data_offset"] + header["tile_data_length"] == len(content)
    assert header["tile_entries_count"] == len(entries)
    assert header["addressed_tiles_count"] == len(found)
    assert header["tile_contents_count"] == len({entry.offset for entry in entries})
    zooms = [z for z, _, _ in found]
    assert (header["min_zoom"], header["max_zoom"]) == (min(zooms), max(zooms))
    _verify(path)
    return found


def metadata(path: Path) -> dict[str, Any]:
    """Read what an archive says of itself."""
    content = path.read_bytes()
    header = deserialize_header(content[:127])
    packed = content[header["metadata_offset"] :][: header["metadata_length"]]
    said: dict[str, Any] = json.loads(gzip.decompress(packed))
    return said


def _verify(path: Path) -> None:
    program = shutil.which("pmtiles")
    if program is not None:
        done = subprocess.run([program, "verify", str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
