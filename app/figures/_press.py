"""Make figures: one at a time in a thread of their own, and keep the last ones by their tag."""

from __future__ import annotations

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.figures._draw_settings import SETTINGS
from app.figures._fonts import prepare_fonts
from app.figures._forms import FORMS, Made
from app.figures._ground import Ground, ground_of
from app.figures._look import colours_of
from app.figures._numbers import Numbers
from app.figures._question import Question
from app.figures._read import GROUND
from app.figures._record import record_of
from app.figures._seal import sealed
from app.figures._words import words_of
from app.maps._cache import DrawnPage, DrawnPages
from geo.spec import Layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Revisions = Sequence[tuple[str, int]]
Rows = Mapping[str, Sequence[Any]]
# A state and a language; few are asked for at a time.
_GROUNDS = 4
# Loading takes a second of a core, which those who ask first after a start need more.
_WARM_AFTER_S = 3.0


class Press:
    """Make figures in one thread: matplotlib shares its settings and fonts between threads."""

    def __init__(self, fonts: Path) -> None:
        self._fonts = fonts
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="figures")
        self._grounds: OrderedDict[Any, Ground] = OrderedDict()
        self._underway: dict[str, asyncio.Future[bytes]] = {}
        self.kept = DrawnPages()
        # Who needs much memory before anything is drawn waits here for the one before.
        self.turn = asyncio.Semaphore(1)

    def warm_later(self, after_s: float = _WARM_AFTER_S) -> asyncio.TimerHandle:
        """Load what draws when the service is up, so that the first figure need not wait for it."""
        loop = asyncio.get_running_loop()
        return loop.call_later(after_s, self._thread.submit, self._load)

    def _load(self) -> None:
        for module in ("draw", "_pdf"):
            import_module(f"app.figures.{module}")
        for form in ("agg", "pdf", "svg"):
            import_module(f"matplotlib.backends.backend_{form}")
        self._prepared_fonts()

    def has_ground(self, question: Question, revisions: Revisions) -> bool:
        """Say whether the ground of this state is prepared already."""
        return question.spec.kind != "map" or _ground_key(question, revisions) in self._grounds

    async def make(
        self,
        tag: str,
        form: str,
        question: Question,
        numbers: Numbers,
        rows: Rows,
        layers: Mapping[str, Layer],
    ) -> bytes:
        """Make a figure."""
        return await self.make_once(tag, partial(self.draw, form, question, numbers, rows, layers))

    async def make_once(self, tag: str, draw: Callable[[], bytes]) -> bytes:
        """Have something drawn, once for all who ask for it at the same time."""
        underway = self._underway.get(tag)
        if underway is None:
            loop = asyncio.get_running_loop()
            underway = loop.run_in_executor(self._thread, draw)
            self._underway[tag] = underway
            underway.add_done_callback(lambda _: self._underway.pop(tag, None))
        body = await asyncio.shield(underway)
        self.kept.put(tag, DrawnPage(body=body, headers={}))
        return body

    def draw(
        self,
        form: str,
        question: Question,
        numbers: Numbers,
        rows: Rows,
        layers: Mapping[str, Layer],
    ) -> bytes:
        """Make the bytes of a figure from its numbers: the same ones give the same bytes."""
        ground = None
        if question.spec.kind == "map":
            ground = self.ground(question, numbers.revisions, rows, layers)
        names = dict(ground.area_names) if ground else {}
        below = [layers[name] for name in GROUND] if ground else []
        words = words_of(question, numbers, form, names, below)
        made = Made(
            question=question,
            numbers=numbers,
            words=words,
            record=record_of(question, numbers, words),
        )
        if not FORMS[form].is_drawn:
            return sealed(FORMS[form].write(made))
        return self._drawn(form, made, ground, layers[question.spec.layer])

    def _drawn(self, form: str, made: Made, ground: Ground | None, layer: Layer) -> bytes:
        # Half a second to import, and only who asks for a figure waits for it.
        from app.figures.draw import draw

        colours = colours_of(made.question.spec, layer, made.question.theme)
        looks = (made.question, made.numbers, made.words, colours, ground)
        return self.print(form, made, lambda fonts: draw(*looks, fonts))

    def print(self, form: str, made: Made, draw: Callable[[Path], Figure]) -> bytes:
        """Have a figure drawn, and write it in a form."""
        with self.settings() as fonts:
            drawn = draw(fonts)
            try:
                return sealed(FORMS[form].write(replace(made, drawn=drawn)))
            finally:
                drawn.clear()

    @contextmanager
    def settings(self) -> Iterator[Path]:
        """Give the fonts, while matplotlib is set to draw the same bytes each time."""
        import matplotlib as mpl

        with mpl.rc_context(SETTINGS):
            yield self._prepared_fonts()

    def _prepared_fonts(self) -> Path:
        if self._folder is None:
            folder = tempfile.TemporaryDirectory(prefix="atlas-fonts-")
            prepare_fonts(self._fonts, Path(folder.name))
            self._folder = folder
        return Path(self._folder.name)

    def ground(
        self,
        question: Question,
        revisions: Revisions,
        rows: Rows,
        layers: Mapping[str, Layer],
    ) -> Ground:
        """Give what a map of this state is drawn on, prepared from its rows unless it is kept."""
        key = _ground_key(question, revisions)
        if key not in self._grounds:
            self._grounds[key] = ground_of(rows, layers, question.language)
            while len(self._grounds) > _GROUNDS:
                self._grounds.popitem(last=False)
        return self._grounds[key]

    def close(self) -> None:
        """Wait for what is being made."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._folder is not None:
            self._folder.cleanup()


def _ground_key(question: Question, revisions: Revisions) -> tuple[Any, ...]:
    state = tuple(pair for pair in revisions if pair[0] in GROUND)
    return (state, question.language)
