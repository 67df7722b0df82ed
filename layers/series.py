"""Published figures over time: deaths, attacks, strength; counts that others made."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time

LAYER = Layer(
    id="series",
    title=Text(en="Published figures", fr="Chiffres publiés"),
    description=Text(
        en="Figures that the UN, human-rights bodies, researchers and the press published about "
        "the mission and about civilian harm, each as its source states it. Scopes differ: do "
        "not add or join figures of different metrics.",
        fr="Chiffres publiés par l’ONU, des organisations de droits humains, des chercheurs et "
        "la presse sur la mission et les dommages aux civils, tels que la source les énonce. "
        "Les périmètres diffèrent : ne pas additionner ni raccorder des mesures différentes.",
    ),
    geometry=GeometryType.NONE,
    fields=(
        Field(
            name="metric",
            title=Text(en="Metric", fr="Mesure"),
            description=Text(
                en="Slug of what is counted and by whom.",
                fr="Identifiant de ce qui est compté et par qui.",
            ),
            required=True,
            indexed=True,
        ),
        Field(
            name="metric_label",
            title=Text(en="What is counted", fr="Ce qui est compté"),
            required=True,
        ),
        Field(
            name="period_start",
            type=FieldType.DATE,
            title=Text(en="Start of the period", fr="Début de la période"),
        ),
        Field(
            name="period_end",
            type=FieldType.DATE,
            title=Text(en="End of the period", fr="Fin de la période"),
        ),
        Field(
            name="period_text",
            title=Text(en="Period as given", fr="Période telle que donnée"),
            required=True,
        ),
        Field(
            name="period_note", title=Text(en="Note on the period", fr="Remarque sur la période")
        ),
        Field(
            name="value",
            type=FieldType.NUMBER,
            title=Text(en="Value", fr="Valeur"),
            description=Text(
                en="Empty where the source gives only a range.",
                fr="Vide quand la source ne donne qu’une fourchette.",
            ),
        ),
        Field(name="value_low", type=FieldType.NUMBER, title=Text(en="Lowest", fr="Minimum")),
        Field(name="value_high", type=FieldType.NUMBER, title=Text(en="Highest", fr="Maximum")),
        Field(
            name="bound",
            title=Text(en="How to read the value", fr="Lecture de la valeur"),
            choices=(
                Choice(value="at_least", title=Text(en="at least", fr="au moins")),
                Choice(value="more_than", title=Text(en="more than", fr="plus de")),
                Choice(value="nearly", title=Text(en="nearly", fr="près de")),
            ),
        ),
        Field(
            name="unit",
            title=Text(en="Unit", fr="Unité"),
            choices=(
                Choice(value="persons", title=Text(en="persons", fr="personnes")),
                Choice(
                    value="persons_killed_or_injured",
                    title=Text(en="persons killed or injured", fr="personnes tuées ou blessées"),
                ),
                Choice(value="attacks", title=Text(en="attacks", fr="attaques")),
                Choice(value="incidents", title=Text(en="incidents", fr="incidents")),
                Choice(value="cases", title=Text(en="cases", fr="cas")),
                Choice(value="agreements", title=Text(en="agreements", fr="accords")),
                Choice(value="percent", title=Text(en="per cent", fr="pour cent")),
            ),
            required=True,
        ),
        Field(
            name="scope",
            title=Text(en="Scope", fr="Périmètre"),
            description=Text(
                en="Where and whom the figure covers, and what else the source says of it.",
                fr="Lieux et personnes que couvre le chiffre, et ce que la source en dit d’autre.",
            ),
        ),
        Field(name="confidence", title=Text(en="Confidence", fr="Fiabilité")),
    ),
    source=Source(
        title=Text(
            en="Figures published by the UN, human-rights bodies, UCDP, researchers and the "
            "press, cited row by row",
            fr="Chiffres publiés par l’ONU, des organisations de défense des droits humains, "
            "l’UCDP, des chercheurs et la presse, cités ligne par ligne",
        ),
        licence=Text(
            en="CC BY 4.0; each row names its source and its terms",
            fr="CC BY 4.0 ; chaque ligne nomme sa source et ses conditions",
        ),
    ),
    style=Style(colour="#0072B2", outline="#FFFFFF"),
    label="metric_label",
    time=Time(kind="span", start="period_start", end="period_end"),
    data=("context/series.csv",),
)
