"""Put what a still picture shows into words: those of figures, in the sense of its map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from app.figures._words import (
    Note,
    Wording,
    Words,
    days_words,
    first_up,
    foot_words,
    joined,
    spoken,
    state_words,
    total_words,
    written_by,
)
from app.maps._base import Group, Others
from app.maps._found import alt_text, found_words, period_words
from app.maps._panel import cut_off_words, unfiltered_words
from app.maps._places import total
from app.maps._texts import TEXTS as MAP_TEXTS
from app.stills._contents import Contents, source_of, years_of
from app.stills._texts import TEXTS
from app.wording import bind_signs, counted
from geo.density_rows import REASONS
from geo.spec import Layer, Text


class StillWording(Wording):
    """Write the texts of one still picture."""

    def __init__(self, contents: Contents) -> None:
        super().__init__(contents.question, contents.numbers)
        self.contents, self.scene = contents, contents.scene
        self.group = contents.scene.spec.counted

    def text(self, key: str, /, **values: object) -> str:
        """Fill in a text: the map's own, where it has one."""
        own = self._own().get(key) or TEXTS.get(key)
        if own is None:
            return super().text(key, **values)
        return bind_signs(own.in_language(self.language)).format(**values)

    def _own(self) -> Mapping[str, Text]:
        measure = self.group.measure
        return {} if measure is None else {"unknown": _stop(measure.unknown)}

    def nil(self) -> list[str]:
        """Say of how many events a toll of zero is stated, and whom else they killed."""
        measure = self.group.measure
        entries = self.contents.gathered[self.group.layer].entries
        rows = [entry.feature["properties"] for entry in entries if entry.value == 0]
        if measure is None or not rows:
            return []
        zero = bind_signs(measure.zero.in_language(self.language))
        said = [zero.format(events=self.events(len(rows)))]
        if measure.others is not None:
            said += self._others(measure.others, [row.get(measure.others.field) for row in rows])
        return [f"{bind_signs(' ; ') if self.language == 'fr' else '; '}".join(said) + "."]

    def _others(self, others: Others, tolls: Sequence[int | None]) -> Iterator[str]:
        language, stated = self.language, [toll for toll in tolls if toll is not None]
        some = [toll for toll in stated if toll]
        if some:
            persons = counted(sum(some), others.noun.forms(language), language)
            told = others.told.in_language(language)
            yield told.format(some=self.number(len(some)), others=persons)
        if len(stated) < len(tolls):
            unstated = others.unstated.in_language(language)
            yield unstated.format(some=self.number(len(tolls) - len(stated)))


def still_words(
    contents: Contents, form: str, regions: dict[str, str], ground: list[Layer]
) -> Words:
    """Write every text of a still picture."""
    write = StillWording(contents)
    words = written_by(write, form, regions, ground)
    some = any(contents.drawn(group) for group in contents.scene.spec.selectable)
    return replace(
        words,
        title=_title(write),
        subtitle=_subtitle(write),
        notes=(*words.notes, *(Note(text=text) for text in _notes(write))),
        foot=(_sources(write), *foot_words(write, ground)),
        alt=alt_text(contents.scene, contents.gathered),
        nothing=None if some else words.nothing,
    )


def _title(write: StillWording) -> str:
    title = bind_signs(write.scene.spec.title.in_language(write.language))
    return title.format(period=period_words(years_of(write.contents))).rstrip(" ,")


def _subtitle(write: StillWording) -> str:
    measure = bind_signs(write.counting.subtitle.in_language(write.language))
    others = [group for group in write.scene.spec.selectable if group is not write.group]
    said = total_words(write)
    for group in others:
        rows = len(write.contents.gathered[group.layer].entries)
        said += f", {counted(rows, group.rows_noun.forms(write.language), write.language)}"
    return joined([measure, said, *days_words(write), *state_words(write)])


def _notes(write: StillWording) -> Iterator[str]:
    """Say of all that is no circle of the main group how it is known, and what is left out."""
    contents, scene = write.contents, write.scene
    for group in scene.spec.selectable:
        gathered = contents.gathered[group.layer]
        if group.layer in contents.surfaces:
            yield from _shading_words(write, group)
        elif (group is not write.group or group.drawn == "symbols") and gathered.entries:
            said = found_words(group, total(gathered), write.language)
            yield f"{first_up(said)}."
    if any(len(symbols) > 1 for symbols in contents.symbols.values()):
        yield write.text("symbols_beside")
    yield from cut_off_words(scene)
    yield from (f"{text}." for text in unfiltered_words(scene))


def _shading_words(write: StillWording, group: Group) -> Iterator[str]:
    surface, language = write.contents.surfaces[group.layer], write.language
    forms = group.rows_noun.forms(language)
    yield (
        MAP_TEXTS["density"]
        .in_language(language)
        .format(
            used=write.number(surface.used),
            matched=counted(surface.matched, forms, language),
            km=write.number(group.bandwidth_km or 0),
        )
    )
    for reason, rows in surface.left_out.items():
        why = bind_signs(REASONS[reason].in_language(language))
        text = MAP_TEXTS["density_left_out"].in_language(language)
        yield text.format(rows=counted(rows, forms, language), why=why) + "."


def _sources(write: StillWording) -> str:
    """Name whose data each group of the map is, and on what terms."""
    said = []
    for group in write.scene.spec.selectable:
        source = source_of(write.scene, group)
        said.append(
            write.text(
                "source_of",
                layer=write.contents.layer(group).title.in_language(write.language),
                title=spoken(source.title, write.language).rstrip("."),
                licence=spoken(source.licence, write.language).rstrip("."),
            )
        )
    return " ".join(said)


def _stop(text: Text) -> Text:
    """End a text as a sentence."""
    return Text(en=f"{text.en}.", fr=f"{text.fr}.")
