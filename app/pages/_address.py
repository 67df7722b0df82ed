"""Where a page stands, and the addresses that it links to; all keep its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from geo.formats import Page
from geo.spec import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """The service's address, the path below it, and what was asked there."""

    base: str
    path: str
    parameters: Mapping[str, str]
    language: Language

    @classmethod
    def of(cls, page: Page) -> Address:
        """Take the address of a page of features from its links."""
        own = next(link.href for link in page.links if link.rel == "self")
        layer = next(link.href for link in page.links if link.rel == "collection")
        base = layer.removesuffix(f"/collections/{page.layer.id}")
        given = dict(parse_qsl(urlsplit(own).query, keep_blank_values=True))
        given = {name: value for name, value in given.items() if name not in ("f", "lang")}
        path = urlsplit(own).path.removeprefix(urlsplit(base).path)
        return cls(base=base, path=path, parameters=given, language=page.language)

    @property
    def other_language(self) -> Language:
        return "en" if self.language == "fr" else "fr"

    @property
    def prefix(self) -> str:
        """Give the path that stands before ours, which a proxy may have put there."""
        return urlsplit(self.base).path

    def to(self, path: str, parameters: Mapping[str, str] | None = None, **more: str) -> str:
        """Make an address of the service in the language of the page."""
        query = {**(parameters or {}), "lang": self.language, **more}
        return f"{self.base}{path}?{urlencode(query)}"

    def plain(self, path: str, **parameters: str) -> str:
        """Make an address that does not take a language."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{self.base}{path}{query}"

    def here(self, **changes: str | None) -> str:
        """Give the address of this page with some parameters changed, or dropped by None."""
        asked = {**self.parameters, "lang": self.language, **changes}
        kept = {name: value for name, value in asked.items() if value is not None}
        return f"{self.base}{self.path}?{urlencode(kept)}"

    def item_path(self, layer: str, feature_id: object) -> str:
        return f"/collections/{layer}/items/{quote(str(feature_id), safe='')}"
