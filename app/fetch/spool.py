"""Keep what was fetched on disk, until all of it is there and can be read."""

from __future__ import annotations

import errno
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Self

import orjson

from app.fetch.failure import FetchFailed

MOST_RECORDS = 20_000_000


class Fetched:
    """Records that were fetched whole: how many, where from, and their digest.

    They are read from a file without a name, from the start each time, by one reader at a time.
    """

    def __init__(self, file: IO[bytes], *, origin: str, count: int, sha256: str) -> None:
        self._file, self._count = file, count
        self.origin, self.sha256 = origin, sha256

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, str]]:
        self._file.seek(0)
        for line in self._file:
            yield orjson.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, and so of what is in it."""
        self._file.close()


def spool(origin: str, pages: Iterable[Sequence[Mapping[str, Any]]]) -> Fetched:
    """Write pages as they come; give the records once the last one is there, else nothing."""
    file: IO[bytes] = tempfile.TemporaryFile(prefix="atlas-fetch-")  # noqa: SIM115 - handed on
    try:
        count, digest, before = 0, hashlib.sha256(), b""
        for page in pages:
            lines = b"".join(_line(record) for record in page)
            if lines and lines == before:
                raise FetchFailed(
                    f"{origin}: the same page came twice, so the service does not turn pages; "
                    "nothing was imported"
                )
            count += len(page)
            if count > MOST_RECORDS:
                raise FetchFailed(
                    f"{origin}: more than {MOST_RECORDS:,} records; ask for a shorter span"
                )
            file.write(lines)
            digest.update(lines)
            before = lines
        file.flush()
    except OSError as error:
        file.close()
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise FetchFailed(
            f"{tempfile.gettempdir()} has no room for the records of {origin}; "
            "make room, or set TMPDIR to another folder"
        ) from None
    except BaseException:
        file.close()
        raise
    return Fetched(file, origin=origin, count=count, sha256=digest.hexdigest())


def as_exported(record: Mapping[str, Any]) -> dict[str, str]:
    """Write a record as a row of a CSV export has it: all texts, and what is null empty."""
    return {
        name: value if type(value) is str else _as_cell(value) for name, value in record.items()
    }


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _line(record: Mapping[str, Any]) -> bytes:
    exported = as_exported(record)
    try:
        return orjson.dumps(exported) + b"\n"
    except orjson.JSONEncodeError:
        # Half a character, which JSON can state (RFC 8259, 8.2) and nothing can store.
        whole = {_whole(name): _whole(text) for name, text in exported.items()}
        return orjson.dumps(whole) + b"\n"


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
