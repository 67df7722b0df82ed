"""The temporary operating bases and temporary presences of the mission."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time

# Okabe-Ito and Tol colours, those of them that stand out at 3:1 on a light base.
STATUSES = (
    Choice(
        value="stated_tob",
        title=Text(en="temporary operating base", fr="base opérationnelle temporaire"),
        colour="#117733",
    ),
    Choice(
        value="temporary_presence",
        title=Text(en="temporary presence", fr="présence temporaire"),
        colour="#D55E00",
    ),
    Choice(
        value="planned",
        title=Text(en="planned, not set up", fr="prévue, non établie"),
        colour="#6B6B6B",
    ),
)
PRECISIONS = (
    Choice(value="day", title=Text(en="day", fr="jour")),
    Choice(value="month", title=Text(en="month", fr="mois")),
    Choice(value="year", title=Text(en="year", fr="année")),
)

LAYER = Layer(
    id="tobs",
    title=Text(en="Temporary operating bases", fr="Bases opérationnelles temporaires"),
    description=Text(
        en="Temporary operating bases (TOBs) of MINUSMA and stays of its patrols that sources "
        "describe like one. Five have no place below the region and no point.",
        fr="Bases opérationnelles temporaires (TOB) de la MINUSMA et séjours de ses patrouilles "
        "que les sources décrivent de même. Cinq n’ont pas de lieu plus précis que la région et "
        "aucun point.",
    ),
    geometry=GeometryType.POINT,
    window=(-20.0, 3.0, 18.0, 29.0),
    fields=(
        Field(
            name="status",
            title=Text(en="Status", fr="Statut"),
            description=Text(
                en="Whether the source itself speaks of a temporary operating base.",
                fr="Indique si la source parle elle-même d’une base opérationnelle temporaire.",
            ),
            choices=STATUSES,
            required=True,
            indexed=True,
        ),
        Field(
            name="start",
            type=FieldType.DATE,
            title=Text(en="Start", fr="Début"),
            description=Text(
                en="First day of the period where only its month or year is known.",
                fr="Premier jour de la période quand seul le mois ou l’année est connu.",
            ),
        ),
        Field(
            name="start_precision",
            title=Text(en="Precision of the start", fr="Précision du début"),
            choices=PRECISIONS,
        ),
        Field(
            name="start_not_before",
            type=FieldType.DATE,
            title=Text(en="Started at the earliest", fr="Début au plus tôt"),
        ),
        Field(
            name="start_not_after",
            type=FieldType.DATE,
            title=Text(en="Started at the latest", fr="Début au plus tard"),
        ),
        Field(
            name="end",
            type=FieldType.DATE,
            title=Text(en="End", fr="Fin"),
            description=Text(
                en="Last day of the period where only its month or year is known.",
                fr="Dernier jour de la période quand seul le mois ou l’année est connu.",
            ),
        ),
        Field(
            name="end_precision",
            title=Text(en="Precision of the end", fr="Précision de la fin"),
            choices=PRECISIONS,
        ),
        Field(
            name="end_not_before",
            type=FieldType.DATE,
            title=Text(en="Ended at the earliest", fr="Fin au plus tôt"),
        ),
        Field(
            name="end_not_after",
            type=FieldType.DATE,
            title=Text(en="Ended at the latest", fr="Fin au plus tard"),
        ),
        Field(
            name="attack_id",
            title=Text(en="Attack on it", fr="Attaque subie"),
            description=Text(
                en="Id of the event that struck it.",
                fr="Identifiant de l’événement qui l’a frappée.",
            ),
        ),
        Field(
            name="contingents",
            title=Text(en="Contingents", fr="Contingents"),
            description=Text(
                en="Countries of the units, parted by semicolons.",
                fr="Pays des unités, séparés par des points-virgules.",
            ),
        ),
        Field(
            name="contingents_note",
            title=Text(en="Note on the contingents", fr="Remarque sur les contingents"),
        ),
        Field(name="operation", title=Text(en="Operation", fr="Opération")),
        Field(name="purpose", title=Text(en="Purpose", fr="But")),
        Field(name="place", title=Text(en="Place", fr="Lieu"), required=True),
        Field(name="place_fr", title=Text(en="Place in French", fr="Lieu en français")),
        Field(name="near", title=Text(en="Near", fr="Près de")),
        Field(
            name="place_ref",
            title=Text(en="Gazetteer places", fr="Lieux du répertoire"),
            description=Text(
                en="Ids in the layer of places, parted by semicolons; several are the nodes of a "
                "road.",
                fr="Identifiants dans la couche des lieux, séparés par des points-virgules ; "
                "plusieurs lieux jalonnent une route.",
            ),
        ),
        Field(
            name="region",
            groups=True,
            title=Text(en="Region", fr="Région"),
            description=Text(en="Id of today’s region.", fr="Identifiant de la région actuelle."),
            indexed=True,
        ),
        Field(
            name="unlocated_reason",
            title=Text(en="Why there is no point", fr="Pourquoi il n’y a pas de point"),
        ),
        Field(
            name="geocode_note",
            title=Text(en="Note on the point", fr="Remarque sur le point"),
        ),
        Field(name="source2_title", title=Text(en="Second source", fr="Seconde source")),
        Field(
            name="source2_url",
            type=FieldType.URL,
            title=Text(en="Its address", fr="Son adresse"),
        ),
        Field(name="confidence", title=Text(en="Confidence", fr="Fiabilité")),
        Field(name="notes", title=Text(en="Notes", fr="Remarques")),
    ),
    source=Source(
        title=Text(
            en="Temporary bases of MINUSMA, compiled from UN, press and research sources cited "
            "row by row",
            fr="Bases temporaires de la MINUSMA, compilées à partir de sources de l’ONU, de la "
            "presse et de la recherche, citées ligne par ligne",
        ),
        licence=Text(
            en="CC BY 4.0; each row names its source and its terms",
            fr="CC BY 4.0 ; chaque ligne nomme sa source et ses conditions",
        ),
    ),
    style=Style(
        colour="#117733",
        outline="#FFFFFF",
        symbol="triangle",
        radius_px=6.0,
        colour_by="status",
        labelled=True,
        label_zoom=7,
    ),
    label="place",
    time=Time(
        kind="span",
        start="start",
        end="end",
        start_earliest="start_not_before",
        start_latest="start_not_after",
        end_earliest="end_not_before",
        end_latest="end_not_after",
    ),
    data=("sites/tobs.csv",),
)
