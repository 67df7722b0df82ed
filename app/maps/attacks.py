"""Figure 6: where the mission was attacked, one circle per place, its area the number."""

from __future__ import annotations

from app.maps._base import MapSpec
from app.maps._nouns import ATTACKS, GROUND
from geo.spec import Text

MAP = MapSpec(
    id="attacks",
    figure="6",
    title=Text(
        en="Locations of attacks on the UN mission in Mali (MINUSMA), {period}",
        fr="Lieux des attaques contre la mission de l’ONU au Mali (MINUSMA), {period}",
    ),
    subtitle=Text(
        en="Number of documented attacks by place; not a complete count",
        fr="Nombre d’attaques documentées par lieu ; ce n’est pas un décompte complet",
    ),
    alt=Text(
        en="Map of Mali with circles sized by the number of documented attacks on the mission, "
        "{period}. {found}. Most at one place: {top}.",
        fr="Carte du Mali où la surface des cercles suit le nombre d’attaques documentées contre "
        "la mission, {period}. {found}. Lieu le plus touché : {top}.",
    ),
    groups=(*GROUND, ATTACKS),
)
