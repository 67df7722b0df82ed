"""Figure 4: where peacekeepers were killed by attacks, one circle per place, its area the toll."""

from __future__ import annotations

from app.maps._base import Group, MapSpec, Measure
from app.maps._nouns import ATTACK, ATTACK_HEADLINE, ATTACK_POPUP, GROUND, KILLED
from geo.spec import Text

MAP = MapSpec(
    id="fatalities",
    figure="4",
    title=Text(
        en="Locations of fatalities from attacks on the UN mission in Mali (MINUSMA), {period}",
        fr="Lieux des décès dus aux attaques contre la mission de l’ONU au Mali (MINUSMA), "
        "{period}",
    ),
    subtitle=Text(
        en="Peacekeepers reported killed, by place, in documented attacks; not a complete count",
        fr="Casques bleus tués selon les sources, par lieu, dans les attaques documentées ; "
        "ce n’est pas un décompte complet",
    ),
    alt=Text(
        en="Map of Mali with circles sized by the number of peacekeepers reported killed in "
        "documented attacks: {total} at {places}, {period}. Most at one place: {top}.",
        fr="Carte du Mali où la surface des cercles suit le nombre de Casques bleus tués dans les "
        "attaques documentées : {total} en {places}, {period}. Lieu le plus touché : {top}.",
    ),
    groups=(
        *GROUND,
        Group(
            layer="attacks",
            drawn="circles",
            noun=ATTACK,
            measure=Measure(field="peacekeepers_killed", noun=KILLED),
            headline=ATTACK_HEADLINE,
            popup=ATTACK_POPUP,
        ),
    ),
)
