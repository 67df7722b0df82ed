"""The folder of a lake: whole or not there at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import orjson

from app.lake.manifest import MANIFEST, PROGRAM
from geo.errors import AtlasError


class LakeRefused(AtlasError):
    """A lake cannot be written where, or as, it was asked for."""


@contextmanager
def swapped_in(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which takes the place of `folder` if all goes well."""
    _check(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside it, so that it can be moved and not copied.
        made = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _not_writable(folder, error) from error
    try:
        yield made
        made.chmod(0o755)
        _put_in_place(made, folder)
    except OSError as error:
        raise _not_writable(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put_in_place(made: Path, folder: Path) -> None:
    """Move the new folder to where the earlier one was, and only then remove that one."""
    if not folder.exists():
        made.rename(folder)
        return
    earlier = Path(mkdtemp(prefix=f".{folder.name}-earlier-", dir=folder.parent))
    folder.rename(earlier / "lake")
    made.rename(folder)
    shutil.rmtree(earlier)


def _check(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise LakeRefused(f"{folder} is a file; a lake is a folder\nchoose another name")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise LakeRefused(f"cannot write to {folder}\nchoose a folder that you may write to")
    if any(folder.iterdir()) and not _is_ours(folder):
        raise LakeRefused(
            f"{folder} holds other files, and no lake of this program\n"
            "choose a new folder, or an empty one"
        )


def _is_ours(folder: Path) -> bool:
    try:
        said = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return isinstance(said, dict) and str(said.get("generator", "")).startswith(PROGRAM)


def _not_writable(folder: Path, error: OSError) -> LakeRefused:
    return LakeRefused(
        f"cannot write to {folder}: {error.strerror}\nwhat was there before is still there"
    )
