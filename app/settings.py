"""Read the ATLAS_ settings from the environment, once, into a frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from geo.errors import AtlasError

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "ATLAS_"


class BadSetting(AtlasError):
    """A setting cannot be used as it stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """One row per setting; the environment variable is the name in capitals after ATLAS_."""

    database_url: str | None = field(
        default=None,
        metadata={
            "doc": "server to use, postgresql://user:password@host/name; none: a private one"
        },
    )
    home: Path | None = field(
        default=None,
        metadata={"doc": "folder of the private database; none: the user's data folder (XDG)"},
    )
    public_url: str | None = field(
        default=None,
        metadata={"doc": "address that clients see, with its path prefix; none: the request's"},
    )
    pool_size: int = field(
        default=8,
        metadata={"doc": "database connections a worker keeps"},
    )
    statement_timeout_ms: int = field(
        default=30_000,
        metadata={"doc": "longest a read may take in the database"},
    )
    limit_default: int = field(
        default=100,
        metadata={"doc": "features on a page when the request does not say"},
    )
    limit_max: int = field(
        default=10_000,
        metadata={"doc": "most features on a page"},
    )
    map_features_max: int = field(
        default=20_000,
        metadata={"doc": "most features a Folium map draws"},
    )
    count_bound: int = field(
        default=1_000_000,
        metadata={"doc": "numberMatched is counted exactly up to here"},
    )
    exports_at_once: int = field(
        default=4,
        metadata={"doc": "downloads of whole layers that a worker writes at once"},
    )
    export_timeout_ms: int = field(
        default=3_600_000,
        metadata={"doc": "longest a download of a whole layer may take"},
    )

    cache: Path | None = field(
        default=None,
        metadata={"doc": "folder of what can be made again; none: the user's cache folder (XDG)"},
    )
    hot_tiles_mb: int = field(
        default=64,
        metadata={"doc": "memory that a worker keeps made tiles in, in megabytes"},
    )

    @property
    def cache_folder(self) -> Path:
        """Give the folder of what can be made again."""
        if self.cache is not None:
            return self.cache
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # XDG Base Directory: a path that is not absolute is to be ignored.
        return (given if given.is_absolute() else Path.home() / ".cache") / "conflict-atlas"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        environment = os.environ if environment is None else environment
        _refuse_unknown(cls, environment)
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        values: dict[str, Any] = {}
        for name, spec in known.items():
            text = environment.get(name, "").strip()
            if text:
                values[spec.name] = _convert(name, text, str(spec.type))
        settings = cls(**values)
        _check_public_url(settings.public_url)
        return settings


def _refuse_unknown(kind: type[Settings], environment: Mapping[str, str]) -> None:
    """Refuse a name of ours that means nothing: misspelt, it would silently change nothing."""
    known = [PREFIX + f.name.upper() for f in fields(kind)]
    for name in environment:
        if name.startswith(PREFIX) and name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(known)}"
            raise BadSetting(f"{name} is no setting; {hint}")


def _check_public_url(url: str | None) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise BadSetting(f"ATLAS_PUBLIC_URL={url!r} is not like https://example.org/atlas")


def _convert(name: str, text: str, type_name: str) -> Any:
    if type_name.startswith("int"):
        if not text.isdecimal() or int(text) < 1:
            raise BadSetting(f"{name}={text!r} is not a whole number above 0; change or unset it")
        return int(text)
    if type_name.startswith("Path"):
        return Path(text).expanduser().absolute()
    return text
