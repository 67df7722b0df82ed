"""Compare tiles from memory, and the word that they have not changed, with a bare ASGI callable."""

from __future__ import annotations

import pickle
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.raw_tiles import Answer
from tests.benchmarks.serving import LIKE_OURS, Server, get, in_turns, server, wrk
from tests.benchmarks.tile_requests import repeated

PACKED = {"Accept-Encoding": "gzip"}
_READY = "/ready"
# Uvicorn adds these itself.
_ADDED = ("date", "server", "connection")


def compare_hot(
    atlas: Server, paths: Sequence[str], rounds: int, seconds: int, folder: Path
) -> dict[str, tuple[float, float]]:
    """Give answers a second, ours and the bare callable's, of whole tiles and of 304s."""
    paths = [path for path in paths if get(atlas.port, path)]
    answers = [_answer(atlas, path, PACKED) for path in paths]
    held = [
        {**PACKED, "If-None-Match": dict(headers)[b"etag"].decode()} for _, headers, _ in answers
    ]
    unchanged = [_answer(atlas, path, asked) for path, asked in zip(paths, held, strict=True)]
    measured = {}
    kinds = {"200": (answers, [PACKED] * len(paths)), "304": (unchanged, held)}
    for name, (given, headers) in kinds.items():
        kept = {**dict(zip(paths, given, strict=True)), _READY: (200, [], b"")}
        file = folder / f"answers-{name}"
        file.write_bytes(pickle.dumps(kept))
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "tests.benchmarks.raw_tiles:service",
        ]
        with server([*command, *LIKE_OURS], {"RAW_TILES": str(file)}, _READY) as raw:
            script = repeated(paths, headers)
            rates = in_turns(
                {
                    "atlas": partial(wrk, atlas.port, script, seconds, folder),
                    "raw": partial(wrk, raw.port, script, seconds, folder),
                },
                rounds,
            )
        measured[name] = rates["atlas"], rates["raw"]
    return measured


class _Unchanged(urllib.request.HTTPErrorProcessor):
    """Take a 304 for an answer and not for an error."""

    def http_response(self, request, response):  # type: ignore[no-untyped-def]
        return response


def _answer(atlas: Server, path: str, headers: Mapping[str, str]) -> Answer:
    opener = urllib.request.build_opener(_Unchanged)
    asked = urllib.request.Request(f"http://127.0.0.1:{atlas.port}{path}", headers=dict(headers))
    with opener.open(asked, timeout=60) as answer:
        kept = [
            (name.lower().encode(), value.encode())
            for name, value in answer.headers.items()
            if name.lower() not in _ADDED
        ]
        return answer.status, kept, answer.read()
