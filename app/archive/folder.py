"""The folder that an export goes to: it must be new, empty or an earlier export's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.archive.journal import Journal
from app.archive.metadata import PROGRAM
from app.archive.pack import read_metadata
from geo.errors import AtlasError

ARCHIVE = "tiles.pmtiles"
_JOURNAL = ".tiles.partial"


class FolderRefused(AtlasError):
    """An export cannot go where it was sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """Where an export is made: its folder, and the journal of what is made so far."""

    folder: Path
    journal: Journal

    @property
    def archive(self) -> Path:
        return self.folder / ARCHIVE


@contextmanager
def workplace(folder: Path) -> Iterator[Workplace]:
    """Take a folder for an export; if nothing was begun in it, nothing of us is left in it."""
    is_new = not folder.exists()
    _check(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(folder / _JOURNAL)
    except OSError as error:
        raise FolderRefused(
            f"cannot write to {folder}: {error.strerror}\nchoose a folder that you may write to"
        ) from error
    try:
        yield Workplace(folder=folder, journal=journal)
    finally:
        if journal.begun is None:
            journal.remove()
            if is_new:
                folder.rmdir()
        journal.close()


def _check(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FolderRefused(f"{folder} is a file; the export is a folder\nchoose another name")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise FolderRefused(
            f"cannot write to {folder}: Permission denied\nchoose a folder that you may write to"
        )
    ours = (folder / _JOURNAL).exists() or _is_ours(folder / ARCHIVE)
    if not ours and any(folder.iterdir()):
        raise FolderRefused(
            f"{folder} holds other files, and no export of this program\n"
            "choose a new folder, or an empty one"
        )


def _is_ours(archive: Path) -> bool:
    said = read_metadata(archive) or {}
    return str(said.get("generator", "")).startswith(PROGRAM)
