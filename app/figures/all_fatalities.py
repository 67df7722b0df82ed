"""Figure unu-2: everyone killed in events in Mali, year by year."""

from app.figures._base import Counting, FigureSpec
from app.figures._countings import COMPILED, IN_MALI, UCDP_BATTLE_DEATHS, UCDP_DEATHS
from app.maps._nouns import EVENT, PEOPLE_KILLED
from geo.spec import Text

FIGURE = FigureSpec(
    id="all_fatalities",
    figure="unu-2",
    kind="bars",
    layer="events",
    title=Text(
        en="People killed in conflict events in Mali, {period}",
        fr="Personnes tuées dans des événements de conflit au Mali, {period}",
    ),
    alt=Text(
        en="Bar chart of people killed in conflict events in Mali by year, {period}. {total}. "
        "{most}.",
        fr="Diagramme à barres des personnes tuées dans des événements de conflit au Mali par "
        "année, {period}. {total}. {most}.",
    ),
    event=EVENT,
    documented=Counting(
        measure="killed",
        noun=PEOPLE_KILLED,
        subtitle=Text(
            en="People reported killed {each}; documented attacks on MINUSMA and incidents with "
            "civilian victims; not a complete count",
            fr="Personnes tuées selon les sources, {each} ; attaques documentées contre la MINUSMA "
            "et incidents avec des victimes civiles ; ce n’est pas un décompte complet",
        ),
        covers=COMPILED,
        note=Text(
            en="Two events are in both lists of the documented data, and are counted twice.",
            fr="Deux événements figurent dans les deux listes des données documentées et sont "
            "comptés deux fois.",
        ),
    ),
    imported=Counting(
        where=IN_MALI,
        measure="killed",
        noun=PEOPLE_KILLED,
        subtitle=Text(
            en="All people reported killed {each}, as {dataset} counts them",
            fr="Toutes les personnes tuées, {each}, telles que {dataset} les compte",
        ),
    ),
    comparisons=(UCDP_DEATHS, UCDP_BATTLE_DEATHS),
)
