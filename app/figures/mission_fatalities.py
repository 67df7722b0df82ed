"""Figure 3: peacekeepers killed in attacks on the mission, year by year."""

from app.figures._base import FigureSpec
from app.figures._countings import (
    MISSION,
    MISSION_BEGAN,
    MISSION_ENDED,
    PEACEKEEPERS_DELIBERATE,
    PEACEKEEPERS_MALICIOUS,
)
from app.figures._mission import FATALITIES_DOCUMENTED, FATALITIES_IMPORTED
from app.maps._nouns import ATTACK
from geo.spec import Text

FIGURE = FigureSpec(
    id="mission_fatalities",
    figure="3",
    kind="bars",
    layer="attacks",
    title=Text(
        en="Fatalities in attacks on the UN mission in Mali (MINUSMA), {period}",
        fr="Morts dans les attaques contre la mission de l’ONU au Mali (MINUSMA), {period}",
    ),
    alt=Text(
        en="Bar chart of people killed in attacks on MINUSMA by year, {period}. {total}. {most}.",
        fr="Diagramme à barres des personnes tuées dans les attaques contre la MINUSMA par année, "
        "{period}. {total}. {most}.",
    ),
    event=ATTACK,
    documented=FATALITIES_DOCUMENTED,
    imported=FATALITIES_IMPORTED,
    since=MISSION_BEGAN,
    until=MISSION_ENDED,
    since_what=MISSION,
    comparisons=(PEACEKEEPERS_DELIBERATE, PEACEKEEPERS_MALICIOUS),
)
