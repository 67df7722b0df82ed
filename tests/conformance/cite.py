"""Fetch and run the test suite of the OGC for Features, and read what it found.

Its exit code is 0 whatever it found, so the results are counted here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from defusedxml import ElementTree  # type: ignore[import-untyped]

SUITE, VERSION = "ets-ogcapi-features10", "1.9"
ARTIFACT = f"org.opengis.cite:{SUITE}:{VERSION}:jar:aio"
CLASSES = "org.opengis.cite.ogcapifeatures10.conformance."
FETCHED_WITHIN_S, RUN_WITHIN_S = 300, 900


class SuiteMissing(Exception):
    """The suite is not here and cannot be fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check of the suite: where it stands, what it took, what came of it, and what it said."""

    group: str
    name: str
    status: str
    message: str
    given: tuple[str, ...] = ()


def suite() -> Path:
    """Give the suite's archive, fetched once into the user's cache folder."""
    # Not by XDG_CACHE_HOME: the tests have a cache of their own, which ends with them.
    cache = Path.home() / ".cache" / "conflict-atlas"
    archive = cache / f"{SUITE}-{VERSION}-aio.jar"
    if shutil.which("java") is None:
        raise SuiteMissing(f"there is no java, which would run {archive}; it takes Java 17")
    if not archive.is_file():
        _fetch(archive)
    return archive


def _fetch(archive: Path) -> None:
    folder, maven = archive.parent, shutil.which("mvn")
    instead = f"put the suite's all-in-one archive at {archive}"
    if maven is None:
        raise SuiteMissing(f"{archive} is missing, and there is no mvn to fetch it; {instead}")
    folder.mkdir(parents=True, exist_ok=True)
    copy = [maven, "-B", "-q", "-U", "dependency:copy", f"-Dartifact={ARTIFACT}"]
    command = [*copy, f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=FETCHED_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        problem = f"did not end within {FETCHED_WITHIN_S} s"
        raise SuiteMissing(f"{' '.join(copy)} {problem}; {instead}") from None
    if done.returncode != 0 or not archive.is_file():
        _, _, told = done.stdout.partition("[ERROR] ")
        why = told.partition("\n")[0][:300] or "it brought no such file"
        raise SuiteMissing(f"{' '.join(copy)} failed: {why}; {instead}")


def run(archive: Path, landing_page: str, folder: Path) -> list[Check]:
    """Run the suite against a service, and give every check that it made."""
    properties = folder / "properties.xml"
    properties.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">\n'
        f'<properties version="1.0"><entry key="iut">{escape(landing_page)}</entry>'
        '<entry key="noofcollections">-1</entry></properties>\n',
        encoding="utf-8",
    )
    command = ["java", "-jar", str(archive), "-o", str(folder), "-h", "true", str(properties)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=RUN_WITHIN_S
    )
    results = sorted(folder.rglob("testng-results.xml"))
    if not results:
        raise RuntimeError(
            f"the suite wrote no results: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return read_results(results[-1].read_text(encoding="utf-8"))


def read_results(text: str) -> list[Check]:
    """Read the suite's report; what only prepares its checks is none of them."""
    found = []
    for of_class in ElementTree.fromstring(text).iter("class"):
        for method in of_class.iter("test-method"):
            if method.get("is-config") == "true":
                continue
            message = method.findtext("exception/message") or ""
            values = (value.text or "" for value in method.iterfind("params/param/value"))
            found.append(
                Check(
                    group=of_class.get("name", "").removeprefix(CLASSES).rpartition(".")[0],
                    name=method.get("name", ""),
                    status=method.get("status", ""),
                    message=" ".join(message.split()),
                    given=tuple(" ".join(value.split()) for value in values),
                )
            )
    return found


def tally(checks: list[Check]) -> dict[str, Counter[str]]:
    """Count passed, failed and skipped checks in every group."""
    counted: dict[str, Counter[str]] = {}
    for check in checks:
        counted.setdefault(check.group, Counter())[check.status] += 1
    return counted
