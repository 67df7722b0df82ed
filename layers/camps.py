"""The camps, headquarters and bases of the mission."""

from datetime import date

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time

# Okabe-Ito and Tol colours, those of them that stand out at 3:1 on a light base.
KINDS = (
    Choice(
        value="hq", title=Text(en="mission headquarters", fr="quartier général"), colour="#332288"
    ),
    Choice(
        value="sector_hq",
        title=Text(en="sector headquarters", fr="quartier général de secteur"),
        colour="#0072B2",
    ),
    Choice(value="supercamp", title=Text(en="supercamp", fr="supercamp"), colour="#882255"),
    Choice(value="base", title=Text(en="base", fr="base"), colour="#117733"),
    Choice(value="outpost", title=Text(en="outpost", fr="poste avancé"), colour="#D55E00"),
)
SECTORS = (
    Choice(value="bamako", title=Text(en="Bamako", fr="Bamako")),
    Choice(value="north", title=Text(en="North", fr="Nord")),
    Choice(value="east", title=Text(en="East", fr="Est")),
    Choice(value="west", title=Text(en="West", fr="Ouest")),
    Choice(value="centre", title=Text(en="Centre", fr="Centre")),
)
PRECISIONS = (
    Choice(value="day", title=Text(en="day", fr="jour")),
    Choice(value="month", title=Text(en="month", fr="mois")),
    Choice(value="year", title=Text(en="year", fr="année")),
)

LAYER = Layer(
    id="camps",
    title=Text(en="Camps of the mission", fr="Camps de la mission"),
    description=Text(
        en="Headquarters, camps and bases of MINUSMA from 2013 to 2023, with the time each was "
        "in use as far as sources tell. A camp without a closing date is still open.",
        fr="Quartiers généraux, camps et bases de la MINUSMA de 2013 à 2023, avec la période "
        "d’utilisation que donnent les sources. Un camp sans date de fermeture reste ouvert.",
    ),
    geometry=GeometryType.POINT,
    window=(-20.0, 3.0, 18.0, 29.0),
    fields=(
        Field(name="name", title=Text(en="Name", fr="Nom"), required=True),
        Field(
            name="kind",
            title=Text(en="Kind", fr="Type"),
            choices=KINDS,
            required=True,
            indexed=True,
        ),
        Field(name="sector", title=Text(en="Sector", fr="Secteur"), choices=SECTORS),
        Field(
            name="opened",
            type=FieldType.DATE,
            title=Text(en="Opened", fr="Ouverture"),
            description=Text(
                en="First day of the period where only its month or year is known.",
                fr="Premier jour de la période quand seul le mois ou l’année est connu.",
            ),
        ),
        Field(
            name="opened_precision",
            title=Text(en="Precision of the opening", fr="Précision de l’ouverture"),
            choices=PRECISIONS,
        ),
        Field(
            name="opened_not_after",
            type=FieldType.DATE,
            title=Text(en="Opened at the latest", fr="Ouverture au plus tard"),
            description=Text(
                en="The camp is known to have existed by this day.",
                fr="On sait que le camp existait à cette date.",
            ),
        ),
        Field(
            name="closed",
            type=FieldType.DATE,
            title=Text(en="Closed", fr="Fermeture"),
            description=Text(
                en="Last day of the period where only its month or year is known.",
                fr="Dernier jour de la période quand seul le mois ou l’année est connu.",
            ),
        ),
        Field(
            name="closed_precision",
            title=Text(en="Precision of the closing", fr="Précision de la fermeture"),
            choices=PRECISIONS,
        ),
        Field(
            name="closed_not_before",
            type=FieldType.DATE,
            title=Text(en="Closed at the earliest", fr="Fermeture au plus tôt"),
        ),
        Field(name="date_note", title=Text(en="Note on the dates", fr="Remarque sur les dates")),
        Field(
            name="contingents",
            title=Text(en="Contingents", fr="Contingents"),
            description=Text(
                en="Countries of the units stationed there at any time, parted by semicolons.",
                fr="Pays des unités qui y ont stationné, séparés par des points-virgules.",
            ),
        ),
        Field(
            name="contingents_note",
            title=Text(en="Note on the contingents", fr="Remarque sur les contingents"),
        ),
        Field(
            name="medical",
            title=Text(en="Medical facility", fr="Structure médicale"),
            choices=(
                Choice(value="level2", title=Text(en="level 2 hospital", fr="hôpital de niveau 2")),
            ),
        ),
        Field(
            name="medical_note",
            title=Text(en="Note on the medical facility", fr="Remarque sur la structure médicale"),
        ),
        Field(
            name="medical_source_title",
            title=Text(en="Source on the medical facility", fr="Source sur la structure médicale"),
        ),
        Field(
            name="medical_source_url",
            type=FieldType.URL,
            title=Text(en="Its address", fr="Son adresse"),
        ),
        Field(
            name="helicopters",
            type=FieldType.BOOLEAN,
            title=Text(en="Helicopters", fr="Hélicoptères"),
            description=Text(
                en="A source places helicopters there. Empty: not stated.",
                fr="Une source y situe des hélicoptères. Vide : non précisé.",
            ),
        ),
        Field(
            name="helicopters_note",
            title=Text(en="Note on the helicopters", fr="Remarque sur les hélicoptères"),
        ),
        Field(
            name="helicopters_source_title",
            title=Text(en="Source on the helicopters", fr="Source sur les hélicoptères"),
        ),
        Field(
            name="helicopters_source_url",
            type=FieldType.URL,
            title=Text(en="Its address", fr="Son adresse"),
        ),
        Field(
            name="tob_id",
            title=Text(
                en="Same site among the temporary bases", fr="Même site parmi les bases temporaires"
            ),
        ),
        Field(name="place", title=Text(en="Place", fr="Lieu"), required=True),
        Field(name="place_fr", title=Text(en="Place in French", fr="Lieu en français")),
        Field(
            name="site",
            title=Text(en="Spot", fr="Emplacement"),
            description=Text(
                en="Where inside the place.", fr="Endroit précis à l’intérieur du lieu."
            ),
        ),
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
            description=Text(en="Id of today’s region.", fr="Identifiant de la région actuelle."),
            indexed=True,
        ),
        Field(
            name="geocode_note",
            title=Text(en="Note on the point", fr="Remarque sur le point"),
        ),
        Field(name="confidence", title=Text(en="Confidence", fr="Fiabilité")),
        Field(name="notes", title=Text(en="Notes", fr="Remarques")),
    ),
    source=Source(
        title=Text(
            en="Camps of MINUSMA, compiled from UN, press and research sources cited row by row",
            fr="Camps de la MINUSMA, compilés à partir de sources de l’ONU, de la presse et de la "
            "recherche, citées ligne par ligne",
        ),
        licence=Text(
            en="CC BY 4.0; each row names its source and its terms",
            fr="CC BY 4.0 ; chaque ligne nomme sa source et ses conditions",
        ),
    ),
    style=Style(
        colour="#0072B2",
        outline="#FFFFFF",
        symbol="square",
        radius_px=6.0,
        colour_by="kind",
        labelled=True,
        label_zoom=6,
    ),
    label="name",
    time=Time(
        kind="span",
        start="opened",
        end="closed",
        start_latest="opened_not_after",
        end_earliest="closed_not_before",
        stays_open=True,
        # The day on which MINUSMA began.
        not_before=date(2013, 7, 1),
    ),
    data=("sites/camps.csv",),
)
