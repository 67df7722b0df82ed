"""Figure 6: where the mission was attacked, a circle for each place, its area the number."""

from app.figures._base import FigureSpec
from app.figures._countings import MISSION, MISSION_BEGAN, MISSION_ENDED
from app.figures._mission import ATTACKS_DOCUMENTED, ATTACKS_IMPORTED
from app.maps._nouns import ATTACK
from geo.spec import Text

FIGURE = FigureSpec(
    id="mission_attack_places",
    figure="6",
    kind="map",
    layer="attacks",
    title=Text(
        en="Locations of attacks on the UN mission in Mali (MINUSMA), {period}",
        fr="Lieux des attaques contre la mission de l’ONU au Mali (MINUSMA), {period}",
    ),
    alt=Text(
        en="Map of Mali with circles whose area is the number of attacks on MINUSMA, {period}. "
        "{total}. {most}.",
        fr="Carte du Mali avec des cercles dont la surface est le nombre d’attaques contre la "
        "MINUSMA, {period}. {total}. {most}.",
    ),
    event=ATTACK,
    documented=ATTACKS_DOCUMENTED,
    imported=ATTACKS_IMPORTED,
    since=MISSION_BEGAN,
    until=MISSION_ENDED,
    since_what=MISSION,
)
