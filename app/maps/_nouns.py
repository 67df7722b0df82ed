"""What maps, figures and reports count, in the words that they share."""

from __future__ import annotations

from app.maps._base import Group, Measure, Noun, Others
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
CIVILIANS_KILLED = Noun(
    one=Text(en="civilian killed", fr="civil tué"),
    other=Text(en="civilians killed", fr="civils tués"),
)
PEOPLE_KILLED = Noun(
    one=Text(en="person killed", fr="personne tuée"),
    other=Text(en="people killed", fr="personnes tuées"),
)
EVENT = Noun(
    one=Text(en="event", fr="événement"),
    other=Text(en="events", fr="événements"),
)
INCIDENT = Noun(
    one=Text(en="incident", fr="incident"),
    other=Text(en="incidents", fr="incidents"),
)
OTHER_PERSON = Noun(
    one=Text(en="other person was", fr="autre personne l’a été"),
    other=Text(en="other people were", fr="autres personnes l’ont été"),
)
PEACEKEEPERS_KILLED = Measure(
    field="peacekeepers_killed",
    noun=KILLED,
    zero=Text(
        en="No peacekeeper reported killed, no circle: {events}",
        fr="Aucun Casque bleu tué selon les sources, sans cercle : {events}",
    ),
    unknown=Text(
        en="Peacekeepers’ toll not stated: {events}, not counted as zero",
        fr="Bilan des Casques bleus non précisé : {events}, sans être compté comme nul",
    ),
    unknown_sign=Text(en="peacekeepers’ toll not stated", fr="bilan des Casques bleus non précisé"),
    others=Others(
        field="others_killed",
        noun=OTHER_PERSON,
        told=Text(en="in {some} of them {others}", fr="dans {some} d’entre elles, {others}"),
        unstated=Text(
            en="in {some} nobody says whether others were",
            fr="dans {some}, rien n’est dit d’autres personnes",
        ),
    ),
)

GROUND = (
    Group(layer="basemap", drawn="basemap"),
    Group(layer="regions", drawn="areas"),
    Group(layer="places", drawn="names"),
)
# The number of attacks at each place; maps of their toll or density are made of it.
ATTACKS = Group(
    layer="attacks",
    drawn="circles",
    noun=ATTACK,
    headline=("event_class", "target"),
    popup=(
        "peacekeepers_killed",
        "peacekeepers_wounded",
        "others_killed",
        "contingents",
        "perpetrator",
        "perpetrator_status",
    ),
)
