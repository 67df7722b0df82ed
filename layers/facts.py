"""Dated facts on the mission and the conflict, out of five research reports."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time

KINDS = (
    Choice(value="mandate", title=Text(en="mandate", fr="mandat")),
    Choice(value="mission", title=Text(en="head of the mission", fr="direction de la mission")),
    Choice(value="strength", title=Text(en="strength", fr="effectifs")),
    Choice(value="base", title=Text(en="bases and units", fr="bases et unités")),
    Choice(
        value="tob", title=Text(en="temporary operating base", fr="base opérationnelle temporaire")
    ),
    Choice(value="operation", title=Text(en="operation", fr="opération")),
    Choice(
        value="restrictions",
        title=Text(en="restrictions on the mission", fr="restrictions imposées à la mission"),
    ),
    Choice(value="intervention", title=Text(en="intervention", fr="intervention")),
    Choice(value="conflict", title=Text(en="course of the conflict", fr="cours du conflit")),
    Choice(value="coup", title=Text(en="coup", fr="coup d’État")),
    Choice(value="agreement", title=Text(en="agreement", fr="accord")),
    Choice(value="local_agreement", title=Text(en="local agreement", fr="accord local")),
    Choice(value="meeting", title=Text(en="meeting", fr="réunion")),
    Choice(value="attack", title=Text(en="attack", fr="attaque")),
    Choice(
        value="attack_on_minusma",
        title=Text(en="attack on the mission", fr="attaque contre la mission"),
    ),
    Choice(
        value="attack_on_civilians",
        title=Text(en="attack on civilians", fr="attaque contre des civils"),
    ),
    Choice(
        value="attack_on_others",
        title=Text(en="attack on others", fr="attaque contre d’autres cibles"),
    ),
    Choice(value="air_strike", title=Text(en="air strike", fr="frappe aérienne")),
    Choice(value="clash", title=Text(en="clash", fr="affrontement")),
    Choice(value="killing", title=Text(en="killing", fr="homicide")),
)

LAYER = Layer(
    id="facts",
    title=Text(en="Facts from reports", fr="Faits tirés de rapports"),
    description=Text(
        en="Dated facts on the mission and the conflict, taken from five research reports of "
        "2015 to 2023. Some repeat an event; do not count them together with the events.",
        fr="Faits datés sur la mission et le conflit, tirés de cinq rapports de recherche de 2015 "
        "à 2023. Certains répètent un événement ; ne pas les compter avec les événements.",
    ),
    geometry=GeometryType.POINT,
    window=(-20.0, 3.0, 18.0, 29.0),
    fields=(
        Field(
            name="date",
            type=FieldType.DATE,
            title=Text(en="Date", fr="Date"),
            description=Text(
                en="First day on which it may have happened.",
                fr="Premier jour où le fait a pu se produire.",
            ),
        ),
        Field(
            name="date_end",
            type=FieldType.DATE,
            title=Text(en="Last day", fr="Dernier jour"),
            description=Text(
                en="Last day on which it may have happened; empty where the day is known.",
                fr="Dernier jour où le fait a pu se produire ; vide si le jour est connu.",
            ),
        ),
        Field(
            name="kind",
            title=Text(en="Kind", fr="Type"),
            choices=KINDS,
            required=True,
            indexed=True,
        ),
        Field(name="fact", title=Text(en="Fact", fr="Fait"), required=True),
        Field(name="place", title=Text(en="Place", fr="Lieu"), required=True),
        Field(name="place_fr", title=Text(en="Place in French", fr="Lieu en français")),
        Field(
            name="place_ref",
            title=Text(en="Gazetteer places", fr="Lieux du répertoire"),
            description=Text(
                en="Ids in the layer of places, parted by semicolons.",
                fr="Identifiants dans la couche des lieux, séparés par des points-virgules.",
            ),
        ),
        Field(
            name="region",
            groups=True,
            title=Text(en="Region", fr="Région"),
            description=Text(
                en="Id of today’s region; empty for a wider area.",
                fr="Identifiant de la région actuelle ; vide pour une zone plus large.",
            ),
            indexed=True,
        ),
        Field(name="geocode_note", title=Text(en="Note on the point", fr="Remarque sur le point")),
    ),
    source=Source(
        title=Text(
            en="Reports of EPON, IPI/Stimson/Security Council Report, NUPI and UNU-CPR/Stimson, "
            "2015 to 2023, cited row by row",
            fr="Rapports d’EPON, d’IPI/Stimson/Security Council Report, de NUPI et "
            "d’UNU-CPR/Stimson, de 2015 à 2023, cités ligne par ligne",
        ),
        licence=Text(
            en="CC BY 4.0; each row names its source and its terms",
            fr="CC BY 4.0 ; chaque ligne nomme sa source et ses conditions",
        ),
    ),
    style=Style(colour="#4D4D4D", outline="#FFFFFF", symbol="circle", radius_px=4.0),
    label="fact",
    time=Time(kind="event", start="date", end="date_end"),
    data=("context/facts.csv",),
)
