"""Figure 5: attacks on the mission, year by year."""

from app.figures._base import FigureSpec
from app.figures._countings import MISSION, MISSION_BEGAN, MISSION_ENDED
from app.figures._mission import ATTACKS_DOCUMENTED, ATTACKS_IMPORTED
from app.maps._nouns import ATTACK
from geo.spec import Text

FIGURE = FigureSpec(
    id="mission_attacks",
    figure="5",
    kind="bars",
    layer="attacks",
    title=Text(
        en="Attacks on the UN mission in Mali (MINUSMA) per year, {period}",
        fr="Attaques contre la mission de l’ONU au Mali (MINUSMA) par année, {period}",
    ),
    alt=Text(
        en="Bar chart of attacks on MINUSMA by year, {period}. {total}. {most}.",
        fr="Diagramme à barres des attaques contre la MINUSMA par année, {period}. {total}. "
        "{most}.",
    ),
    event=ATTACK,
    documented=ATTACKS_DOCUMENTED,
    imported=ATTACKS_IMPORTED,
    since=MISSION_BEGAN,
    until=MISSION_ENDED,
    since_what=MISSION,
)
