"""The gazetteer: the named places that rows of the other layers refer to."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text

LAYER = Layer(
    id="places",
    title=Text(en="Places", fr="Lieux"),
    description=Text(
        en="Named places that the camps, bases, events and facts refer to, each with where its "
        "point comes from and how good it is.",
        fr="Lieux nommés auxquels renvoient les camps, les bases, les événements et les faits, "
        "avec l’origine et la qualité de chaque point.",
    ),
    geometry=GeometryType.POINT,
    window=(-20.0, 3.0, 18.0, 29.0),
    fields=(
        Field(name="name", title=Text(en="Name", fr="Nom"), required=True),
        Field(name="name_fr", title=Text(en="French name", fr="Nom français"), required=True),
        Field(
            name="kind",
            title=Text(en="Kind", fr="Type"),
            choices=(
                Choice(value="city", title=Text(en="city", fr="grande ville"), label_zoom=5),
                Choice(value="town", title=Text(en="town", fr="ville"), label_zoom=6),
                Choice(value="village", title=Text(en="village", fr="village")),
                Choice(value="airport", title=Text(en="airport", fr="aéroport")),
                Choice(value="camp", title=Text(en="camp", fr="camp")),
                Choice(value="incident_site", title=Text(en="incident site", fr="lieu d’incident")),
            ),
            required=True,
        ),
        Field(
            name="computed",
            type=FieldType.BOOLEAN,
            title=Text(en="Computed point", fr="Point calculé"),
            description=Text(
                en="The point was laid out from a distance and direction that a source gives.",
                fr="Le point a été reporté d’après une distance et une direction données par une "
                "source.",
            ),
            required=True,
        ),
        Field(
            name="region",
            groups=True,
            title=Text(en="Region", fr="Région"),
            description=Text(en="Id of today’s region.", fr="Identifiant de la région actuelle."),
            required=True,
        ),
        Field(
            name="original_url",
            type=FieldType.URL,
            title=Text(en="Original page", fr="Page d’origine"),
            description=Text(
                en="Page that the source is a copy of; it was not opened itself.",
                fr="Page dont la source est une copie ; elle n’a pas été ouverte elle-même.",
            ),
        ),
        Field(name="geonames_id", title=Text(en="GeoNames id", fr="Identifiant GeoNames")),
        Field(name="note", title=Text(en="Note", fr="Remarque")),
    ),
    source=Source(
        title=Text(
            en="Gazetteer compiled from GeoNames, airport tables, copies of Wikipedia articles "
            "and press pages, cited row by row",
            fr="Répertoire de lieux compilé à partir de GeoNames, de tables d’aéroports, de copies "
            "d’articles de Wikipédia et de pages de presse, cités ligne par ligne",
        ),
        licence=Text(
            en="per row: CC BY 4.0, CC BY-SA 4.0 or MIT",
            fr="selon la ligne : CC BY 4.0, CC BY-SA 4.0 ou MIT",
        ),
        attribution=Text(
            en="GeoNames, Wikipedia contributors", fr="GeoNames, contributeurs de Wikipédia"
        ),
    ),
    style=Style(
        colour="#3D3D3D",
        outline="#FFFFFF",
        symbol="circle",
        radius_px=3.0,
        colour_by="kind",
        labelled=True,
        min_zoom=5,
        label_zoom=7.5,
    ),
    label="name",
    data=("places/places.csv",),
)
