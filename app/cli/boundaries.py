"""`atlas boundaries load`: take the cercles from a boundary file and make the regions of them."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli._base import Verb
from geo.errors import ImportRefused

if TYPE_CHECKING:
    import geopandas

    from geo.importing.boundaries import Boundaries, KnownUnit

SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".zip")


def load(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage or shapefile (also zipped)")],
    tolerance_km2: Annotated[
        float, typer.Option(min=0, help="most ground that gaps and overlaps may cover in all")
    ] = 1.0,
    by_name: Annotated[
        bool, typer.Option("--by-name", help="the file numbers cercles anew: ignore its P-codes")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="say what would happen, change nothing")] = False,
) -> None:
    """Load the cercles of a file by OCHA or geoBoundaries; the regions become their unions."""
    from app import cluster, start
    from app.settings import Settings
    from geo import database
    from geo.importing.boundaries import check_boundaries
    from geo.importing.load import load_together

    table = read_boundaries(file)
    found = check_boundaries(
        table, known_cercles(), tolerance_km2=tolerance_km2, codes_count=not by_name
    )
    for note in found.notes:
        typer.echo(note, err=True)
    layers = start.declared_layers()
    settings = Settings.from_environment()
    with cluster.database_url(settings) as url:
        start.prepare(url, settings)
        with database.connect(url) as connection:
            rows = {
                layers["cercles"]: cercle_rows(found, file.name),
                layers["regions"]: region_rows(found, file.name),
            }
            reports = load_together(connection, rows, origin=file.name)
            if dry_run:
                connection.rollback()
    for report in reports:
        typer.echo(f"{report}{' (dry run, nothing was changed)' if dry_run else ''}")


def read_boundaries(file: Path) -> geopandas.GeoDataFrame:
    """Read the layer of a file that names cercles."""
    import geopandas
    import pyogrio

    from geo.importing.boundaries import has_names
    from geo.importing.gdal import check_driver, reading

    if not file.is_file():
        raise ImportRefused(f"{file} is not a file")
    if file.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise ImportRefused(f"{file.name} is of no known kind; readable are {known}")
    if file.suffix.lower() in (".geojson", ".json"):
        return _read_geojson(file)
    with reading(file.name):
        layers = []
        for path in _checked_parts(file):
            for name, _ in pyogrio.list_layers(path):
                info = pyogrio.read_info(path, layer=name)
                check_driver(path, info)
                layers.append((path, str(name), has_names(info["fields"])))
        # A release holds the country, its regions and its cercles as layers of one file.
        suited = [layer for layer in layers if layer[2]] or layers
        path, name, _ = next((at for at in suited if "adm2" in at[1].lower()), suited[0])
        return geopandas.read_file(path, layer=name)


def _read_geojson(file: Path) -> geopandas.GeoDataFrame:
    import geopandas

    from geo.importing.readers import read_file

    rows = list(read_file(file))
    broken = [f"{row.where} {row.problem}" for row in rows if row.problem]
    if broken:
        raise ImportRefused(f"{file.name} has features that cannot be read", broken)
    values = [dict(row.values) for row in rows]
    return geopandas.GeoDataFrame(values, geometry=[row.geometry for row in rows], crs=4326)


def _checked_parts(file: Path) -> list[str]:
    """Give the paths that GDAL may open: the file itself, or those of its kind in an archive."""
    from geo.importing.gdal import DRIVERS, START_BYTES, check_start, first_bytes

    if file.suffix.lower() != ".zip":
        check_start(file.name, first_bytes(file))
        return [str(file)]
    paths = []
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if Path(name).suffix.lower() in DRIVERS:
                    with archive.open(name) as part:
                        check_start(name, part.read(START_BYTES))
                    paths.append(f"/vsizip/{{{file.resolve()}}}/{name}")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise ImportRefused(f"{file.name} cannot be read; is it a whole .zip file?") from None
    if not paths:
        raise ImportRefused(f"{file.name} holds none of {', '.join(DRIVERS)}")
    return paths


def known_cercles() -> list[KnownUnit]:
    """Read the table of cercles and the region that each belongs to."""
    from app.settings import ROOT
    from geo.importing.boundaries import KnownUnit

    path = ROOT / "data" / "admin_boundaries" / "cercles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [KnownUnit.from_row(row) for row in csv.DictReader(file)]


def cercle_rows(found: Boundaries, origin: str) -> list[dict[str, Any]]:
    """Lay the cercles out as rows of their layer."""
    return [
        {
            "id": unit.known.id,
            "name": unit.known.name,
            "region": unit.known.parent,
            "pcode": unit.pcode,
            **_source(origin),
            "geometry": unit.shape,
        }
        for unit in found.units
    ]


def region_rows(found: Boundaries, origin: str) -> list[dict[str, Any]]:
    """Lay the regions out as rows of their layer: new outlines, the properties they have."""
    from app.settings import ROOT

    path = ROOT / "data" / "admin_boundaries" / "regions.geojson"
    regions = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [
        {
            **region["properties"],
            **_source(origin),
            "id": region["id"],
            "geometry": found.parents[region["id"]],
        }
        for region in regions
    ]


def _source(origin: str) -> dict[str, str | None]:
    return {
        "source_title": f"Boundary file {origin}, loaded by the operator",
        "source_url": None,
        "source_licence": "as the file's publisher states",
    }


VERB = Verb(
    id="boundaries",
    about="Bring finer boundaries into the atlas.",
    commands={"load": load},
)
