"""The test suite of the OGC for Features, Parts 1 and 2, against a running service."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.cli.test import SUITE
from app.settings import ROOT
from tests.conformance import cite

# At least so many checks of each group must pass; a suite that checks nothing fails nothing.
LEAST = {
    "core.general": 1,
    "core.landingpage": 2,
    "core.apidefinition": 2,
    "core.conformance": 1,
    "core.collections": 300,
    "crs.discovery.collection": 10,
    "crs.discovery.collections": 3,
    "crs.query.bboxcrs": 20,
    "crs.query.crs.feature": 20,
    "crs.query.crs.features": 20,
}
# Why a check may be skipped, by what it says.
SKIPS = {
    "timeStamp": "equal states of the data give equal bytes, so answers bear no time of their own",
    "Property numberMatched is not set": "where counting takes too long, it is left out",
    "Number of matched features too large": "more features than the suite follows",
    "no spatial extent": "a layer without rows, or without places, has no extent",
    "Could not find a response": "follows from a check that was skipped",
    "No features were returned": "none of the layer's features lies in that box",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A check that the suite fails for reasons of its own: its name, what shows it, and why."""

    check: str
    shown_by: str
    why: str

    def explains(self, one: cite.Check) -> bool:
        return one.name == self.check and self.shown_by in " ".join((one.message, *one.given))


_NO_PLACE = "it compares the geometry of a feature that has none, and means to run over places only"
FAULTS = (
    Fault(
        check="verifyFeatureCrsParameterTransformWithoutCrsParameter",
        shown_by="equalsExact",
        why=_NO_PLACE,
    ),
    Fault(
        check="verifyFeaturesCrsParameterTransformWithCrsParameter",
        shown_by="equalsExact",
        why=_NO_PLACE,
    ),
    # Part 2 asks for the same features in "a bbox value … converted to the known CRS".
    Fault(
        check="verifyBboxCrsParameter",
        shown_by="/EPSG/0/326",
        why="it moves two corners of the box, but in UTM its sides bend: that is another area",
    ),
)

REPORT = """<testng-results><suite><test name="Core">
<class name="org.opengis.cite.ogcapifeatures10.conformance.core.collections.Features">
  <test-method name="prepare" is-config="true" status="FAIL"/>
  <test-method name="a" status="PASS"/>
  <test-method name="b" status="FAIL"><params>
      <param index="0"><value><![CDATA[ camps ]]></value></param>
      <param index="1"><value is-null="true"/></param>
    </params><exception class="java.lang.AssertionError">
    <message><![CDATA[
      expected 400
      but was 200
    ]]></message></exception></test-method>
</class>
<class name="org.opengis.cite.ogcapifeatures10.conformance.crs.query.bboxcrs.BBoxCrsParameter">
  <test-method name="c" status="SKIP">
    <exception><message>timeStamp</message></exception></test-method>
</class></test></suite></testng-results>"""


def test_a_report_is_read_check_by_check() -> None:
    checks = cite.read_results(REPORT)
    assert [(one.group, one.name, one.status, one.message, one.given) for one in checks] == [
        ("core.collections", "a", "PASS", "", ()),
        ("core.collections", "b", "FAIL", "expected 400 but was 200", ("camps", "")),
        ("crs.query.bboxcrs", "c", "SKIP", "timeStamp", ()),
    ]
    assert cite.tally(checks) == {
        "core.collections": Counter(PASS=1, FAIL=1),
        "crs.query.bboxcrs": Counter(SKIP=1),
    }


def test_only_the_faults_of_the_suite_are_forgiven() -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/"
    known = cite.Check(
        group="crs.query.bboxcrs",
        name="verifyBboxCrsParameter",
        status="FAIL",
        message="expected [true] but found [false]",
        given=("camps", "{id=camps}", f"{crs}32630", "CRS84"),
    )
    plain = replace(known, given=("camps", "{id=camps}", f"{crs}3857", "CRS84"))
    other = replace(known, name="verifyBboxCrsParameterInvalid")
    assert [one for one in (known, plain, other) if is_ours(one)] == [plain, other]


def is_ours(one: cite.Check) -> bool:
    """Say whether a check failed for a reason that is not the suite's own."""
    return one.status == "FAIL" and not any(fault.explains(one) for fault in FAULTS)


def test_without_an_archive_it_is_said_what_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / ".cache" / "conflict-atlas" / "ets-ogcapi-features10-1.9-aio.jar"
    monkeypatch.setenv("HOME", str(tmp_path))
    programs: dict[str, str | None] = {"java": None}
    monkeypatch.setattr("shutil.which", programs.get)
    with pytest.raises(cite.SuiteMissing, match=f"no java, which would run {archive}"):
        cite.suite()
    programs["java"] = "java"
    with pytest.raises(cite.SuiteMissing, match=f"no mvn to fetch it; put .* at {archive}"):
        cite.suite()
    # A program that fetches nothing, and one that fails.
    for program in ("true", "false"):
        programs["mvn"] = program
        tried = f"{program} -B .*-Dartifact=org.opengis.cite:ets-ogcapi-features10:1.9:jar:aio"
        with pytest.raises(cite.SuiteMissing, match=f"{tried} failed: .*put .* at {archive}"):
            cite.suite()
    archive.write_bytes(b"")
    assert cite.suite() == archive


def test_the_suite_is_left_out_by_its_name() -> None:
    path, _, name = SUITE.partition("::")
    assert (ROOT / path).samefile(__file__)
    assert name == test_the_suite_of_the_ogc_finds_no_failure.__name__


def test_the_suite_of_the_ogc_finds_no_failure(live_server: str, tmp_path: Path) -> None:
    try:
        archive = cite.suite()
    except cite.SuiteMissing as missing:
        pytest.skip(str(missing))
    checks = cite.run(archive, f"{live_server}/", tmp_path)
    assert [one for one in checks if is_ours(one)] == []
    unexplained = [
        one
        for one in checks
        if one.status == "SKIP" and not any(reason in one.message for reason in SKIPS)
    ]
    assert unexplained == []
    passed = {group: counts["PASS"] for group, counts in cite.tally(checks).items()}
    assert {
        group: passed.get(group, 0) for group in LEAST if passed.get(group, 0) < LEAST[group]
    } == {}
