"""Figure 4: where people were killed in attacks on the mission, a circle for each place."""

from app.figures._base import FigureSpec
from app.figures._countings import MISSION, MISSION_BEGAN, MISSION_ENDED
from app.figures._mission import FATALITIES_DOCUMENTED, FATALITIES_IMPORTED
from app.maps._nouns import ATTACK
from geo.spec import Text

FIGURE = FigureSpec(
    id="mission_fatality_places",
    figure="4",
    kind="map",
    layer="attacks",
    title=Text(
        en="Locations of fatalities in attacks on the UN mission in Mali (MINUSMA), {period}",
        fr="Lieux des décès dans les attaques contre la mission de l’ONU au Mali (MINUSMA), "
        "{period}",
    ),
    alt=Text(
        en="Map of Mali with circles whose area is the number of people killed in attacks on "
        "MINUSMA, {period}. {total}. {most}.",
        fr="Carte du Mali avec des cercles dont la surface est le nombre de personnes tuées dans "
        "les attaques contre la MINUSMA, {period}. {total}. {most}.",
    ),
    event=ATTACK,
    documented=FATALITIES_DOCUMENTED,
    imported=FATALITIES_IMPORTED,
    since=MISSION_BEGAN,
    until=MISSION_ENDED,
    since_what=MISSION,
)
