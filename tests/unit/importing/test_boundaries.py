"""A file of cercles is checked whole, and its regions are the unions of what passes."""

from __future__ import annotations

from typing import Any

import geopandas
import pytest
import shapely

from geo.errors import ImportRefused
from geo.importing.boundaries import KnownUnit, check_boundaries, plain
from geo.importing.coverage import find_faults, mend

# Four squares of a quarter of a degree: two regions of two cercles each.
#   diema | kayes      → west
#   bla   | macina     → east
KNOWN = [
    KnownUnit(id="diema", name="Diéma", parent="west", pcode="ML0102"),
    KnownUnit(id="kayes", name="Kayes", parent="west", pcode="ML0103"),
    KnownUnit(id="bla", name="Bla", parent="east", pcode="ML0402"),
    KnownUnit(id="macina", name="Macina", parent="east", pcode="ML0403", spellings=("Ké-Macina",)),
]
SQUARES = {
    "Diéma": shapely.box(-8.0, 14.25, -7.75, 14.5),
    "Kayes": shapely.box(-7.75, 14.25, -7.5, 14.5),
    "Bla": shapely.box(-8.0, 14.0, -7.75, 14.25),
    "Macina": shapely.box(-7.75, 14.0, -7.5, 14.25),
}
CODES = {"Diéma": "ML0102", "Kayes": "ML0103", "Bla": "ML0402", "Macina": "ML0403"}
METRE = 1 / 111_000


def boundary_file(
    *,
    shapes: dict[str, Any] | None = None,
    codes: dict[str, str | None] | None = None,
    columns: tuple[str, str] = ("ADM2_FR", "ADM2_PCODE"),
    crs: Any = 4326,
) -> geopandas.GeoDataFrame:
    """Make what a reader gives for a file: the four squares, but for what is said."""
    drawn = SQUARES | (shapes or {})
    coded: dict[str, str | None] = {**CODES, **(codes or {})}
    rows = {columns[0]: list(drawn), columns[1]: [coded.get(name) for name in drawn]}
    return geopandas.GeoDataFrame(rows, geometry=list(drawn.values()), crs=crs)


def problems(table: geopandas.GeoDataFrame, **options: Any) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        check_boundaries(table, KNOWN, **options)
    return list(refused.value.problems)


