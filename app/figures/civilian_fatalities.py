"""Figure 1: civilians killed in Mali, year by year."""

from app.figures._base import FigureSpec
from app.figures._countings import (
    CIVILIANS_DOCUMENTED,
    CIVILIANS_OF_UCDP,
    CIVILIANS_TARGETED,
    HUMAN_RIGHTS_KILLED,
    UCDP_CIVILIANS,
)
from app.maps._nouns import INCIDENT
from geo.spec import Text

FIGURE = FigureSpec(
    id="civilian_fatalities",
    figure="1",
    kind="bars",
    layer="events",
    title=Text(en="Civilians killed in Mali, {period}", fr="Civils tués au Mali, {period}"),
    alt=Text(
        en="Bar chart of civilians killed in Mali by year, {period}. {total}. {most}.",
        fr="Diagramme à barres des civils tués au Mali par année, {period}. {total}. {most}.",
    ),
    event=INCIDENT,
    documented=CIVILIANS_DOCUMENTED,
    imported=CIVILIANS_TARGETED,
    of_dataset={"ucdp": CIVILIANS_OF_UCDP},
    colour_class="civilians",
    comparisons=(UCDP_CIVILIANS, HUMAN_RIGHTS_KILLED),
)
