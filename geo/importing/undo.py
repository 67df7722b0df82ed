"""Roll an import back as an act of its own, whose versions follow the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from geo.database import Connection
from geo.errors import ImportRefused
from geo.importing import versions
from geo.importing.acts import Act, LoadReport, overtaken
from geo.importing.scope import Scope, values_of
from geo.importing.staging import Seen, Staged, compared, prepare_stage, take_turn
from geo.importing.writing import write
from geo.spec import Layer


def undo(
    connection: Connection,
    layers: Mapping[str, Layer],
    number: int,
    *,
    waits: Callable[[], None] = lambda: None,
) -> list[LoadReport]:
    """Roll an import back as an act of its own, whose versions follow the others.

    What was loaded together with it is rolled back too. It is refused if another import since
    changed the same rows.
    """
    found = connection.execute(
        "SELECT t.id, t.layer, t.origin, t.dataset, t.recorded_at FROM atlas.imports i"
        " JOIN atlas.imports t USING (recorded_at) WHERE i.id = %s ORDER BY t.layer",
        (number,),
    ).fetchall()
    if not found:
        raise ImportRefused(
            f"there is no import {number}; ./atlas import list names those there are"
        )
    staged = []
    for undone, layer_id, origin, dataset, moment in found:
        if layer_id not in layers:
            raise ImportRefused(f"import {undone} is of {layer_id}, which is no layer any more")
        act = Act(
            origin=f"undo of import {undone} ({origin})",
            kind="undo",
            scope=None if dataset is None else Scope(dataset=dataset),
            undoes=undone,
            waits=waits,
        )
        staged.append(_stage_undo(connection, layers[layer_id], act, undone, moment))
    return write(connection, staged)


def _stage_undo(
    connection: Connection, layer: Layer, act: Act, undone: int, moment: datetime
) -> Staged:
    """Stage what an import changed as it was before, unless others changed it since."""
    take_turn(connection, layer, act)
    values = {"import": undone, "layer": layer.id, "moment": moment}
    later = connection.execute(versions.find_later_changes(layer), values).fetchall()
    if later:
        raise overtaken(undone, later)
    connection.execute(versions.stage_former(layer), values)
    prepare_stage(connection, layer)
    connection.execute(versions.find_added(layer), values)
    return compared(connection, layer, act, Seen(), values_of(act.scope, ()))
