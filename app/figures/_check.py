"""Find out whether the data of a figure have changed since it was made, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import orjson

from app.figures._differences import count_differences, select_differences, select_versions
from app.figures._numbers import Numbers, Toll, add_up
from app.figures._question import Question, counted_rows
from app.figures._read import State, read_numbers, read_state
from app.figures._record import digest_of
from geo.audience import for_sums
from geo.changes import count_reclassified
from geo.database import Reader
from geo.errors import BadParameter
from geo.features import revision_of
from geo.spec import Layer

Kind = Literal["added", "changed", "removed"]
# So many rows are listed; all are counted.
MOST_LISTED = 200
GEOMETRY = "geometry"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a file, or who holds one, says that it was made from."""

    revisions: Mapping[str, int] | None = None
    digest: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One row that a figure counts otherwise than it did, and which of its properties differ."""

    id: str
    kind: Kind
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What became of a figure's data: `changes` lists those rows that may be passed on.

    `numbers_are_same` says that the figure would show the same numbers today. `claim_holds` says
    whether the digest in a file is that of the numbers which its address gave then; None where no
    digest was given. `withdrawn` says that past rows were shown or withdrawn since.
    """

    question: Question
    dataset: str
    then: datetime
    now: datetime
    added: int
    changed: int
    removed: int
    total_then: Toll
    total_now: Toll
    changes: tuple[Change, ...]
    numbers_are_same: bool
    ground: tuple[str, ...]
    claim_holds: bool | None
    withdrawn: bool

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.removed

    @property
    def has_changed(self) -> bool:
        return bool(self.rows) or not self.numbers_are_same


async def check(
    reader: Reader, question: Question, layers: Mapping[str, Layer], claim: Claim
) -> Check:
    """Set the data of a figure at its moment beside those of today."""
    state = await read_state(reader, question, layers)
    if state.changed_at is None or state.data_changed_at is None:
        raise BadParameter(
            "as_of",
            str(question.query.as_of),
            "is before anything of this figure was stored here",
            allowed="a moment since then; a figure says its own in its permalink",
        )
    _recognise(claim, state)
    then = await read_numbers(reader, question, layers, state)
    dataset = then.source.dataset
    today = replace(question, source=dataset, query=replace(question.query, as_of=None))
    state_now = await read_state(reader, today, layers)
    now = await _numbers_now(reader, today, layers, state_now)
    layer = layers[question.spec.layer]
    counts, changes = await _differences(reader, question, layer, dataset, state.changed_at)
    digest = digest_of(then)
    known = dict(state.revisions)
    reclassified = await reader.value(count_reclassified(layer, known[layer.stored_in]))
    return Check(
        question=question,
        dataset=dataset,
        then=state.changed_at,
        now=state_now.changed_at or state.changed_at,
        **counts,
        total_then=then.total,
        total_now=now.total if now else replace(add_up(()), events=0),
        changes=changes,
        numbers_are_same=now is not None and digest_of(now) == digest,
        ground=tuple(
            name
            for name, number in state_now.revisions
            if name != layer.stored_in and known.get(name) != number
        ),
        claim_holds=None if claim.digest is None else claim.digest == digest,
        withdrawn=bool(reclassified),
    )


def _recognise(claim: Claim, state: State) -> None:
    """Refuse what was made from another store: its numbers would be compared with nothing."""
    if claim.revisions is None or dict(claim.revisions) == dict(state.revisions):
        return
    said = ", ".join(f"{name} {number}" for name, number in sorted(claim.revisions.items()))
    here = ", ".join(f"{name} {number}" for name, number in sorted(state.revisions))
    problem = "is no state of this store: the figure was made from another one"
    raise BadParameter("revision", said, problem, allowed=f"at that moment: {here}")


async def _numbers_now(
    reader: Reader, question: Question, layers: Mapping[str, Layer], state: State
) -> Numbers | None:
    """Count what the figure would show today; None if its data set is gone altogether."""
    try:
        return await read_numbers(reader, question, layers, state)
    except BadParameter as error:
        if error.name == "source":
            return None
        raise


async def _differences(
    reader: Reader, question: Question, layer: Layer, dataset: str, moment: datetime
) -> tuple[dict[str, int], tuple[Change, ...]]:
    """Count all rows that differ, and list those that the reader may have."""
    withheld = (await revision_of(reader, layer)).withheld
    counting = question.spec.counting(dataset)
    then = counted_rows(replace(question.query, as_of=moment), counting, dataset)
    now = replace(then, as_of=None)
    (counts,) = await reader.rows(
        count_differences(for_sums(layer, withheld, (dataset,)), then, now)
    )
    pairs = await reader.rows(select_differences(layer, then, now, MOST_LISTED))
    rows = [row for pair in pairs for row in (pair["before"], pair["after"]) if row is not None]
    found = await reader.rows(select_versions(layer, rows)) if rows else []
    said = {
        version["row"]: {**orjson.loads(version["document"]), GEOMETRY: version["geometry"]}
        for version in found
    }
    changes = tuple(
        _change(pair["id"], said.get(pair["before"]), said.get(pair["after"])) for pair in pairs
    )
    return {name: int(counts[name]) for name in ("added", "changed", "removed")}, changes


def _change(
    feature_id: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Change:
    if before is None or after is None:
        return Change(id=feature_id, kind="added" if before is None else "removed", fields={})
    names = [*before, *(name for name in after if name not in before)]
    fields = {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }
    return Change(id=feature_id, kind="changed", fields=fields)
