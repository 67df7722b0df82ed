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


class Secret:
    """A text that nothing shows by accident: printed, logged or formatted it is three dots."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text, to hand it to whom it is meant for and to nobody else."""
        return self._text

    def __repr__(self) -> str:
        return "•••"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """One row per setting; the environment variable is the name in capitals after ATLAS_."""

    database_url: str | None = field(
        default=None,
        repr=False,  # it may hold a password
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

    licensed_tokens: Secret | None = field(
        default=None,
        metadata={
            "doc": "tokens with commas between them; who sends one may have rows that may not be "
            "passed on; never shown"
        },
    )

    acled_url: str = field(
        default="https://acleddata.com",
        metadata={"doc": "address of ACLED’s service"},
    )
    acled_email: Secret | None = field(
        default=None,
        metadata={"doc": "account at ACLED that its events are fetched with; never shown"},
    )
    acled_password: Secret | None = field(
        default=None,
        metadata={"doc": "password of that account; never shown"},
    )
    ucdp_url: str = field(
        default="https://ucdpapi.pcr.uu.se",
        metadata={"doc": "address of UCDP’s service"},
    )
    ucdp_token: Secret | None = field(
        default=None,
        metadata={"doc": "token that UCDP’s events are fetched with; never shown"},
    )
    hapi_url: str = field(
        default="https://hapi.humdata.org",
        metadata={"doc": "address of HDX HAPI"},
    )
    hapi_identifier: Secret | None = field(
        default=None,
        metadata={"doc": "app identifier that HDX HAPI is asked with; never shown"},
    )
    fetch_hosts: str = field(
        default="acleddata.com,ucdpapi.pcr.uu.se,hapi.humdata.org",
        metadata={"doc": "hosts that data are fetched from, host or host:port, and no other"},
    )
    fetch_private_hosts: str | None = field(
        default=None,
        metadata={"doc": "those of them that may lie in a private network and speak plain HTTP"},
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
        for name in ("acled_url", "ucdp_url", "hapi_url"):
            _check_service_url(PREFIX + name.upper(), getattr(settings, name))
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


def _check_service_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        # What stands before the @ may be a password, so the value is not repeated.
        raise BadSetting(f"{name} has a user in it; name the host alone, credentials apart")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise BadSetting(f"{name}={url!r} is not like https://example.org")


def _convert(name: str, text: str, type_name: str) -> Any:
    if type_name.startswith("int"):
        if not text.isdecimal() or int(text) < 1:
            raise BadSetting(f"{name}={text!r} is not a whole number above 0; change or unset it")
        return int(text)
    if type_name.startswith("Path"):
        return Path(text).expanduser().absolute()
    if type_name.startswith("Secret"):
        return Secret(text)
    return text
