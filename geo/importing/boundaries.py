"""Check a file of administrative units and make their parent areas as unions of them.

Pure: no database, no files, no layer by name. What the units are, how they may be spelt and which
area each belongs to comes in a table; here they are called units and parents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import ImportRefused
from geo.importing.coverage import as_multipolygon, find_faults, mend, union

if TYPE_CHECKING:
    import geopandas

# As OCHA COD-AB, geoBoundaries and older files of either call them, best first.
NAME_COLUMNS = (
    *("adm2_fr", "adm2_en", "adm2_name", "adm2_name_fr", "adm2_name1", "adm2_ref_name"),
    *("admin2Name_fr", "admin2Name_en", "admin2Name", "admin2RefN", "shapeName", "adm2", "cercle"),
    *("name_2", "nom", "name"),
)
CODE_COLUMNS = ("adm2_pcode", "admin2Pcode", "admin2Pcod", "adm2_code", "pcode", "p_code")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownUnit:
    """A unit that a file may hold: its spellings, its code of old and the area it belongs to."""

    id: str
    name: str
    parent: str
    pcode: str
    spellings: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> KnownUnit:
        return cls(
            id=row["id"],
            name=row["name"],
            parent=row["region"],
            pcode=row["pcode"],
            spellings=tuple(s for s in row["spellings"].split(";") if s),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit as the file draws it, checked."""

    known: KnownUnit
    pcode: str | None
    shape: shapely.MultiPolygon


