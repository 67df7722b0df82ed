"""The events whose target was the mission: a filter over `events`, not a second copy."""

from geo.spec import LayerView, Style, Text

LAYER = LayerView(
    id="attacks",
    title=Text(en="Attacks on the mission", fr="Attaques contre la mission"),
    description=Text(
        en="Attacks on MINUSMA, its people, convoys, camps and contractors, 2013 to 2023: the "
        "events whose target is the mission.",
        fr="Attaques contre la MINUSMA, son personnel, ses convois, ses camps et ses "
        "prestataires, de 2013 à 2023 : les événements dont la cible est la mission.",
    ),
    parent="events",
    where={"target_class": "mission"},
    style=Style(
        colour="#D55E00",
        outline="#FFFFFF",
        symbol="circle",
        radius_px=5.0,
        colour_by="event_class",
        adds=("killed",),
        value_px=3.0,
    ),
    without=("civilians_killed_low", "civilians_killed_best", "civilians_killed_high"),
)
