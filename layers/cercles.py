"""The cercles of Mali, second level of its administration; filled from a boundary file."""

from geo.spec import Field, GeometryType, Layer, Source, Style, Text

LAYER = Layer(
    id="cercles",
    title=Text(en="Cercles", fr="Cercles"),
    description=Text(
        en="Cercles of Mali and the district of Bamako. Empty until “atlas boundaries load” "
        "brings a boundary file.",
        fr="Cercles du Mali et district de Bamako. Vide tant que « atlas boundaries load » "
        "n’a pas apporté de fichier de limites.",
    ),
    geometry=GeometryType.POLYGON,
    fields=(
        Field(name="name", title=Text(en="Name", fr="Nom"), required=True),
        Field(
            name="region",
            groups=True,
            title=Text(en="Region", fr="Région"),
            description=Text(
                en="Id of the region that the cercle belongs to.",
                fr="Identifiant de la région dont relève le cercle.",
            ),
            required=True,
        ),
        Field(
            name="pcode",
            title=Text(en="P-code", fr="P-code"),
            description=Text(
                en="Place code as the boundary file gives it; releases differ in their numbers.",
                fr="Code de lieu tel que le donne le fichier de limites ; la numérotation varie "
                "selon les éditions.",
            ),
        ),
    ),
    source=Source(
        title=Text(
            en="Boundary file loaded by the operator, as OCHA COD-AB or geoBoundaries publish it",
            fr="Fichier de limites chargé par l’exploitant, tel que le publient OCHA COD-AB ou "
            "geoBoundaries",
        ),
        licence=Text(
            en="as the file's publisher states", fr="selon ce qu’indique l’éditeur du fichier"
        ),
    ),
    style=Style(colour="#A39E8C", outline="#7D786A", symbol="area", line_px=0.6, min_zoom=5),
    label="name",
)
