"""Counts of events by month and area that others made; no events, and never drawn as such."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time

LAYER = Layer(
    id="monthly_counts",
    title=Text(en="Monthly counts", fr="Décomptes mensuels"),
    description=Text(
        en="Numbers of events and deaths by month, area and kind, counted by others, as the "
        "Humanitarian Data Exchange passes them on. Aggregates, not events: kinds overlap, so "
        "that they must not be added up, nor counted together with events. Empty until they are "
        "brought in.",
        fr="Nombres d’événements et de morts par mois, zone et type, comptés par d’autres, tels "
        "que les transmet la plateforme Humanitarian Data Exchange. Ce sont des agrégats, non "
        "des événements : les types se recoupent, si bien qu’il ne faut ni les additionner ni "
        "les compter avec les événements. Vide tant que rien n’a été importé.",
    ),
    geometry=GeometryType.NONE,
    fields=(
        Field(
            name="period_start",
            type=FieldType.DATE,
            title=Text(en="Start of the period", fr="Début de la période"),
            required=True,
        ),
        Field(
            name="period_end",
            type=FieldType.DATE,
            title=Text(en="End of the period", fr="Fin de la période"),
            required=True,
        ),
        Field(
            name="kind",
            title=Text(en="What is counted", fr="Ce qui est compté"),
            choices=(
                Choice(
                    value="political_violence",
                    title=Text(en="political violence", fr="violences politiques"),
                ),
                Choice(
                    value="civilian_targeting",
                    title=Text(en="violence against civilians", fr="violences contre des civils"),
                ),
                Choice(value="demonstration", title=Text(en="demonstrations", fr="manifestations")),
            ),
            required=True,
            indexed=True,
        ),
        Field(
            name="events",
            type=FieldType.INTEGER,
            minimum=0,
            title=Text(en="Events", fr="Événements"),
            required=True,
        ),
        Field(
            name="fatalities",
            type=FieldType.INTEGER,
            minimum=0,
            unit="persons",
            title=Text(en="Killed, as reported", fr="Tués, selon les sources"),
            description=Text(
                en="Sum of the reported figures; an event without a figure adds nothing. Empty "
                "where the file has none.",
                fr="Somme des chiffres rapportés ; un événement sans chiffre n’ajoute rien. Vide "
                "si le fichier n’en donne pas.",
            ),
        ),
        Field(
            name="country",
            groups=True,
            title=Text(en="Country", fr="Pays"),
            description=Text(en="Code of three letters.", fr="Code à trois lettres."),
            required=True,
        ),
        Field(
            name="admin_level",
            type=FieldType.INTEGER,
            minimum=0,
            title=Text(en="Level of the area", fr="Niveau de la zone"),
            description=Text(
                en="0 the country, 1 a region, 2 a cercle or the like.",
                fr="0 le pays, 1 une région, 2 un cercle ou l’équivalent.",
            ),
            required=True,
        ),
        Field(
            name="region_stated",
            groups=True,
            title=Text(en="Region as stated", fr="Région indiquée"),
        ),
        Field(
            name="cercle_stated",
            groups=True,
            title=Text(en="Cercle as stated", fr="Cercle indiqué"),
        ),
        Field(
            name="pcode",
            title=Text(en="P-code", fr="P-code"),
            description=Text(
                en="Place code as the file gives it; releases differ in their numbers.",
                fr="Code de lieu tel que le donne le fichier ; la numérotation varie selon les "
                "éditions.",
            ),
        ),
        Field(
            name="warning",
            title=Text(en="Remark of the publisher", fr="Remarque de l’éditeur"),
        ),
    ),
    source=Source(
        title=Text(
            en="Conflict events by month of HDX HAPI, which counts ACLED’s",
            fr="Événements de conflit par mois de HDX HAPI, qui compte ceux d’ACLED",
        ),
        licence=Text(
            en="as HDX states for the file; attribute ACLED and HDX",
            fr="selon ce qu’indique HDX pour le fichier ; citer ACLED et HDX",
        ),
        url="https://data.humdata.org/",
        attribution="ACLED, HDX",
    ),
    style=Style(colour="#4D4D4D", outline="#FFFFFF"),
    label="kind",
    time=Time(kind="span", start="period_start", end="period_end"),
)
