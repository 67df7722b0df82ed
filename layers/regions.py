"""The regions of Mali, as the atlas counts by them."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text

LAYER = Layer(
    id="regions",
    title=Text(en="Regions", fr="Régions"),
    description=Text(
        en="Regions of Mali and the district of Bamako. The lines that come with the atlas are "
        "generalised to about 2 km and not authoritative; each region names its source, and "
        "“atlas boundaries load” brings finer ones.",
        fr="Régions du Mali et district de Bamako. Les lignes fournies avec l’atlas sont "
        "généralisées à environ 2 km et ne font pas autorité ; chaque région indique sa source, "
        "et « atlas boundaries load » en apporte de plus fines.",
    ),
    geometry=GeometryType.POLYGON,
    fields=(
        Field(name="name", title=Text(en="Name", fr="Nom"), required=True),
        Field(name="name_fr", title=Text(en="French name", fr="Nom français"), required=True),
        Field(
            name="kind",
            title=Text(en="Kind", fr="Type"),
            choices=(
                Choice(value="region", title=Text(en="region", fr="région")),
                Choice(value="district", title=Text(en="district", fr="district")),
            ),
            required=True,
        ),
        Field(
            name="mission",
            type=FieldType.BOOLEAN,
            title=Text(en="Region of the mission", fr="Région de la mission"),
            description=Text(
                en="One of the eight regions that the atlas is centred on.",
                fr="L’une des huit régions sur lesquelles l’atlas est centré.",
            ),
            required=True,
        ),
        Field(
            name="note",
            title=Text(en="Note", fr="Remarque"),
            description=Text(
                en="Which newer regions lie within the outline.",
                fr="Régions plus récentes comprises dans le contour.",
            ),
        ),
        Field(name="note_fr", title=Text(en="Note in French", fr="Remarque en français")),
    ),
    source=Source(
        title=Text(
            en="Cercle limits of 2017, DNCT/OCHA, as published by geoBoundaries; generalised",
            fr="Limites des cercles de 2017, DNCT/OCHA, telles que les publie geoBoundaries ; "
            "généralisées",
        ),
        licence="CC BY 4.0",
        url="https://www.geoboundaries.org/",
        attribution="DNCT / OCHA, geoBoundaries",
    ),
    style=Style(colour="#8A8573", outline="#6E6A5E", symbol="area", labelled=True, label_zoom=3.5),
    label="name",
    data=("admin_boundaries/regions.geojson",),
)
