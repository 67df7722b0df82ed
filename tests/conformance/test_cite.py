"""The test suite of the OGC for Features, Parts 1 and 2, against a running service."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.cli.test import SUITE
from app.settings import ROOT
from tests.conformance import cite

# At least so many checks of each group must pass; a suite that checks nothing fails nothing.
LEAST = {
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
    "numberMatched": "more features than the suite follows",
    "spatial extent": "a layer without rows, or without places, has no extent",
    "Could not find a response": "follows from a check that was skipped",
    "No features": "the layer has no rows",
}

REPORT = """<testng-results><suite><test name="Core">
<class name="org.opengis.cite.ogcapifeatures10.conformance.core.collections.Features">
  <test-method name="prepare" is-config="true" status="FAIL"/>
  <test-method name="a" status="PASS"/>
  <test-method name="b" status="FAIL"><exception class="java.lang.AssertionError">
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
    assert [(one.group, one.name, one.status, one.message) for one in checks] == [
        ("core.collections", "a", "PASS", ""),
        ("core.collections", "b", "FAIL", "expected 400 but was 200"),
        ("crs.query.bboxcrs", "c", "SKIP", "timeStamp"),
    ]
    assert cite.tally(checks) == {
        "core.collections": Counter(PASS=1, FAIL=1),
        "crs.query.bboxcrs": Counter(SKIP=1),
    }


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
    failed = [one for one in checks if one.status == "FAIL"]
    assert failed == []
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
