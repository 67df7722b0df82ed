"""What the charts of a region count: its events and its deaths, year by year."""

from __future__ import annotations

from app.figures._base import Counting, FigureSpec
from app.figures._countings import COMPILED
from app.maps._nouns import EVENT, PEOPLE_KILLED
from geo.spec import Text

MEASURE = "killed"
# The documented incidents are compiled from what is known, and are no complete count.
_DOCUMENTED = Text(
    en="documented attacks on MINUSMA and incidents with civilian victims; not a complete count",
    fr="attaques documentées contre la MINUSMA et incidents avec des victimes civiles ; ce n’est "
    "pas un décompte complet",
)


def _of(en: str, fr: str, measure: str | None) -> tuple[Counting, Counting]:
    """Count the same in documented incidents, which are no full count, and in data sets."""
    noun = PEOPLE_KILLED if measure else EVENT
    documented = Counting(
        measure=measure,
        noun=noun,
        subtitle=Text(en=f"{en}; {_DOCUMENTED.en}", fr=f"{fr} ; {_DOCUMENTED.fr}"),
        covers=COMPILED,
    )
    said = Text(en=f"{en}, as {{dataset}} counts them", fr=f"{fr}, selon {{dataset}}")
    return documented, Counting(measure=measure, noun=noun, subtitle=said)


def charts_of(name: Text) -> tuple[FigureSpec, FigureSpec]:
    """Declare the charts of a region: its events, and the people killed in them."""
    # The words are filled in like those of any figure; a name is not.
    where = Text(en=_plain(name.en), fr=_plain(name.fr))
    events = _of("Events recorded {each}", "Événements enregistrés {each}", None)
    killed = _of(
        "People reported killed {each}", "Personnes tuées selon les sources, {each}", MEASURE
    )
    return (
        FigureSpec(
            id="region_events",
            figure="region-events",
            kind="bars",
            layer="events",
            title=Text(
                en=f"Conflict events in {where.en}, {{period}}",
                fr=f"Événements de conflit, {where.fr}, {{period}}",
            ),
            alt=_ALT,
            event=EVENT,
            documented=events[0],
            imported=events[1],
        ),
        FigureSpec(
            id="region_deaths",
            figure="region-deaths",
            kind="bars",
            layer="events",
            title=Text(
                en=f"People killed in conflict events in {where.en}, {{period}}",
                fr=f"Personnes tuées dans des événements de conflit, {where.fr}, {{period}}",
            ),
            alt=_ALT,
            event=EVENT,
            documented=killed[0],
            imported=killed[1],
        ),
    )


_ALT = Text(en="{total}. {most}.", fr="{total}. {most}.")


def _plain(name: str) -> str:
    return name.replace("{", "{{").replace("}", "}}")
