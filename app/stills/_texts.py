"""The words on every still picture that neither figures nor maps have, in English and French."""

from __future__ import annotations

from collections.abc import Mapping

from app.wording import bind_signs
from geo.spec import Text

_WRITTEN: Mapping[str, Text] = {
    "producer": Text(
        en="Map “{figure}”, Conflict Atlas {version}, state of the data {moment}.",
        fr="Carte « {figure} », Conflict Atlas {version}, état des données : {moment}.",
    ),
    "producer_empty": Text(
        en="Map “{figure}”, Conflict Atlas {version}.",
        fr="Carte « {figure} », Conflict Atlas {version}.",
    ),
    "permalink": Text(en="The same picture again: {url}", fr="La même image : {url}"),
    "source_of": Text(en="{layer}: {title} ({licence}).", fr="{layer} : {title} ({licence})."),
    "symbols": Text(en="{noun}, each a sign at its place", fr="{noun}, un signe par lieu"),
    "symbol_dashed": Text(
        en="dashed: near the place, along a road, or precision not stated",
        fr="en tirets : près du lieu, le long d’une route ou précision non indiquée",
    ),
    "symbol_area": Text(
        en="{noun} known only to this area", fr="{noun} : zone connue, lieu imprécis"
    ),
    "symbols_beside": Text(
        en="Signs that would hide each other stand side by side.",
        fr="Les signes qui se masqueraient sont placés côte à côte.",
    ),
}
TEXTS: Mapping[str, Text] = {
    name: Text(en=text.en, fr=bind_signs(text.fr)) for name, text in _WRITTEN.items()
}
