"""The words on every figure that are not data, in English and French."""

from __future__ import annotations

from collections.abc import Mapping

from app.wording import bind_signs
from geo.spec import Text

_WRITTEN: Mapping[str, Text] = {
    "each_bars": Text(en="per year", fr="par année"),
    "each_map": Text(en="by place", fr="par lieu"),
    "total": Text(en="Total: {total}", fr="Total : {total}"),
    "total_sum": Text(
        en="Total: {total}, stated for {events}", fr="Total : {total}, bilan précisé pour {events}"
    ),
    "total_unknown": Text(
        en="Total: toll not stated in any of {events}",
        fr="Total : bilan non précisé pour {events}",
    ),
    "total_none": Text(en="Total: none recorded", fr="Total : aucun enregistré"),
    "range": Text(
        en="{low} to {high} by the sources’ lowest and highest figures",
        fr="de {low} à {high} selon les chiffres minimaux et maximaux des sources",
    ),
    "days": Text(en="{first} to {last}", fr="du {first} au {last}"),
    "data_as_of": Text(en="Data as of {day}", fr="Données au {day}"),
    "most_year": Text(en="Most in {year}: {total}", fr="Maximum en {year} : {total}"),
    "most_place": Text(en="Most at {place}: {total}", fr="Maximum à {place} : {total}"),
    "most_none": Text(
        en="Nothing is recorded for this selection",
        fr="Rien n’est enregistré pour cette sélection",
    ),
    "nothing": Text(
        en="Nothing is recorded for this selection.",
        fr="Rien n’est enregistré pour cette sélection.",
    ),
    "nothing_yet": Text(
        en="The store held nothing yet at this moment; its first state is of {day}.",
        fr="La base était encore vide à ce moment ; son premier état est du {day}.",
    ),
    # Notes under bars.
    "partial": Text(
        en="Hatched: year not wholly covered ({days}).",
        fr="Hachures : année non couverte en entier ({days}).",
    ),
    "partial_unseen": Text(
        en="Year not wholly covered: {days}.", fr="Année non couverte en entier : {days}."
    ),
    "partial_first": Text(en="{year} from {day}", fr="{year} à partir du {day}"),
    "partial_last": Text(en="{year} to {day}", fr="{year} jusqu’au {day}"),
    "unknown": Text(
        en="Toll not stated: {events}, not counted as zero.",
        fr="Bilan non précisé : {events}, sans être compté comme nul.",
    ),
    "range_marks": Text(
        en="Vertical lines: lowest to highest figures of the sources; a single figure stands for "
        "both ends. Events without a best estimate are in the line and not in the bar.",
        fr="Traits verticaux : des chiffres minimaux aux chiffres maximaux des sources ; un "
        "chiffre unique vaut pour les deux bouts. Sans meilleure estimation, un événement entre "
        "dans le trait, mais pas dans la barre.",
    ),
    "unknown_years": Text(
        en="“?”: something is recorded, but no toll is stated.",
        fr="« ? » : des faits sont enregistrés, mais aucun bilan n’est précisé.",
    ),
    "empty_years": Text(
        en="“–”: nothing is recorded; that does not say that nothing happened.",
        fr="« – » : rien n’est enregistré, ce qui ne signifie pas que rien ne s’est passé.",
    ),
    "undated": Text(
        en="In no single year, and in no bar: {total}.",
        fr="À cheval sur plusieurs années ou sans date, donc dans aucune barre : {total}.",
    ),
    "compared": Text(en="Diamonds: {title}.", fr="Losanges : {title}."),
    "compared_source": Text(en="Their source: {sources}.", fr="Leur source : {sources}."),
    "compared_scope": Text(
        en="They count something else and are not to be added; the selection does not narrow them.",
        fr="Ils comptent autre chose et ne s’additionnent pas ; la sélection ne les restreint pas.",
    ),
    "compared_some": Text(
        en="Their values are written where there is room; the table has them all.",
        fr="Leurs valeurs sont écrites là où la place le permet ; le tableau les donne toutes.",
    ),
    "compared_none": Text(
        en="The series has no figure for these years.",
        fr="La série n’a pas de chiffre pour ces années.",
    ),
    "up_to": Text(en="up to {value}", fr="jusqu’à {value}"),
    "at_least": Text(en="at least {value}", fr="au moins {value}"),
    "more_than": Text(en="over {value}", fr="plus de {value}"),
    "nearly": Text(en="nearly {value}", fr="près de {value}"),
    "selection": Text(en="Selection: {query}.", fr="Sélection : {query}."),
    # Around maps.
    "legend": Text(en="Area of the circle: {what}", fr="Surface du cercle : {what}"),
    "circle_point": Text(en="at the place, or near it", fr="au lieu ou à proximité"),
    "circle_road": Text(
        en="along a road, drawn at its middle", fr="le long d’une route, dessiné au milieu"
    ),
    "circle_area": Text(
        en="somewhere in this area; figure beside", fr="quelque part dans la zone ; voir la liste"
    ),
    "unknown_sign": Text(en="toll not stated", fr="bilan non précisé"),
    "aside": Text(
        en="Known only to an area: no circle", fr="Zone connue, lieu imprécis : sans cercle"
    ),
    "aside_share": Text(
        en="{total} in {events}, {percent}% of all {all}",
        fr="{total} dans {events}, {percent} % des {all}",
    ),
    "aside_share_events": Text(en="{total}, {percent}% of all", fr="{total}, {percent} % du total"),
    "aside_line": Text(en="{name}: {value} in {events}", fr="{name} : {value} dans {events}"),
    "aside_line_events": Text(en="{name}: {value}", fr="{name} : {value}"),
    "aside_rest": Text(
        en="{count} more areas: {value} in {events}",
        fr="{count} autres zones : {value} dans {events}",
    ),
    "aside_rest_events": Text(
        en="{count} more areas: {value}", fr="{count} autres zones : {value}"
    ),
    "aside_unknown": Text(en="not stated", fr="non précisé"),
    "aside_unsure": Text(en="place not stated", fr="lieu non indiqué"),
    "aside_none": Text(en="no place that can be mapped", fr="sans lieu cartographiable"),
    "near_share": Text(
        en="Near the named place, not in it (up to about 25 km): {part} of {whole} ({percent}%).",
        fr="À proximité du lieu nommé et non dans le lieu (jusqu’à 25 km environ) : {part} sur "
        "{whole} ({percent} %).",
    ),
    "road_share": Text(
        en="Along a road: {part} of {whole} ({percent}%).",
        fr="Le long d’une route : {part} sur {whole} ({percent} %).",
    ),
    "zero_places": Text(
        en="Toll stated as zero, no circle: {events}.",
        fr="Bilan déclaré nul, sans cercle : {events}.",
    ),
    "projection": Text(
        en="Projection: Lambert azimuthal equal-area, centred on {north}° N, {west}° W.",
        fr="Projection : azimutale équivalente de Lambert, centrée sur {north}° N, {west}° O.",
    ),
    "north": Text(en="N", fr="N"),
    # The foot of every figure.
    "source": Text(en="Source: {title}.", fr="Source : {title}."),
    "sources_more": Text(en="{title} and {others} others", fr="{title} et {others} autres"),
    "licence": Text(en="Licence: {licence}.", fr="Licence : {licence}."),
    "recorded": Text(en="Recorded {day}.", fr="Enregistré le {day}."),
    "ground": Text(
        en="Regions: {regions}. Countries and rivers: {basemap}.",
        fr="Régions : {regions}. Pays et cours d’eau : {basemap}.",
    ),
    "producer": Text(
        en="Figure {figure}, Conflict Atlas {version}, state of the data {moment}.",
        fr="Figure {figure}, Conflict Atlas {version}, état des données : {moment}.",
    ),
    "producer_empty": Text(
        en="Figure {figure}, Conflict Atlas {version}.",
        fr="Figure {figure}, Conflict Atlas {version}.",
    ),
    "disclaimer": Text(
        en="The boundaries and names shown and the designations used do not imply endorsement or "
        "acceptance by anyone. This is not a product of the United Nations.",
        fr="Les frontières, les noms et les désignations qui figurent ici n’impliquent ni "
        "reconnaissance ni acceptation de quiconque. Ce n’est pas un produit des Nations Unies.",
    ),
    "permalink": Text(en="The same figure again: {url}", fr="La même figure : {url}"),
}
TEXTS: Mapping[str, Text] = {
    name: Text(en=text.en, fr=bind_signs(text.fr)) for name, text in _WRITTEN.items()
}
DATASETS: Mapping[str, str] = {"acled": "ACLED", "ucdp": "UCDP", "documented": "Conflict Atlas"}
