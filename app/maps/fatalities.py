"""Figure 4: where peacekeepers were killed by attacks, one circle per place."""

from __future__ import annotations

from dataclasses import replace

from app.maps._base import MapSpec
from app.maps._nouns import ATTACKS, GROUND, PEACEKEEPERS_KILLED
from geo.spec import Text

MAP = MapSpec(
    id="fatalities",
    figure="4",
    title=Text(
        en="Locations of peacekeepers killed in attacks on the UN mission in Mali (MINUSMA), "
        "{period}",
        fr="Lieux où des Casques bleus ont été tués dans des attaques contre la mission de l’ONU "
        "au Mali (MINUSMA), {period}",
    ),
    subtitle=Text(
        en="Peacekeepers reported killed, by place, in documented attacks; other people killed "
        "are not counted; not a complete count",
        fr="Casques bleus tués selon les sources, par lieu, dans les attaques documentées ; les "
        "autres personnes tuées ne sont pas comptées ; ce n’est pas un décompte complet",
    ),
    alt=Text(
        en="Map of Mali with circles sized by the number of peacekeepers reported killed in "
        "documented attacks, {period}. {found}. Most at one place: {top}.",
        fr="Carte du Mali où la surface des cercles suit le nombre de Casques bleus tués dans les "
        "attaques documentées, {period}. {found}. Lieu le plus touché : {top}.",
    ),
    groups=(*GROUND, replace(ATTACKS, measure=PEACEKEEPERS_KILLED)),
)
