"""What the figures of attacks on the mission count."""

from __future__ import annotations

from app.figures._base import Counting
from app.figures._countings import ATTACKS_DOCUMENTED_COVER, IN_MALI
from app.maps._nouns import ATTACK, KILLED, PEOPLE_KILLED
from geo.spec import Text

FATALITIES_DOCUMENTED = Counting(
    measure="peacekeepers_killed",
    noun=KILLED,
    subtitle=Text(
        en="Peacekeepers reported killed {each}; documented fatal attacks; not a complete count; "
        "other people killed are not counted",
        fr="Casques bleus tués selon les sources, {each} ; attaques meurtrières documentées ; ce "
        "n’est pas un décompte complet ; les autres personnes tuées ne sont pas comptées",
    ),
    covers=ATTACKS_DOCUMENTED_COVER,
)
FATALITIES_IMPORTED = Counting(
    where=IN_MALI,
    measure="killed",
    noun=PEOPLE_KILLED,
    subtitle=Text(
        en="All people reported killed {each}, as {dataset} counts them; peacekeepers are not "
        "counted apart",
        fr="Toutes les personnes tuées, {each}, telles que {dataset} les compte ; les Casques "
        "bleus ne sont pas comptés à part",
    ),
)
ATTACKS_DOCUMENTED = Counting(
    noun=ATTACK,
    subtitle=Text(
        en="Number of attacks {each}; documented attacks; not a complete count",
        fr="Nombre d’attaques {each} ; attaques documentées ; ce n’est pas un décompte complet",
    ),
    covers=ATTACKS_DOCUMENTED_COVER,
)
ATTACKS_IMPORTED = Counting(
    where=IN_MALI,
    noun=ATTACK,
    subtitle=Text(
        en="Number of attacks {each}, as {dataset} counts them",
        fr="Nombre d’attaques {each}, telles que {dataset} les compte",
    ),
)