@dataclass(frozen=True, kw_only=True, slots=True)
class Boundaries:
    """Units that fit together, the parent areas made of them, and what was noticed on the way."""

    units: tuple[Unit, ...]
    parents: Mapping[str, shapely.MultiPolygon]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A row of the file: how it is called and which unit that is."""

    name: str
    known: KnownUnit | None
    pcode: str | None


def plain(name: str) -> str:
    """Write a name without accents, case, marks and the word for its rank, to compare it."""
    letters = unicodedata.normalize("NFKD", name.replace("’", "'").replace("ʼ", "'"))
    letters = letters.encode("ascii", "ignore").decode().lower()
    letters = re.sub(r"^\s*(cercle|district)\s+(de\s+|du\s+|d')?", "", letters)
    return re.sub(r"[^a-z0-9]", "", letters)


def check_boundaries(
    table: geopandas.GeoDataFrame,
    known: Sequence[KnownUnit],
    *,
    tolerance_km2: float = 1.0,
    codes_count: bool = True,
) -> Boundaries:
    """Check everything about a file of units, listing all that is wrong with it at once.

    Units are told by name. A code that belonged to another unit in the table is an error, unless
    `codes_count` is off: later releases number units anew. Gaps and overlaps up to `tolerance_km2`
    in all are mended.
    """
    if table.crs is None:
        raise ImportRefused(
            "the file does not say which coordinate reference system it is in; "
            "add one (a .prj file beside a shapefile)"
        )
    rows, problems = _identify(table, known, codes_count=codes_count)
    rows, shapes, notes = _with_shapes(rows, table.geometry.to_crs(4326), problems)
    if not shapes:
        raise ImportRefused("no unit has an outline; nothing was changed", problems)
    faults = find_faults(shapes)
    told = [fault.told([row.name for row in rows]) for fault in faults]
    total_km2 = sum(fault.area_km2 for fault in faults)
    if total_km2 > tolerance_km2:
        covered = f"gaps and overlaps cover {total_km2:,.4f} km²"
        problems.append(f"{covered}, more than the tolerance of {tolerance_km2:g} km²")
        problems += told
    if problems:
        message = "the boundaries cannot be used; nothing was changed"
        raise ImportRefused(message, [*notes, *problems])
    gaps = [fault.shape for fault in faults if fault.kind == "gap"]
    units = [
        Unit(known=row.known, pcode=row.pcode, shape=shape)
        for row, shape in zip(rows, mend(shapes, gaps), strict=True)
        if row.known is not None
    ]
    units.sort(key=lambda unit: unit.known.id)
    notes += [f"mended: {line}" for line in told]
    return Boundaries(units=tuple(units), parents=_parents(units), notes=tuple(notes))


def _column(columns: Iterable[str], wanted: Sequence[str]) -> str | None:
    """Find the first wanted column that a file has, however it is written."""
    present = {plain(str(column)): str(column) for column in columns}
    return next((present[plain(name)] for name in wanted if plain(name) in present), None)


def has_names(columns: Iterable[str]) -> bool:
    """Tell whether a file has a column with the names of its units."""
    return _column(columns, NAME_COLUMNS) is not None


def _identify(
    table: geopandas.GeoDataFrame, known: Sequence[KnownUnit], *, codes_count: bool
) -> tuple[list[_Row], list[str]]:
    """Tell by its name, and not against its code, which unit each row is."""
    name_column = _column(table.columns, NAME_COLUMNS)
    if name_column is None:
        raise ImportRefused(
            f"no column holds the names of the units; found {', '.join(map(str, table.columns))}; "
            f"known are {', '.join(NAME_COLUMNS)}"
        )
    code_column = _column(table.columns, CODE_COLUMNS)
    by_name = {plain(s): unit for unit in known for s in (unit.name, *unit.spellings)}
    by_code = {unit.pcode: unit for unit in known}
    problems: list[str] = []
    rows: list[_Row] = []
    seen: dict[str, int] = {}
    codes = table[code_column] if code_column else [None] * len(table)
    for number, (raw, raw_code) in enumerate(zip(table[name_column], codes, strict=True), start=1):
        name, code = _text(raw), _text(raw_code)
        unit = by_name.get(plain(name))
        owner = by_code.get(code)
        if unit is None:
            problems.append(_unknown(number, name, code, owner))
        elif unit.id in seen:
            problems.append(f"row {number}: {name} is there already, in row {seen[unit.id]}")
        elif codes_count and owner not in (None, unit):
            problems.append(_renumbered(number, name, code, owner))
        rows.append(_Row(name=unit.name if unit else name, known=unit, pcode=code or None))
        if unit is not None:
            seen.setdefault(unit.id, number)
    missing = [f"{unit.name} ({unit.pcode}) is missing" for unit in known if unit.id not in seen]
    return rows, problems + missing


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _unknown(number: int, name: str, code: str, owner: KnownUnit | None) -> str:
    problem = f"row {number}: {name!r} is no unit that is known"
    if owner is not None:
        problem += (
            f"; its code {code} was {owner.name}'s in 2017, but a code alone is not trusted: "
            "add the spelling to the table if it is the same"
        )
    return problem


def _renumbered(number: int, name: str, code: str, owner: KnownUnit | None) -> str:
    whose = owner.name if owner else ""
    return (
        f"row {number}: {name} has the code {code}, which was {whose}'s in 2017; "
        "if the file numbers units anew, go by names alone (--by-name)"
    )


def _with_shapes(
    rows: Sequence[_Row], geometries: Iterable[BaseGeometry | None], problems: list[str]
) -> tuple[list[_Row], list[shapely.MultiPolygon], list[str]]:
    """Keep the rows that have an outline, make it a valid multipolygon, and say what changed."""
    drawn: list[_Row] = []
    shapes: list[shapely.MultiPolygon] = []
    notes: list[str] = []
    for number, (row, geometry) in enumerate(zip(rows, geometries, strict=True), start=1):
        if geometry is None or geometry.is_empty:
            problems.append(f"row {number}: {row.name} has no outline")
            continue
        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            problems.append(f"row {number}: {row.name} is a {geometry.geom_type}, not a polygon")
            continue
        if not geometry.is_valid:
            notes.append(f"made valid: {row.name} ({shapely.is_valid_reason(geometry)})")
            geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        drawn.append(row)
        shapes.append(as_multipolygon(shapely.force_2d(geometry)))
    return drawn, shapes, notes


def _parents(units: Sequence[Unit]) -> dict[str, shapely.MultiPolygon]:
    """Join the units of each area."""
    return {
        parent: union([unit.shape for unit in units if unit.known.parent == parent])
        for parent in sorted({unit.known.parent for unit in units})
    }
