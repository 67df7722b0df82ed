"""Keep the links between rows: what was proposed and decided, every state of it.

Nothing is overwritten: each change closes the version before it and adds one. A decision stays as
it is when the rows are compared anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from geo.errors import UnknownThing
from geo.matching.candidates import check_has_collections, pair_of, select_candidates, stored
from geo.matching.incident import Incident
from geo.matching.score import Score, score
from geo.matching.tables import REVISION_OF, matches_table
from geo.schema import STORED
from geo.spec import Layer
from geo.statements import Select

# From which score on a pair is put before a reviewer.
PROPOSED_FROM = 0.6
# So that those who change links take turns.
MATCH_LOCK = 0x41544C4D
_AT_ONCE = 1_000
MATCHES = matches_table(sa.MetaData(), STORED)
_SAID = ("id", "first_id", "first_row", "second_id", "second_row", "score", "reasons")
_REVISIONS = sa.table(
    "revisions",
    sa.column("layer", sa.Text),
    sa.column("revision", sa.BigInteger),
    sa.column("changed_at", sa.DateTime(timezone=True)),
    sa.column("formula_fields", sa.ARRAY(sa.Text)),
    schema=STORED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FindReport:
    """What comparing the rows of a layer anew did to its links."""

    layer: str
    candidates: int
    proposed: int
    rescored: int
    unchanged: int
    withdrawn: int
    decided: int

    @property
    def anything_changed(self) -> bool:
        return bool(self.proposed or self.rescored or self.withdrawn)

    def __str__(self) -> str:
        return (
            f"{self.layer}: {self.candidates} pairs are near in days and place; "
            f"{self.proposed} newly proposed, {self.rescored} scored anew, {self.unchanged} as "
            f"before, {self.withdrawn} withdrawn, {self.decided} decided before and left alone"
        )


def find(connection: sa.Connection, layer: Layer, *, least: float = PROPOSED_FROM) -> FindReport:
    """Compare the collections of a layer, and propose what may be one event."""
    check_has_collections(layer)
    _take_turns(connection)
    known = {row["id"]: row for row in connection.execute(_select_current(layer)).mappings()}
    proposed = {name for name, row in known.items() if row["status"] == "proposed"}
    counts = {"candidates": 0, "proposed": 0, "rescored": 0, "unchanged": 0}
    changed: list[dict[str, Any]] = []
    holding: set[str] = set()
    for one, other, scored in _scored(connection, layer):
        counts["candidates"] += 1
        # Most pairs are near by chance: no more is made of them than a score.
        if scored.value < least:
            continue
        link = _link(one, other, scored)
        before = known.get(link["id"])
        if before is not None and link["id"] not in proposed:
            continue
        holding.add(link["id"])
        if before is not None and all(before[name] == value for name, value in link.items()):
            counts["unchanged"] += 1
            continue
        counts["proposed" if before is None else "rescored"] += 1
        changed.append({**link, "status": "proposed", "reviewer": None})
    gone = proposed - holding
    decided = len(known) - len(proposed)
    report = FindReport(layer=layer.id, withdrawn=len(gone), decided=decided, **counts)
    if report.anything_changed:
        _write(connection, layer, changed, closes=gone)
    return report


def decide(
    connection: sa.Connection, layer: Layer, name: str, status: str, *, reviewer: str | None = None
) -> bool:
    """Accept or reject a link, seen as its rows are now; say whether that changes anything."""
    check_has_collections(layer)
    _take_turns(connection)
    current = _select_current(layer)
    link = connection.execute(current.where(MATCHES.c.id == name)).mappings().one_or_none()
    if link is None:
        known = connection.execute(current.with_only_columns(MATCHES.c.id)).scalars()
        raise UnknownThing(f"link of {layer.id}", name, known)
    if link["status"] == status:
        return False
    ends = {side: link[f"{side}_id"] for side in ("first", "second")}
    table = stored(layer)
    now = sa.select(table.c.id, table.c.row).where(
        table.c.id.in_(ends.values()), sa.func.upper_inf(table.c.recorded)
    )
    rows = {row.id: row.row for row in connection.execute(now)}
    decision = {
        **{column: link[column] for column in _SAID},
        **{f"{side}_row": rows.get(end, link[f"{side}_row"]) for side, end in ends.items()},
        "status": status,
        "reviewer": reviewer,
    }
    _write(connection, layer, [decision], decides=True)
    return True


def _scored(connection: sa.Connection, layer: Layer) -> Iterator[tuple[Incident, Incident, Score]]:
    """Score each pair of rows that is worth it."""
    options = {"yield_per": _AT_ONCE}
    found = connection.execute(select_candidates(layer), execution_options=options)
    for row in found.mappings():
        one, other = pair_of(row)
        scored = score(one, other)
        if scored is not None:
            yield one, other, scored


def _link(one: Incident, other: Incident, scored: Score) -> dict[str, Any]:
    """Write what is kept of a pair."""
    return {
        "id": f"{one.id}~{other.id}",
        "first_id": one.id,
        "first_row": one.version,
        "second_id": other.id,
        "second_row": other.version,
        "score": scored.value,
        "reasons": [asdict(reason) for reason in scored.reasons],
    }


def _select_current(layer: Layer) -> Select:
    columns = [MATCHES.c[name] for name in (*_SAID, "status")]
    now = sa.func.upper_inf(MATCHES.c.held)
    return sa.select(*columns).where(MATCHES.c.layer == layer.id, now)


def _take_turns(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MATCH_LOCK)))


def _write(
    connection: sa.Connection,
    layer: Layer,
    links: Sequence[Mapping[str, Any]],
    *,
    closes: Collection[str] = (),
    decides: bool = False,
) -> None:
    """Close what is said otherwise now, add the new versions, and count the change."""
    # Later than the last change even if clocks step back.
    later = sa.func.max(_REVISIONS.c.changed_at) + sa.text("interval '1 microsecond'")
    last = sa.select(sa.func.greatest(sa.func.clock_timestamp(), later))
    moment = connection.execute(last.where(_REVISIONS.c.layer == REVISION_OF)).scalar_one()
    closed = sorted({*closes, *(link["id"] for link in links)})
    connection.execute(
        sa.update(MATCHES)
        .where(
            MATCHES.c.layer == layer.id,
            MATCHES.c.id == sa.any_(sa.literal(closed, sa.ARRAY(sa.Text))),
            sa.func.upper_inf(MATCHES.c.held),
        )
        .values(held=sa.func.tstzrange(sa.func.lower(MATCHES.c.held), moment))
    )
    if links:
        fixed = {
            "layer": layer.id,
            "decided_at": moment if decides else None,
            "held": sa.func.tstzrange(moment, None),
        }
        connection.execute(sa.insert(MATCHES).values(fixed), [dict(link) for link in links])
    book = {"layer": REVISION_OF, "revision": 1, "changed_at": moment, "formula_fields": []}
    known = _REVISIONS.c.layer == REVISION_OF
    more = {"revision": _REVISIONS.c.revision + 1, "changed_at": moment}
    if not connection.execute(sa.update(_REVISIONS).where(known).values(more)).rowcount:
        connection.execute(sa.insert(_REVISIONS).values(book))
