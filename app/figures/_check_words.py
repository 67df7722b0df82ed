"""Say in words, and as a document, what became of a figure's data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.figures._check import MOST_LISTED, Check
from app.figures._numbers import Toll
from app.figures._question import permalink
from app.figures._words import moment_text
from app.wording import bind_signs, counted, day_words, number_words
from geo.spec import Language, Text

TEXTS = {
    "same": Text(
        en="Nothing has changed since {then}: the figure would show the same today.",
        fr="Rien n’a changé depuis le {then} : la figure montrerait la même chose aujourd’hui.",
    ),
    "changed": Text(
        en="The data has changed since {then}: {how}.",
        fr="Les données ont changé depuis le {then} : {how}.",
    ),
    "how": Text(
        en="{added} added, {changed} changed, {removed} removed, total {before} → {after}",
        fr="{noun} : {added}, {changed}, {removed} ; total : {before} → {after}",
    ),
    "numbers_same": Text(
        en="The numbers that the figure shows are still the same.",
        fr="Les nombres que montre la figure restent les mêmes.",
    ),
    "only_numbers": Text(
        en="No row that it counts differs: the days that the data cover or the series set beside "
        "it have changed.",
        fr="Aucune ligne comptée ne diffère : la période que couvrent les données, ou la série "
        "mise en regard, a changé.",
    ),
    "ground": Text(
        en="Loaded again since: {layers}. The drawing may look different.",
        fr="Chargé de nouveau depuis : {layers}. Le dessin peut être différent.",
    ),
    "listed": Text(
        en="{listed} of {rows} rows are listed; the others may only be counted, or are more than "
        "are listed.",
        fr="{listed} lignes sur {rows} sont listées ; les autres ne peuvent être que comptées, ou "
        "dépassent ce qui est listé.",
    ),
    "altered_record": Text(
        en="The hash is not that of the numbers which its address gave then: it was altered.",
        fr="L’empreinte n’est pas celle des nombres que son adresse donnait alors : elle a été "
        "modifiée.",
    ),
    "withdrawn": Text(
        en="The hash is not that of the numbers which its address gives for that moment now: rows "
        "were shown or withdrawn since, with their past, or the hash was altered.",
        fr="L’empreinte n’est pas celle des nombres que son adresse donne aujourd’hui pour ce "
        "moment : des lignes ont été publiées ou retirées depuis, avec leur passé, ou "
        "l’empreinte a été modifiée.",
    ),
    "altered_file": Text(
        en="The file was altered after it was made: its seal does not hold.",
        fr="Le fichier a été modifié après sa création : son sceau ne correspond plus.",
    ),
    "intact": Text(
        en="The file is byte for byte as it was made.",
        fr="Le fichier est, à l’octet près, tel qu’il a été créé.",
    ),
    "no_seal": Text(
        en="The file bears no seal: whether it was altered cannot be said.",
        fr="Le fichier ne porte pas de sceau : impossible de dire s’il a été modifié.",
    ),
    "unknown": Text(en="not stated", fr="non précisé"),
    "place": Text(en="Place", fr="Lieu"),
}
KINDS = {
    "added": Text(en="added", fr="ajout"),
    "changed": Text(en="changed", fr="modification"),
    "removed": Text(en="removed", fr="suppression"),
}


def text(key: str, language: Language, **values: object) -> str:
    """Write one of the texts."""
    return bind_signs(TEXTS[key].in_language(language)).format(**values)


def sentences(check: Check, language: Language) -> list[str]:
    """Say what became of the data, the finding first."""
    then = moment_words(check.then, language)
    if not check.has_changed:
        found = [text("same", language, then=then)]
    else:
        found = [text("changed", language, then=then, how=how_words(check, language))]
        if not check.rows:
            found.append(text("only_numbers", language))
        elif check.numbers_are_same:
            found.append(text("numbers_same", language))
    if check.rows > len(check.changes):
        listed = number_words(len(check.changes), language)
        rows = number_words(check.rows, language)
        found.append(text("listed", language, listed=listed, rows=rows))
    if check.ground:
        found.append(text("ground", language, layers=", ".join(check.ground)))
    if check.claim_holds is False:
        found.append(text("withdrawn" if check.withdrawn else "altered_record", language))
    return found


def seal_words(is_intact: bool | None, language: Language) -> str:
    """Say whether a file is still as it was made."""
    key = {True: "intact", False: "altered_file", None: "no_seal"}[is_intact]
    return text(key, language)


def how_words(check: Check, language: Language) -> str:
    """Say how much changed, in one line."""
    noun = check.question.spec.event
    counts = {name: getattr(check, name) for name in ("added", "changed", "removed")}
    if language == "fr":
        # Nouns: a participle would have to agree with what is counted.
        said = {
            name: counted(value, {"one": KINDS[name].fr, "other": f"{KINDS[name].fr}s"}, language)
            for name, value in counts.items()
        }
    else:
        said = {name: number_words(value, language) for name, value in counts.items()}
        said["added"] = counted(counts["added"], noun.forms(language), language)
    before, after = (_total(toll, check, language) for toll in (check.total_then, check.total_now))
    plural = noun.other.in_language(language)
    return text("how", language, noun=plural, before=before, after=after, **said)


def _total(toll: Toll, check: Check, language: Language) -> str:
    if toll.value is None and toll.events:
        return text("unknown", language)
    return number_words(toll.value or 0, language)


def moment_words(moment: datetime, language: Language) -> str:
    """Write a moment to the minute, in universal time."""
    when = moment.astimezone(UTC)
    clock = f"{when:%H:%M}" if language == "en" else f"{when:%H} h {when:%M}"
    joined = ", " if language == "en" else " à "
    return f"{day_words(when.date(), language)}{joined}{clock} UTC"


def document(check: Check, language: Language) -> dict[str, Any]:
    """Write a check for programs."""
    question = check.question
    now = replace(question, query=replace(question.query, as_of=None))
    then = moment_text(check.then)
    return {
        "figure": question.spec.figure,
        "changed": check.has_changed,
        "summary": " ".join(sentences(check, language)),
        "dataset": check.dataset,
        "then": then,
        "now": moment_text(check.now),
        "added": check.added,
        "changed_rows": check.changed,
        "removed": check.removed,
        "total": {
            "then": _toll(check.total_then),
            "now": _toll(check.total_now),
        },
        "numbers_are_same": check.numbers_are_same,
        "loaded_again": list(check.ground),
        "hash_holds": check.claim_holds,
        "listed": len(check.changes),
        "most_listed": MOST_LISTED,
        "list": [
            {
                "id": change.id,
                "change": change.kind,
                "fields": {
                    name: {"then": before, "now": after}
                    for name, (before, after) in change.fields.items()
                },
            }
            for change in check.changes
        ],
        "links": [
            {"rel": "memento", "href": permalink(question, "svg", check.dataset, then)},
            {"rel": "latest-version", "href": permalink(now, "svg", check.dataset, None)},
        ],
    }


def _toll(toll: Toll) -> dict[str, int | None]:
    return {"value": toll.value, "low": toll.low, "high": toll.high, "events": toll.events}
