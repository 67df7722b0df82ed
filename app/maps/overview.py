"""The mission on one map: regions, camps, temporary bases and attacks, each to be switched."""

from __future__ import annotations

from app.maps._base import Group, Hollow, MapSpec
from app.maps._nouns import ATTACKS, CAMP, GROUND, TOB
from geo.spec import Text

MAP = MapSpec(
    id="overview",
    title=Text(
        en="Camps, temporary bases and attacks: the UN mission in Mali (MINUSMA), {period}",
        fr="Camps, bases temporaires et attaques : la mission de l’ONU au Mali (MINUSMA), {period}",
    ),
    subtitle=Text(
        en="Documented camps, temporary operating bases and attacks; not a complete count",
        fr="Camps, bases opérationnelles temporaires et attaques documentés ; ce n’est pas un "
        "décompte complet",
    ),
    alt=Text(
        en="Map of Mali with the mission’s camps as squares, its temporary operating bases as "
        "triangles, and circles sized by the number of documented attacks, {period}. {found}. "
        "Most at one place: {top}.",
        fr="Carte du Mali avec les camps de la mission en carrés, ses bases opérationnelles "
        "temporaires en triangles et des cercles dont la surface suit le nombre d’attaques "
        "documentées, {period}. {found}. Lieu le plus touché : {top}.",
    ),
    groups=(
        *GROUND,
        ATTACKS,
        Group(
            layer="camps",
            drawn="symbols",
            noun=CAMP,
            headline=("name",),
            popup=("kind", "contingents", "medical", "helicopters"),
        ),
        Group(
            layer="tobs",
            drawn="symbols",
            noun=TOB,
            headline=("place",),
            popup=("status", "contingents", "operation", "purpose"),
            hollow=Hollow(
                field="status",
                values=("planned",),
                title=Text(
                    en="planned, not known to be set up", fr="prévue, sans preuve d’établissement"
                ),
            ),
        ),
    ),
)
