"""Make the bytes of a still picture; for the thread of the press alone."""

from __future__ import annotations

from app.figures._forms import Made
from app.figures._look import colours_of
from app.figures._press import Press, Rows
from app.figures._read import GROUND, State
from app.figures._record import record_of
from app.maps._scene import Scene
from app.stills._contents import contents_of
from app.stills._question import StillQuestion
from app.stills._words import still_words


def make_still(
    press: Press, form: str, asked: StillQuestion, scene: Scene, state: State, rows: Rows
) -> bytes:
    """Draw what a map shows: the same rows and question give the same bytes."""
    # Half a second to import, and only who asks for a picture waits for it.
    from app.stills._draw import StillDrawing

    question, layers = asked.question, scene.layers
    contents = contents_of(scene, question, state)
    ground = press.ground(question, state.revisions, rows, layers)
    below = [layers[name] for name in GROUND]
    words = still_words(contents, form, dict(ground.area_names), below)
    colours = {
        group.layer: colours_of(question.spec, layers[group.layer], question.theme)
        for group in scene.spec.selectable
    }
    made = Made(
        question=question,
        numbers=contents.numbers,
        words=words,
        record=record_of(question, contents.numbers, words),
    )
    return press.print(
        form, made, lambda fonts: StillDrawing(contents, words, colours, ground, fonts).draw()
    )
