"""What the page of a layer's changes tells: when which row came or went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.pages._address import Address
from app.pages._history import Moment, moment_words
from geo.spec import Language, Layer, Text

CAME = Text(en="stored", fr="consigné")
WENT = Text(en="removed", fr="retiré")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One step: when, what, and where the row's versions are, if any can be seen."""

    moment: Moment
    change: str
    feature_id: str
    href: str | None


def changes_values(
    layer: Layer, steps: Sequence[Mapping[str, Any]], base: str, language: Language
) -> dict[str, Any]:
    """Fill the page of changes, in their order."""
    path = f"/collections/{layer.id}"
    address = Address(base=base, path=path, parameters={}, language=language)
    return {
        "layer": layer,
        "layer_href": address.to(path),
        "steps": [
            Told(
                moment=moment_words(step["moment"], language),
                change=(CAME if step["came"] else WENT).in_language(language),
                feature_id=step["id"],
                href=_history(address, layer, step["id"]) if step["shown"] else None,
            )
            for step in steps
        ],
    }


def _history(address: Address, layer: Layer, feature_id: str) -> str:
    return address.to(f"{address.item_path(layer.id, feature_id)}/history")
