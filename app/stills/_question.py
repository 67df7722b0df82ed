"""What a still picture is asked for: a selection of a map, and how it is to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.figures._base import Counting, FigureSpec
from app.figures._question import Question, read_look
from app.maps._base import Group, MapSpec
from app.maps._selection import Selection
from geo.spec import Language, Text

# A figure's own parameters, which its map does not have.
LOOKS = ("theme", "size", "dpi")
# They are written by what knows the rows.
_LATER = Text(en="", fr="")


@dataclass(frozen=True, kw_only=True, slots=True)
class StillQuestion:
    """Ask for a still picture: `question` asks the same as one asks for a figure."""

    selection: Selection
    question: Question


def read_still(
    selection: Selection, given: Mapping[str, str], language: Language, base_url: str
) -> StillQuestion:
    """Read how the picture of a selection is to look."""
    question = Question(
        spec=_as_figure(selection.spec),
        query=selection.query,
        base_url=base_url,
        # The state that is shown is in every permalink.
        narrowing=tuple(pair for pair in selection.narrowing if pair[0] != "as_of"),
        language=language,
        **read_look(given),
        under="maps",
    )
    return StillQuestion(selection=selection, question=question)


def counting_of(spec: MapSpec, group: Group) -> Counting:
    """Say what a group of a map counts."""
    measure = None if group.measure is None else group.measure.field
    return Counting(measure=measure, noun=group.total_noun, subtitle=spec.subtitle)


def _as_figure(spec: MapSpec) -> FigureSpec:
    """Declare a figure that shows what a map does."""
    counting = counting_of(spec, spec.counted)
    return FigureSpec(
        id=spec.id,
        figure=spec.id,
        kind="map",
        layer=spec.counted.layer,
        title=spec.title,
        alt=_LATER,
        event=spec.counted.rows_noun,
        documented=counting,
        imported=counting,
    )
