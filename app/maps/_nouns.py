"""What the maps count, in the words that several of them share."""

from __future__ import annotations

from app.maps._base import Group, Noun
from geo.spec import Text

ATTACK = Noun(
    one=Text(en="attack", fr="attaque"),
    other=Text(en="attacks", fr="attaques"),
)
KILLED = Noun(
    one=Text(en="peacekeeper killed", fr="Casque bleu tué"),
    other=Text(en="peacekeepers killed", fr="Casques bleus tués"),
)
CAMP = Noun(
    one=Text(en="camp", fr="camp"),
    other=Text(en="camps", fr="camps"),
)
TOB = Noun(
    one=Text(en="temporary base", fr="base temporaire"),
    other=Text(en="temporary bases", fr="bases temporaires"),
)

GROUND = (Group(layer="basemap", drawn="basemap"), Group(layer="regions", drawn="areas"))
ATTACK_HEADLINE = ("event_class", "target")
ATTACK_POPUP = (
    "peacekeepers_killed",
    "peacekeepers_wounded",
    "others_killed",
    "contingents",
    "perpetrator",
    "perpetrator_status",
)
