"""The words on the pages of a report that are not data, in English and French."""

from __future__ import annotations

from collections.abc import Mapping

from app.wording import bind_signs
from geo.spec import Text

_WRITTEN: Mapping[str, Text] = {
    # Titles, which are also the bookmarks.
    "title": Text(
        en="{region}: conflict events, camps and bases, {period}",
        fr="{region} : événements de conflit, camps et bases, {period}",
    ),
    "map": Text(en="Map", fr="Carte"),
    "charts": Text(en="Figures", fr="Chiffres"),
    "incidents": Text(en="Incidents", fr="Incidents"),
    "camps": Text(en="Camps", fr="Camps"),
    "tobs": Text(en="Temporary operating bases", fr="Bases opérationnelles temporaires"),
    "sources": Text(en="Sources and method", fr="Sources et méthode"),
    "continued": Text(en="{title} (continued)", fr="{title} (suite)"),
    "footer": Text(
        en="Conflict Atlas · {region} · data as of {day}",
        fr="Conflict Atlas · {region} · données au {day}",
    ),
    "footer_empty": Text(en="Conflict Atlas · {region}", fr="Conflict Atlas · {region}"),
    "page": Text(en="{page} / {pages}", fr="{page} / {pages}"),
    # The map.
    "subtitle": Text(
        en="{events} recorded {days}, from {dataset}.",
        fr="{events} {days}, selon {dataset}.",
    ),
    "sites": Text(en="{sites} in the region.", fr="{sites} dans la région."),
    "no_events": Text(en="No event", fr="Aucun événement"),
    "days": Text(en="from {first} to {last}", fr="du {first} au {last}"),
    "days_all": Text(en="in all the time that is covered", fr="sur toute la période couverte"),
    "killed": Text(en="{killed} reported", fr="{killed} selon les sources"),
    "killed_range": Text(
        en="{killed} reported ({low} to {high} by the lowest and highest figures)",
        fr="{killed} selon les sources (de {low} à {high} selon les chiffres extrêmes)",
    ),
    "killed_unknown": Text(en="toll not stated for {events}", fr="bilan non précisé pour {events}"),
    "and": Text(en="{one} and {other}", fr="{one} et {other}"),
    "documented_part": Text(
        en="These are documented incidents, not a complete count.",
        fr="Il s’agit d’incidents documentés et non d’un décompte complet.",
    ),
    "legend_events": Text(
        en="Events by kind, at the place or near it; area of the circle: number of events",
        fr="Événements par type, au lieu ou à proximité ; surface du cercle : leur nombre",
    ),
    "legend_mission": Text(en="The mission", fr="La mission"),
    "legend_ground": Text(en="Ground", fr="Fond"),
    "legend_sizes": Text(en="Number of events", fr="Nombre d’événements"),
    # The number never stands alone on a line.
    "legend_kind": Text(en="{kinds}:\u00a0{count}", fr="{kinds} :\u00a0{count}"),
    "legend_place": Text(
        en="place; the sites and, by kind, the events at it or close by stand round it",
        fr="lieu ; les sites et, par type, les événements sur place ou tout près l’entourent",
    ),
    "legend_area": Text(
        en="known only to this area: {events}", fr="connu seulement à cette zone : {events}"
    ),
    "legend_region": Text(en="the region; neighbours are pale", fr="la région ; voisins en pâle"),
    "not_drawn": Text(
        en="Not drawn as circles: {events} ({percent}%), known only to a cercle, to the region or "
        "wider, or without a place.",
        fr="Sans cercle : {events} ({percent} %), au lieu connu seulement au cercle, à la région "
        "ou au-delà, ou sans lieu.",
    ),
    "sites_not_drawn": Text(
        en="Camps and bases known only to a cercle or wider are in the tables and not on the map: "
        "{count}.",
        fr="Camps et bases connus seulement au cercle ou au-delà, dans les tableaux et non sur la "
        "carte : {count}.",
    ),
    "imprecise": Text(
        en="Near the place or along a road, not in the place: {part} of {whole}.",
        fr="À proximité du lieu ou le long d’une route, non dans le lieu : {part} sur {whole}.",
    ),
    # The charts.
    "kinds": Text(en="Events by kind", fr="Événements par type"),
    "kinds_note": Text(
        en="{events} in all. Killed: best figures of the sources added up, with lowest and "
        "highest in brackets; events without a stated toll are counted apart, never as zero.",
        fr="{events} au total. Tués : somme des meilleurs chiffres des sources, minimum et maximum "
        "entre parenthèses ; les événements sans bilan sont comptés à part, jamais comme nuls.",
    ),
    "kind": Text(en="Kind", fr="Type"),
    "count": Text(en="Events", fr="Événements"),
    "killed_column": Text(en="Killed", fr="Tués"),
    "unknown_column": Text(en="Toll not stated", fr="Bilan non précisé"),
    "all_kinds": Text(en="All", fr="Total"),
    # The tables.
    "incidents_note": Text(
        en="{events}, in the order of their days. Killed: everyone whom the source counts as "
        "killed; a range is lowest to highest; “not stated” is not zero.",
        fr="{events}, par ordre chronologique. Tués : toutes les personnes que la source compte "
        "comme tuées ; une fourchette va du minimum au maximum ; « non précisé » ne veut pas dire "
        "zéro.",
    ),
    "incidents_part": Text(
        en="The {listed} with the most people reported killed, of {events}; all are at {url}",
        fr="Les {listed} événements les plus meurtriers selon les sources, sur {events} ; tous "
        "sont à l’adresse {url}",
    ),
    "incidents_withheld": Text(
        en="{events}. The terms of {dataset} let its events be counted and not listed: {licence}.",
        fr="{events}. Les conditions de {dataset} permettent de compter ses événements, mais non "
        "de les lister : {licence}.",
    ),
    "camps_note": Text(
        en="{count} of MINUSMA. A camp without a closing date is shown as open.",
        fr="{count} de la MINUSMA. Un camp sans date de fermeture est présenté comme ouvert.",
    ),
    "tobs_note": Text(
        en="{count} of MINUSMA, and stays of its patrols that sources describe like one.",
        fr="{count} de la MINUSMA, et séjours de ses patrouilles que les sources décrivent de "
        "même.",
    ),
    "no_rows": Text(en="None is recorded.", fr="Aucun enregistrement."),
    "date": Text(en="Date", fr="Date"),
    "place": Text(en="Place and how well it is known", fr="Lieu et précision du lieu"),
    "struck": Text(en="Who was struck", fr="Qui a été touché"),
    "source_column": Text(en="Source", fr="Source"),
    "camp": Text(en="Camp", fr="Camp"),
    "base": Text(en="Base and how well its place is known", fr="Base et précision du lieu"),
    "opened": Text(en="Opened", fr="Ouverture"),
    "closed": Text(en="Closed", fr="Fermeture"),
    "start": Text(en="Start", fr="Début"),
    "end": Text(en="End", fr="Fin"),
    "status": Text(en="Status", fr="Statut"),
    "contingents": Text(en="Contingents", fr="Contingents"),
    "from_place": Text(en="{offset} from the place", fr="à {offset} du lieu"),
    "direction": Text(en="direction: {offset}", fr="direction : {offset}"),
    "range": Text(en="{low}–{high}", fr="{low}–{high}"),
    # The last page.
    "sums_line": Text(en="{layer}, as sums by year", fr="{layer}, en sommes par année"),
    "as_of": Text(
        en="Data as of {day}; state of the store of {moment}.",
        fr="Données au {day} ; état de la base : {moment}.",
    ),
    "layers_used": Text(en="Data and licences", fr="Données et licences"),
    "source_line": Text(
        en="{layer}: {title}. Terms: {licence}.", fr="{layer} : {title}. Conditions : {licence}."
    ),
    "also_cited": Text(
        en="The {number} incidents, camps and bases in the tables cite {sources} different "
        "sources; each row names its own.",
        fr="Les {number} incidents, camps et bases des tableaux citent {sources} sources "
        "différentes ; chaque ligne nomme la sienne.",
    ),
    "method": Text(en="Method", fr="Méthode"),
    "method_region": Text(
        en="What is counted is what the store assigns to the region by name or place. Events along "
        "roads that cross regions, and events known only to the country, are in no region and not "
        "in this report.",
        fr="Est compté ce que la base attribue à la région par son nom ou son lieu. Les événements "
        "le long de routes qui traversent plusieurs régions, ou connus seulement au pays près, ne "
        "relèvent d’aucune région et ne figurent pas ici.",
    ),
    "method_dataset": Text(
        en="All events are of one data set, {dataset}: data sets overlap, and their sums must not "
        "be added up.",
        fr="Tous les événements proviennent d’un seul jeu de données, {dataset} : les jeux de "
        "données se recoupent et leurs sommes ne s’additionnent pas.",
    ),
    "method_killed": Text(
        en="Deaths are those that sources report: best figures are added up, with lowest and "
        "highest where a source gives them. An event of which no toll is stated adds nothing and "
        "is counted apart: unknown is never zero.",
        fr="Les décès sont ceux que rapportent les sources : les meilleurs chiffres sont "
        "additionnés, avec minimum et maximum quand une source les donne. Un événement sans bilan "
        "n’ajoute rien et est compté à part : inconnu ne veut jamais dire zéro.",
    ),
    "method_places": Text(
        en="Places are drawn no more exactly than they are known: what is known only to an area is "
        "outlined or listed, not drawn as a circle. The map page is georeferenced: programs that "
        "read geospatial PDF know where each point of it lies.",
        fr="Les lieux ne sont pas dessinés plus précisément qu’ils ne sont connus : ce qui n’est "
        "connu qu’à une zone près est entouré ou listé, sans cercle. La page de la carte est "
        "géoréférencée : les logiciels qui lisent le PDF géospatial en connaissent les "
        "coordonnées.",
    ),
    "method_struck": Text(
        en="“Who was struck” is the group that the record is kept for. It does not say that it was "
        "aimed at, and the order in which actors are named does not say who attacked.",
        fr="« Qui a été touché » désigne le groupe pour lequel l’événement est consigné. Cela ne "
        "dit pas qu’il était visé, et l’ordre des acteurs ne dit pas qui a attaqué.",
    ),
    "again": Text(en="The same report again", fr="Le même rapport"),
    "rows": Text(en="The rows themselves", fr="Les données elles-mêmes"),
    "made_with": Text(en="Made with Conflict Atlas {version}.", fr="Conflict Atlas {version}."),
    "subject": Text(
        en="Events, deaths, camps and temporary bases in {region}, with a source for each row",
        fr="Événements, décès, camps et bases temporaires, {region}, avec la source de chaque "
        "ligne",
    ),
}
TEXTS: Mapping[str, Text] = {
    name: Text(en=text.en, fr=bind_signs(text.fr)) for name, text in _WRITTEN.items()
}
