"""The words on every map that are not data, in English and French."""

from __future__ import annotations

from collections.abc import Mapping

from app.wording import bind_signs
from geo.spec import Text
from geo.styles.document import DISCLAIMER

_WRITTEN: Mapping[str, Text] = {
    # What the script counts again when the years change.
    "found": Text(en="{total}: {parts}", fr="{total} : {parts}"),
    "total_sum": Text(en="{total} in {events}", fr="{total} dans {events}"),
    "at_places": Text(en="at {places}", fr="en {places}"),
    "on_roads": Text(en="along roads", fr="le long de routes"),
    "in_areas": Text(en="known only to an area", fr="sans lieu plus précis qu’une zone"),
    "at_unsure": Text(
        en="at a point whose precision is not stated",
        fr="en un point dont la précision n’est pas indiquée",
    ),
    "nowhere": Text(en="with no place that can be mapped", fr="sans lieu cartographiable"),
    "near": Text(
        en="Near the place, not in it: {part} of {whole} ({percent}%)",
        fr="Près du lieu et non dans le lieu : {part} sur {whole} ({percent} %)",
    ),
    "imprecise": Text(
        en="Known only by road, cercle, region or wider: {part} of {whole} ({percent}%)",
        fr="Lieu connu seulement par route, cercle, région ou au-delà : {part} sur {whole} "
        "({percent} %)",
    ),
    "unsure": Text(
        en="Precision of the place not stated: {part} of {whole} ({percent}%)",
        fr="Précision du lieu non indiquée : {part} sur {whole} ({percent} %)",
    ),
    "vague": Text(
        en="Area too wide to be drawn, listed only: {events} ({names})",
        fr="Zone trop vaste pour être dessinée, seulement dans la liste : {events} ({names})",
    ),
    "unlocated": Text(
        en="No place that can be mapped, listed only: {events}",
        fr="Sans lieu cartographiable, seulement dans la liste : {events}",
    ),
    "undated": Text(
        en="Without a date, so in no single year: {events}",
        fr="Sans date, donc dans aucune année : {events}",
    ),
    "no_rows": Text(en="Nothing in these years.", fr="Rien pour ces années."),
    "nothing_selected": Text(
        en="Nothing matches this selection: {query}",
        fr="Rien ne correspond à cette sélection : {query}",
    ),
    "nothing_yet": Text(
        en="The store held nothing yet at {as_of}; its first state is of {day}.",
        fr="La base était encore vide à cette date ({as_of}) ; son premier état est du {day}.",
    ),
    "nothing_stored": Text(en="Nothing is stored here.", fr="Rien n’est enregistré ici."),
    "place_one": Text(en="place", fr="lieu"),
    "place_other": Text(en="places", fr="lieux"),
    "period_one": Text(en="{from}", fr="{from}"),
    "period_many": Text(en="{from}–{to}", fr="{from}–{to}"),
    # Popups and controls.
    "precision": Text(en="Place precision", fr="Précision du lieu"),
    "source": Text(en="Source", fr="Source"),
    "opens_outside": Text(en="(opens in a new tab)", fr="(ouvre un nouvel onglet)"),
    "close": Text(en="Close", fr="Fermer"),
    "zoom_in": Text(en="Zoom in", fr="Zoom avant"),
    "zoom_out": Text(en="Zoom out", fr="Zoom arrière"),
    "layers": Text(en="Layers", fr="Couches"),
    "full_screen": Text(en="Full screen", fr="Plein écran"),
    "leave_full_screen": Text(en="Leave full screen", fr="Quitter le plein écran"),
    # The panel.
    "years": Text(en="Years", fr="Années"),
    "from_year": Text(en="from", fr="de"),
    "to_year": Text(en="to", fr="à"),
    "whole_period": Text(en="all", fr="toutes"),
    "legend": Text(en="Legend", fr="Légende"),
    "signs_of": Text(en="{noun}:", fr="{noun} :"),
    "legend_areas": Text(
        en="known only to a cercle or region: somewhere in the area",
        fr="connu seulement au cercle ou à la région : quelque part dans la zone",
    ),
    "legend_road": Text(
        en="somewhere along a road (drawn at its middle)",
        fr="quelque part le long d’une route (dessiné en son milieu)",
    ),
    "legend_near": Text(
        en="near the place, not in it (up to about 25 km)",
        fr="près du lieu et non dans le lieu (jusqu’à 25 km environ)",
    ),
    "legend_unsure": Text(
        en="point whose precision is not stated", fr="point de précision non indiquée"
    ),
    "legend_river": Text(en="river, lake", fr="cours d’eau, lac"),
    "legend_minimum": Text(
        en="The smallest circles are drawn larger than their share, to be seen.",
        fr="Les plus petits cercles sont agrandis pour rester visibles.",
    ),
    "density_layer": Text(en="Density: {layer}", fr="Densité : {layer}"),
    "density": Text(
        en="Shaded: {used} of {matched}. Gaussian kernel, bandwidth {km} km; the colours follow "
        "the square root of the density.",
        fr="Densité : {used} sur {matched}. Noyau gaussien, largeur de bande de {km} km ; les "
        "couleurs suivent la racine carrée de la densité.",
    ),
    "density_left_out": Text(
        en="Left out of the shading: {rows}: {why}",
        fr="Hors de la densité : {rows} ; {why}",
    ),
    "density_of_all": Text(
        en="The shading in this file is of the whole period, and hidden for other years.",
        fr="Dans ce fichier, la densité porte sur toute la période ; elle est masquée pour "
        "d’autres années.",
    ),
    "density_redraw": Text(en="Show these years online", fr="Voir ces années en ligne"),
    "density_file": Text(en="Density as GeoTIFF", fr="Densité en GeoTIFF"),
    "density_tiles": Text(
        en="Density: tiles, legend, figures", fr="Densité : tuiles, légende, chiffres"
    ),
    "whole_period_link": Text(en="All years", fr="Toutes les années"),
    "with_near": Text(en="{rows}, {near} of them near it", fr="{rows}, dont {near} à proximité"),
    "all_places": Text(en="List of places", fr="Liste des lieux"),
    "notes": Text(en="About this map", fr="À propos de cette carte"),
    "data_as_of": Text(en="Data as of {day}", fr="Données au {day}"),
    "narrowed": Text(en="Selection: {query}", fr="Sélection : {query}"),
    "unfiltered": Text(
        en="The filter names a property that these do not have, so they are shown unfiltered: "
        "{layers}",
        fr="Le filtre porte sur une propriété qu’ils n’ont pas ; sont donc montrés sans filtre : "
        "{layers}",
    ),
    "cut_off": Text(
        en="Only {shown} of {matched} are drawn ({layer}). To see all, narrow the selection with "
        "datetime, bbox or filter in the address.",
        fr="Seuls {shown} sur {matched} sont dessinés ({layer}). Pour tout voir, restreignez la "
        "sélection avec datetime, bbox ou filter dans l’adresse.",
    ),
    "licence": Text(en="licence: {licence}", fr="licence : {licence}"),
    "producer": Text(
        en="Map: Conflict Atlas, figure {figure}", fr="Carte : Conflict Atlas, figure {figure}"
    ),
    "producer_plain": Text(en="Map: Conflict Atlas", fr="Carte : Conflict Atlas"),
    "projection": Text(
        en="Web Mercator projection (EPSG:3857); the scale holds in the middle of the map.",
        fr="Projection Web Mercator (EPSG:3857) ; l’échelle vaut au centre de la carte.",
    ),
    "disclaimer": DISCLAIMER,
    "year_rule": Text(
        en="An event counts in every year that its possible days touch. Camps and bases are drawn "
        "in the years in which sources show them there.",
        fr="Un événement compte dans chaque année que touchent ses jours possibles. Les camps et "
        "bases sont dessinés pour les années où des sources les attestent.",
    ),
    "language_note": Text(
        en="Details in popups are in the words of their sources.",
        fr="Certains détails des fenêtres sont donnés en anglais, comme dans la base.",
    ),
    "data": Text(en="Data", fr="Données"),
    "permalink": Text(en="Permalink", fr="Lien permanent"),
    "permalink_note": Text(
        en="keeps this selection and this state of the data",
        fr="conserve cette sélection et cet état des données",
    ),
    "download": Text(
        en="Download (one file, works offline)", fr="Télécharger (un fichier, hors ligne)"
    ),
    "home": Text(en="Conflict Atlas", fr="Conflict Atlas"),
    "other_language": Text(en="Français", fr="English"),
    "no_script": Text(
        en="This map needs JavaScript. Its data can be read without:",
        fr="Cette carte a besoin de JavaScript. Ses données se lisent sans :",
    ),
}
TEXTS: Mapping[str, Text] = {
    name: Text(en=text.en, fr=bind_signs(text.fr)) for name, text in _WRITTEN.items()
}
