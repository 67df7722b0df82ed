"""Figure 2: where civilians were killed, a circle for each place, its area the number."""

from app.figures._base import FigureSpec
from app.figures._countings import CIVILIANS_DOCUMENTED, CIVILIANS_OF_UCDP, CIVILIANS_TARGETED
from app.maps._nouns import INCIDENT
from geo.spec import Text

FIGURE = FigureSpec(
    id="civilian_fatality_places",
    figure="2",
    kind="map",
    layer="events",
    title=Text(
        en="Civilians killed in Mali by location, {period}",
        fr="Civils tués au Mali, par lieu, {period}",
    ),
    alt=Text(
        en="Map of Mali with circles whose area is the number of civilians killed, {period}. "
        "{total}. {most}.",
        fr="Carte du Mali avec des cercles dont la surface est le nombre de civils tués, {period}. "
        "{total}. {most}.",
    ),
    event=INCIDENT,
    documented=CIVILIANS_DOCUMENTED,
    imported=CIVILIANS_TARGETED,
    of_dataset={"ucdp": CIVILIANS_OF_UCDP},
    colour_class="civilians",
)
