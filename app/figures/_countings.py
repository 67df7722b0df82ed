"""What several figures count, in the words that they share."""

from __future__ import annotations

from datetime import date

from app.figures._base import Comparison, Counting
from app.maps._nouns import CIVILIANS_KILLED, PEOPLE_KILLED
from geo.spec import Text

# The mission began on 1 July 2013 and ended on 31 December 2023.
MISSION_BEGAN = date(2013, 7, 1)
MISSION_ENDED = date(2023, 12, 31)
MISSION = Text(en="when the mission began", fr="début de la mission")
# The years that the documented incidents with civilian victims were compiled for.
COMPILED = (date(2012, 1, 1), date(2023, 12, 31))

CIVILIANS_DOCUMENTED = Counting(
    where="target_class = 'civilians'",
    measure="civilians_killed",
    noun=CIVILIANS_KILLED,
    subtitle=Text(
        en="Civilians reported killed {each}; documented incidents with civilian victims; not a "
        "complete count",
        fr="Civils tués selon les sources, {each} ; incidents documentés avec des victimes "
        "civiles ; ce n’est pas un décompte complet",
    ),
    covers=COMPILED,
)
# Data sets may be of more countries.
IN_MALI = "country = 'Mali'"
# Data sets that count everyone who was killed, and say whether civilians were aimed at.
CIVILIANS_TARGETED = Counting(
    where=f"civilians_targeted = TRUE AND {IN_MALI}",
    measure="killed",
    noun=PEOPLE_KILLED,
    subtitle=Text(
        en="People reported killed {each} in events whose main or only target was civilians, by "
        "the coding of {dataset}",
        fr="Personnes tuées selon les sources, {each}, dans les événements dont la cible "
        "principale ou unique était des civils, selon le codage de {dataset}",
    ),
)
CIVILIANS_OF_UCDP = Counting(
    where=IN_MALI,
    measure="civilians_killed",
    noun=CIVILIANS_KILLED,
    subtitle=Text(
        en="Civilians reported killed {each} in events of organised violence, best estimate of "
        "{dataset}",
        fr="Civils tués selon les sources, {each}, dans les événements de violence organisée, "
        "meilleure estimation de {dataset}",
    ),
)
ATTACKS_DOCUMENTED_COVER = (MISSION_BEGAN, MISSION_ENDED)

UCDP_CIVILIANS = Comparison(
    metric="ucdp_civilians_killed_best",
    title=Text(
        en="civilians killed in organised violence in all of Mali, UCDP, best estimate",
        fr="civils tués dans la violence organisée, tout le Mali, UCDP, meilleure estimation",
    ),
)
UCDP_DEATHS = Comparison(
    metric="ucdp_deaths_best",
    title=Text(
        en="deaths in organised violence in all of Mali, UCDP, best estimate",
        fr="décès dans la violence organisée, tout le Mali, UCDP, meilleure estimation",
    ),
)
UCDP_BATTLE_DEATHS = Comparison(
    metric="ucdp_battle_related_deaths_wdi",
    title=Text(
        en="battle-related deaths in all of Mali, UCDP as a World Bank indicator",
        fr="décès liés aux combats, tout le Mali, UCDP repris par la Banque mondiale",
    ),
)
HUMAN_RIGHTS_KILLED = Comparison(
    metric="minusma_hr_civilians_killed",
    title=Text(
        en="people killed in violations and abuses that MINUSMA documented",
        fr="personnes tuées lors de violations et d’atteintes documentées par la MINUSMA",
    ),
)
PEACEKEEPERS_DELIBERATE = Comparison(
    metric="peacekeepers_killed_deliberate_attacks",
    title=Text(
        en="peacekeepers killed in deliberate attacks, UN staff union",
        fr="Casques bleus tués dans des attaques délibérées, syndicat du personnel de l’ONU",
    ),
)
PEACEKEEPERS_MALICIOUS = Comparison(
    metric="peacekeepers_killed_malicious_acts",
    title=Text(
        en="peacekeepers killed by malicious acts",
        fr="Casques bleus tués par des actes de malveillance",
    ),
)
