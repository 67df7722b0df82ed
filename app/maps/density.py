"""Where attacks on the mission lie close together: their density as a surface."""

from __future__ import annotations

from dataclasses import replace

from app.maps._base import MapSpec
from app.maps._nouns import ATTACKS, GROUND
from geo.spec import Text

MAP = MapSpec(
    id="density",
    title=Text(
        en="Density of attacks on the UN mission in Mali (MINUSMA), {period}",
        fr="Densité des attaques contre la mission de l’ONU au Mali (MINUSMA), {period}",
    ),
    subtitle=Text(
        en="Documented attacks per area, smoothed over 25 km; not a complete count",
        fr="Attaques documentées par surface, lissées sur 25 km ; ce n’est pas un décompte complet",
    ),
    alt=Text(
        en="Map of Mali shaded by the density of documented attacks on the mission, {period}. "
        "{found}. Most at one place: {top}.",
        fr="Carte du Mali ombrée selon la densité des attaques documentées contre la mission, "
        "{period}. {found}. Lieu le plus touché : {top}.",
    ),
    groups=(*GROUND, replace(ATTACKS, drawn="density", bandwidth_km=25)),
)
