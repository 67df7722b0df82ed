"""Figure unu-1: civilians killed where they themselves were the target, year by year."""

from app.figures._base import Counting, FigureSpec
from app.figures._countings import CIVILIANS_TARGETED, COMPILED, UCDP_CIVILIANS
from app.maps._nouns import CIVILIANS_KILLED, INCIDENT
from geo.spec import Text

FIGURE = FigureSpec(
    id="civilians_targeted",
    figure="unu-1",
    kind="bars",
    layer="events",
    title=Text(
        en="Civilians killed by direct targeting in Mali, {period}",
        fr="Civils tués en étant directement visés au Mali, {period}",
    ),
    alt=Text(
        en="Bar chart of civilians killed by direct targeting in Mali by year, {period}. {total}. "
        "{most}.",
        fr="Diagramme à barres des civils tués en étant directement visés au Mali par année, "
        "{period}. {total}. {most}.",
    ),
    event=INCIDENT,
    documented=Counting(
        where="target_class = 'civilians' AND event_class IN ('village_attack', 'execution', "
        "'massacre', 'convoy_or_bus_attack', 'market_attack', 'boat_attack')",
        measure="civilians_killed",
        noun=CIVILIANS_KILLED,
        subtitle=Text(
            en="Civilians reported killed {each} in executions, mass killings and attacks on "
            "villages, camps, markets, buses and boats; documented incidents; not a complete count",
            fr="Civils tués selon les sources, {each}, dans des exécutions, des tueries et des "
            "attaques de villages, campements, marchés, bus et bateaux ; incidents documentés ; ce "
            "n’est pas un décompte complet",
        ),
        covers=COMPILED,
        note=Text(
            en="Direct targeting is read from the kind of incident: mines, air strikes, shelling "
            "and unspecified kinds are left out. It is no finding of intent.",
            fr="Le ciblage direct est déduit du type d’incident : mines, frappes aériennes, tirs "
            "d’obus et types non précisés sont exclus. Ce n’est pas un constat d’intention.",
        ),
    ),
    imported=CIVILIANS_TARGETED,
    colour_class="civilians",
    comparisons=(UCDP_CIVILIANS,),
)