def same(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    return bool(shapely.equals_exact(one, other, normalize=True, tolerance=1e-12))


def test_regions_are_the_unions_of_their_cercles() -> None:
    found = check_boundaries(boundary_file(), KNOWN)
    assert [(u.known.id, u.pcode) for u in found.units] == [
        ("bla", "ML0402"),
        ("diema", "ML0102"),
        ("kayes", "ML0103"),
        ("macina", "ML0403"),
    ]
    assert set(found.parents) == {"west", "east"}
    for parent, bounds in (
        ("west", (-8.0, 14.25, -7.5, 14.5)),
        ("east", (-8.0, 14.0, -7.5, 14.25)),
    ):
        shape = found.parents[parent]
        assert shape.geom_type == "MultiPolygon"
        assert shapely.equals(shape, shapely.box(*bounds))
    assert found.notes == ()


@pytest.mark.parametrize(
    "columns",
    [
        ("ADM2_FR", "ADM2_PCODE"),
        ("ADM2_EN", "ADM2_PCODE"),
        ("adm2_name", "adm2_pcode"),
        ("admin2Name_fr", "admin2Pcod"),
        ("shapeName", "shapeID"),
        ("adm2", "adm2_pcode"),
    ],
)
def test_columns_are_found_as_publishers_call_them(columns: tuple[str, str]) -> None:
    assert len(check_boundaries(boundary_file(columns=columns), KNOWN).units) == 4


def test_a_publishers_own_shape_id_is_no_p_code() -> None:
    found = check_boundaries(boundary_file(columns=("shapeName", "shapeID")), KNOWN)
    assert {unit.pcode for unit in found.units} == {None}


@pytest.mark.parametrize(
    "written", ["Ké-Macina", "KE MACINA", "ke macina", "Cercle de Macina", "  macina "]
)
def test_names_are_known_whatever_their_accents_and_case(written: str) -> None:
    table = boundary_file()
    table["ADM2_FR"] = table["ADM2_FR"].replace({"Macina": written})
    assert len(check_boundaries(table, KNOWN).units) == 4


def test_an_elided_article_is_no_part_of_a_name() -> None:
    assert plain("Cercle d’Abeïbara") == plain("Cercle d'Abeibara") == plain("ABEIBARA")


def test_a_file_without_a_column_of_names_is_refused_with_the_columns_it_has() -> None:
    table = boundary_file(columns=("libelle", "code"))
    with pytest.raises(ImportRefused, match=r"no column holds the names.*found libelle, code"):
        check_boundaries(table, KNOWN)


def test_an_unknown_name_is_refused_even_with_a_known_code() -> None:
    table = boundary_file()
    table["ADM2_FR"] = table["ADM2_FR"].replace({"Macina": "Makina"})
    assert problems(table) == [
        (
            "row 4: 'Makina' is no unit that is known; its code ML0403 was Macina's in 2017, but "
            "a code alone is not trusted: add the spelling to the table if it is the same"
        ),
        "Macina (ML0403) is missing",
    ]


def test_a_code_that_was_anothers_is_an_error_until_codes_are_set_aside() -> None:
    table = boundary_file(codes={"Bla": "ML0103", "Kayes": "ML9999"})
    assert problems(table) == [
        (
            "row 3: Bla has the code ML0103, which was Kayes's in 2017; "
            "if the file numbers units anew, go by names alone (--by-name)"
        )
    ]
    found = check_boundaries(table, KNOWN, codes_count=False)
    assert {unit.known.id: unit.pcode for unit in found.units} == {
        "bla": "ML0103",
        "diema": "ML0102",
        "kayes": "ML9999",
        "macina": "ML0403",
    }


def test_a_file_that_does_not_say_its_crs_is_refused() -> None:
    with pytest.raises(ImportRefused, match="which coordinate reference system"):
        check_boundaries(boundary_file(crs=None), KNOWN)


def test_another_crs_is_brought_to_longitude_and_latitude() -> None:
    found = check_boundaries(boundary_file().to_crs(32629), KNOWN)
    whole = shapely.union_all(list(found.parents.values()))
    assert shapely.hausdorff_distance(whole, shapely.box(-8, 14, -7.5, 14.5)) < 1e-6


def test_a_cercle_twice_is_refused() -> None:
    table = boundary_file()
    twice = table.iloc[[0, 1, 2, 3, 0]].reset_index(drop=True)
    found = problems(twice)
    assert "row 5: Diéma is there already, in row 1" in found
    assert any(line.startswith("overlap of") and "Diéma and Diéma" in line for line in found)


def test_a_missing_cercle_is_refused() -> None:
    assert problems(boundary_file().iloc[:3]) == ["Macina (ML0403) is missing"]


def test_an_overlap_is_listed_with_its_two_names_and_area() -> None:
    wide = shapely.box(-8.0, 14.25, -7.75 + 500 * METRE, 14.5)
    total, line = problems(boundary_file(shapes={"Diéma": wide}))
    assert total == (
        f"gaps and overlaps cover {area_of(line):,.4f} km², more than the tolerance of 1 km²"
    )
    assert line.startswith("overlap of 13.4")
    assert line.endswith("km² between Diéma and Kayes")


def test_a_gap_inside_is_listed_with_all_its_neighbours() -> None:
    hole = shapely.Point(-7.75, 14.25).buffer(2000 * METRE)
    cut = {name: square.difference(hole) for name, square in SQUARES.items()}
    total, line = problems(boundary_file(shapes=cut))
    assert total.startswith("gaps and overlaps cover")
    assert line.startswith("gap of 12.1")
    assert line.endswith("km² between Diéma and Kayes and Bla and Macina")


def test_a_slit_that_is_open_to_the_outside_is_a_gap() -> None:
    narrow = shapely.box(-8.0, 14.25, -7.75 - 100 * METRE, 14.5)
    _, line = problems(boundary_file(shapes={"Diéma": narrow}))
    assert line.startswith("gap of 2.6")
    assert "Diéma" in line
    assert "Kayes" in line


def test_an_inlet_in_the_countrys_outline_is_no_gap() -> None:
    inlet = shapely.box(-7.9, 14.4, -7.9 + 300 * METRE, 14.5)
    shapes = {"Diéma": SQUARES["Diéma"].difference(inlet)}
    found = check_boundaries(boundary_file(shapes=shapes), KNOWN, tolerance_km2=0)
    assert found.notes == ()


def test_faults_within_the_tolerance_are_mended_and_said() -> None:
    ragged = {
        "Diéma": shapely.box(-8.0, 14.25, -7.75 - 20 * METRE, 14.5),
        "Bla": shapely.box(-8.0, 14.0, -7.75 + 20 * METRE, 14.25),
    }
    found = check_boundaries(boundary_file(shapes=ragged), KNOWN, tolerance_km2=5)
    assert [note.split(" of ")[0] for note in found.notes] == ["mended: overlap", "mended: gap"]
    shapes = [unit.shape for unit in found.units]
    assert shapely.coverage_is_valid(shapes)
    assert shapely.coverage_is_valid(list(found.parents.values()))
    assert find_faults(shapes) == []
    assert shapely.area(shapes).sum() == pytest.approx(0.25, rel=1e-7)
    whole = shapely.union_all(list(found.parents.values()))
    assert shapely.get_num_interior_rings(whole) == 0


def test_units_that_fit_are_left_as_they_are() -> None:
    shapes = [shapely.MultiPolygon([square]) for square in SQUARES.values()]
    assert all(same(a, b) for a, b in zip(mend(shapes, []), shapes, strict=True))


def test_an_outline_that_crosses_itself_is_made_valid_and_said() -> None:
    spiked = shapely.Polygon(
        [(-8, 14.25), (-7.75, 14.25), (-7.75, 14.5), (-8, 14.5), (-8, 14.6), (-8, 14.25)]
    )
    found = check_boundaries(boundary_file(shapes={"Diéma": spiked}), KNOWN)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("made valid: Diéma (")
    diema = next(unit.shape for unit in found.units if unit.known.id == "diema")
    assert shapely.equals(diema, SQUARES["Diéma"])


def test_a_row_without_an_outline_and_one_that_is_a_point_are_refused() -> None:
    table = boundary_file(shapes={"Diéma": None, "Kayes": shapely.Point(-7.6, 14.4)})
    assert problems(table) == [
        "row 1: Diéma has no outline",
        "row 2: Kayes is a Point, not a polygon",
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wide = shapely.box(-8.0, 14.25, -7.75 + 500 * METRE, 14.5)
    table = boundary_file(shapes={"Diéma": wide}, codes={"Bla": "ML0103"})
    table["ADM2_FR"] = table["ADM2_FR"].replace({"Macina": "Atlantis"})
    assert [line.split(" ")[0] for line in problems(table)] == [
        "row",  # the code of Bla
        "row",  # the name Atlantis
        "Macina",
        "gaps",
        "overlap",
    ]


def area_of(line: str) -> float:
    return float(line.split(" of ")[1].split(" km²")[0])
