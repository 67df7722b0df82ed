"""The events: attacks on the mission and incidents with civilian victims, in one layout."""

from geo.spec import Choice, Field, FieldType, GeometryType, Layer, Source, Style, Text, Time


def _choice(value: str, en: str, fr: str, colour: str | None = None) -> Choice:
    return Choice(value=value, title=Text(en=en, fr=fr), colour=colour)


def _count(name: str, title: Text, description: Text | None = None) -> Field:
    return Field(
        name=name,
        type=FieldType.INTEGER,
        minimum=0,
        title=title,
        description=description,
        unit="persons",
    )


# The blue and the vermilion of Okabe and Ito, and seven colours found with them: all stand out at
# 3:1 on a light base and lie more than 25 apart in CIE Lab, also for protanopes and deuteranopes.
# So many colours cannot be told apart by anyone, so classes that are alike share one: what
# explodes on the ground, what is fired from afar, ambushes on the move, fights, raids and other
# violence against civilians, killings, and what is no attack or not stated.
EVENT_CLASSES = (
    _choice(
        "ied_mine",
        "mine or improvised explosive device",
        "mine ou engin explosif improvisé",
        "#D55E00",
    ),
    _choice("indirect_fire", "rocket or mortar fire", "tirs de roquettes ou de mortier", "#0072B2"),
    _choice("ambush", "ambush", "embuscade", "#189058"),
    _choice("complex_attack", "complex attack", "attaque complexe", "#400890"),
    _choice("svbied", "suicide vehicle bomb", "véhicule-suicide piégé", "#D55E00"),
    _choice("suicide_bomb", "suicide bomb", "attentat-suicide", "#D55E00"),
    _choice("small_arms", "small arms", "armes légères", "#1A1A1A"),
    _choice("fighting", "fighting", "combats", "#1A1A1A"),
    _choice(
        "village_attack",
        "attack on a village or camp",
        "attaque de village ou de campement",
        "#503010",
    ),
    _choice("execution", "execution", "exécution", "#280840"),
    _choice("massacre", "mass killing", "tuerie de masse", "#280840"),
    _choice(
        "convoy_or_bus_attack",
        "attack on a bus or convoy",
        "attaque d’un bus ou d’un convoi",
        "#189058",
    ),
    _choice("market_attack", "attack on a market", "attaque d’un marché", "#503010"),
    _choice("boat_attack", "attack on a boat", "attaque d’un bateau", "#189058"),
    _choice("air_strike", "air strike", "frappe aérienne", "#2028E8"),
    _choice("shelling", "shelling", "tirs d’obus", "#0072B2"),
    _choice(
        "attack_on_civilians",
        "attack on civilians, manner not stated",
        "attaque contre des civils, mode non précisé",
        "#503010",
    ),
    _choice("abduction", "abduction", "enlèvement", "#503010"),
    _choice("sexual_violence", "sexual violence", "violences sexuelles", "#503010"),
    _choice("protest", "protest", "manifestation", "#189090"),
    _choice("riot", "riot or mob violence", "émeute ou violence de foule", "#189090"),
    _choice(
        "strategic",
        "development without violence as such",
        "évolution sans violence en soi",
        "#189090",
    ),
    _choice("other", "other or not stated", "autre ou non précisé", "#189090"),
)
TARGET_CLASSES = (
    _choice("mission", "the mission", "la mission", "#0072B2"),
    _choice("civilians", "civilians", "civils", "#D55E00"),
    _choice("state_forces", "state forces", "forces de l’État", "#189058"),
    _choice("foreign_forces", "foreign forces", "forces étrangères", "#400890"),
    _choice("armed_groups", "armed groups", "groupes armés", "#1A1A1A"),
    _choice("unknown", "not stated", "non précisé", "#189090"),
)
TARGETS = (
    _choice("camp", "camp", "camp"),
    _choice("convoy", "convoy", "convoi"),
    _choice("patrol", "patrol", "patrouille"),
    _choice("tob", "temporary operating base", "base opérationnelle temporaire"),
    _choice("helicopter", "helicopter", "hélicoptère"),
    _choice("other", "other or not stated", "autre ou non précisé"),
)
PERPETRATOR_STATUSES = (
    _choice("claimed", "claimed by the actor", "revendiqué par l’acteur"),
    _choice(
        "attributed",
        "attributed by an inquiry, authority or witnesses",
        "attribué par une enquête, une autorité ou des témoins",
    ),
    _choice("suspected", "suspected", "soupçonné"),
    _choice("reported", "reported by a source", "rapporté par une source"),
    _choice("unknown", "not identified", "non identifié"),
)
PERPETRATOR_CLASSES = (
    _choice("jihadist", "jihadist groups", "groupes djihadistes"),
    _choice("malian_forces", "Malian forces", "forces maliennes"),
    _choice("community_militia", "community militias", "milices communautaires"),
    _choice("armed_group", "other armed groups", "autres groupes armés"),
    _choice("foreign_forces", "foreign forces", "forces étrangères"),
    _choice("unknown", "not identified", "non identifié"),
)
RELATIONS = (
    _choice("at", "at the place", "au lieu même"),
    _choice("near", "near it", "à proximité"),
    _choice("road", "on a road", "sur une route"),
    _choice("cercle", "in the cercle", "dans le cercle"),
    _choice("region", "in the region", "dans la région"),
    _choice("country", "in the country", "dans le pays"),
)

WHEN = (
    Field(
        name="date",
        type=FieldType.DATE,
        title=Text(en="Date", fr="Date"),
        description=Text(
            en="Day of the event, or first day on which it may have happened.",
            fr="Jour de l’événement, ou premier jour où il a pu se produire.",
        ),
        required=True,
    ),
    Field(
        name="date_end",
        type=FieldType.DATE,
        title=Text(en="Last day", fr="Dernier jour"),
        description=Text(
            en="Last day, where it went on for days or the day is not known exactly.",
            fr="Dernier jour, si l’événement a duré ou si le jour n’est pas connu exactement.",
        ),
    ),
)
WHAT = (
    Field(
        name="event_class",
        title=Text(en="Kind of event", fr="Type d’événement"),
        choices=EVENT_CLASSES,
        required=True,
        indexed=True,
    ),
    Field(
        name="target_class",
        title=Text(en="Who was struck", fr="Qui a été touché"),
        description=Text(
            en="The group that the record is kept for. For incidents with civilian victims it "
            "says that civilians were harmed, not that they were aimed at. In a fight of a data "
            "set that does not say who attacked, it is a party that took part, the mission first.",
            fr="Le groupe pour lequel l’événement est consigné. Pour les incidents avec des "
            "victimes civiles, il indique que des civils ont été touchés, non qu’ils étaient "
            "visés. Dans un combat d’un jeu de données qui ne dit pas qui a attaqué, c’est une "
            "partie prenante, la mission d’abord.",
        ),
        choices=TARGET_CLASSES,
        required=True,
        indexed=True,
    ),
    Field(
        name="target",
        title=Text(en="Target", fr="Cible"),
        description=Text(
            en="What of the mission was struck.", fr="Élément de la mission qui a été touché."
        ),
        choices=TARGETS,
        indexed=True,
    ),
    Field(
        name="contingents",
        title=Text(en="Contingents", fr="Contingents"),
        description=Text(
            en="Countries of the units that were struck, parted by semicolons.",
            fr="Pays des unités touchées, séparés par des points-virgules.",
        ),
    ),
    Field(name="unit", title=Text(en="Unit", fr="Unité")),
    Field(
        name="other_victims",
        title=Text(en="Other victims", fr="Autres victimes"),
        description=Text(
            en="Who the others were, as far as stated.",
            fr="Qui étaient les autres victimes, si la source le dit.",
        ),
    ),
)
WHO = (
    Field(
        name="perpetrator",
        title=Text(en="Perpetrator as named", fr="Auteur tel que nommé"),
        description=Text(
            en="As the source puts it, with denials and differing versions. No legal finding. "
            "Empty: not stated.",
            fr="Selon la source, avec les démentis et les versions divergentes. N’est pas une "
            "conclusion juridique. Vide : non précisé.",
        ),
    ),
    Field(
        name="perpetrator_status",
        title=Text(en="How sure", fr="Degré de certitude"),
        choices=PERPETRATOR_STATUSES,
    ),
    Field(
        name="perpetrator_class",
        title=Text(en="Class of perpetrator", fr="Catégorie d’auteur"),
        description=Text(
            en="For attacks on the mission it is derived from the group that the row names, and "
            "empty where none is named.",
            fr="Pour les attaques contre la mission, elle est déduite du groupe nommé et reste "
            "vide si aucun ne l’est.",
        ),
        choices=PERPETRATOR_CLASSES,
        indexed=True,
    ),
    Field(
        name="perpetrator_note",
        title=Text(en="Note on the perpetrator", fr="Remarque sur l’auteur"),
    ),
)
TOLL = (
    _count(
        "killed_low",
        Text(en="Killed, lowest", fr="Tués, minimum"),
        Text(
            en="Lowest count of civilians killed plus the others killed; only where the source "
            "gives a lowest count.",
            fr="Décompte minimal des civils tués, plus les autres tués ; seulement si la source "
            "donne un minimum.",
        ),
    ),
    _count(
        "killed_best",
        Text(en="Killed, best estimate", fr="Tués, meilleure estimation"),
        Text(
            en="Everyone that the source counts as killed: the sum of the figures in the row for "
            "peacekeepers, civilians and others. A group without a figure adds nothing; empty "
            "where the row has no figure for its main group. Empty is unknown, never zero.",
            fr="Toutes les personnes que la source compte comme tuées : somme des chiffres de la "
            "ligne pour les Casques bleus, les civils et les autres. Un groupe sans chiffre "
            "n’ajoute rien ; vide si la ligne n’a pas de chiffre pour le groupe principal. Vide "
            "veut dire inconnu, jamais zéro.",
        ),
    ),
    _count(
        "killed_high",
        Text(en="Killed, highest", fr="Tués, maximum"),
        Text(
            en="Highest count of civilians killed plus the others killed; only where the source "
            "gives a highest count.",
            fr="Décompte maximal des civils tués, plus les autres tués ; seulement si la source "
            "donne un maximum.",
        ),
    ),
    _count(
        "peacekeepers_killed",
        Text(en="Peacekeepers killed", fr="Casques bleus tués"),
        Text(
            en="Military and police of the mission. 0 only where the source says none.",
            fr="Militaires et policiers de la mission. 0 seulement si la source dit aucun.",
        ),
    ),
    _count(
        "peacekeepers_wounded",
        Text(en="Peacekeepers wounded", fr="Casques bleus blessés"),
        Text(
            en="Military and police of the mission. 0 only where the source says none.",
            fr="Militaires et policiers de la mission. 0 seulement si la source dit aucun.",
        ),
    ),
    _count(
        "civilians_killed_low",
        Text(en="Civilians killed, lowest", fr="Civils tués, minimum"),
    ),
    _count(
        "civilians_killed_best",
        Text(en="Civilians killed, best estimate", fr="Civils tués, meilleure estimation"),
        Text(
            en="By order: inquiry of the UN, final official toll, Human Rights Watch, the toll "
            "that most sources agree on. Empty where only a range or a claim exists.",
            fr="Dans l’ordre : enquête de l’ONU, bilan officiel définitif, Human Rights Watch, "
            "bilan retenu par la plupart des sources. Vide s’il n’existe qu’une fourchette ou "
            "qu’une affirmation.",
        ),
    ),
    _count(
        "civilians_killed_high",
        Text(en="Civilians killed, highest", fr="Civils tués, maximum"),
    ),
    _count(
        "others_killed",
        Text(en="Others killed", fr="Autres tués"),
        Text(
            en="In attacks on the mission: contractors, guards, civilian staff, state forces and "
            "bystanders, not the attackers. In incidents with civilian victims: everyone else "
            "whom the source counts apart, attackers too.",
            fr="Dans les attaques contre la mission : prestataires, gardes, personnel civil, "
            "forces de l’État et passants, mais pas les assaillants. Dans les incidents avec des "
            "victimes civiles : toute autre personne comptée à part, assaillants compris.",
        ),
    ),
)
WHERE = (
    Field(
        name="place",
        countable=True,
        title=Text(en="Place", fr="Lieu"),
        description=Text(en="As in the source.", fr="Tel que dans la source."),
        required=True,
    ),
    Field(
        name="place_fr",
        countable=True,
        title=Text(en="Place in French", fr="Lieu en français"),
        description=Text(en="As used in Mali.", fr="Tel qu’en usage au Mali."),
    ),
    Field(
        name="site",
        title=Text(en="Spot", fr="Emplacement"),
        description=Text(en="Where inside the place.", fr="Endroit précis à l’intérieur du lieu."),
    ),
    Field(
        name="relation",
        title=Text(en="Relation to the place", fr="Rapport au lieu"),
        choices=RELATIONS,
    ),
    Field(name="near", title=Text(en="Near", fr="Près de")),
    Field(
        name="distance_km",
        type=FieldType.NUMBER,
        minimum=0,
        title=Text(en="Distance", fr="Distance"),
        unit="km",
    ),
    Field(
        name="direction",
        title=Text(en="Direction", fr="Direction"),
        description=Text(
            en="Point of the compass, by its English letters.",
            fr="Point cardinal, par ses lettres anglaises.",
        ),
    ),
    Field(name="road_from", title=Text(en="Road from", fr="Route depuis")),
    Field(name="road_to", title=Text(en="Road to", fr="Route vers")),
    Field(
        name="place_ref",
        title=Text(en="Gazetteer places", fr="Lieux du répertoire"),
        description=Text(
            en="Ids in the layer of places, parted by semicolons; several are the nodes of a "
            "road, whose midpoint is the point.",
            fr="Identifiants dans la couche des lieux, séparés par des points-virgules ; plusieurs "
            "lieux jalonnent une route, dont le milieu est le point.",
        ),
    ),
    Field(
        name="region",
        groups=True,
        title=Text(en="Region", fr="Région"),
        description=Text(
            en="Id of today’s region; empty where a road crosses regions or no place is stated.",
            fr="Identifiant de la région actuelle ; vide si une route traverse des régions ou si "
            "aucun lieu n’est indiqué.",
        ),
        indexed=True,
    ),
    Field(
        name="cercle",
        groups=True,
        title=Text(en="Cercle", fr="Cercle"),
        description=Text(
            en="Cercle at the time of the event.", fr="Cercle à la date de l’événement."
        ),
    ),
    Field(name="geocode_note", title=Text(en="Note on the point", fr="Remarque sur le point")),
)

# What data sets say of an event beside what all rows have. Empty in the rows that come with the
# atlas, which were compiled one by one.
AS_STATED = (
    Field(
        name="dataset",
        title=Text(en="Data set", fr="Jeu de données"),
        description=Text(
            en="Which collection the row belongs to. Collections overlap: the same incident may be "
            "in several, so their sums must not be added up.",
            fr="La collection dont la ligne fait partie. Les collections se recoupent : un même "
            "incident peut figurer dans plusieurs, leurs sommes ne s’additionnent donc pas.",
        ),
        groups=True,
        indexed=True,
        default="documented",
    ),
    Field(name="country", groups=True, title=Text(en="Country", fr="Pays")),
    Field(
        name="kind_stated",
        groups=True,
        title=Text(en="Kind as stated", fr="Type tel qu’indiqué"),
        description=Text(
            en="Type and sub-type in the words of the data set.",
            fr="Type et sous-type selon les termes du jeu de données.",
        ),
    ),
    Field(
        name="conflict",
        groups=True,
        title=Text(en="Conflict", fr="Conflit"),
        description=Text(
            en="Conflict and pair of opponents, or type of disorder, as the data set puts it.",
            fr="Conflit et adversaires, ou type de désordre, selon le jeu de données.",
        ),
    ),
    Field(name="actor1", countable=True, title=Text(en="First actor", fr="Premier acteur")),
    Field(
        name="actor1_kind",
        groups=True,
        title=Text(en="Kind of first actor", fr="Type du premier acteur"),
    ),
    Field(name="allies1", title=Text(en="With the first actor", fr="Avec le premier acteur")),
    Field(
        name="actor2",
        countable=True,
        title=Text(en="Second actor", fr="Second acteur"),
        description=Text(
            en="As stated; the order of actors does not say who attacked.",
            fr="Tel qu’indiqué ; l’ordre des acteurs ne dit pas qui a attaqué.",
        ),
    ),
    Field(
        name="actor2_kind",
        groups=True,
        title=Text(en="Kind of second actor", fr="Type du second acteur"),
    ),
    Field(name="allies2", title=Text(en="With the second actor", fr="Avec le second acteur")),
    Field(
        name="civilians_targeted",
        type=FieldType.BOOLEAN,
        title=Text(en="Civilians were the target", fr="Civils visés"),
        description=Text(
            en="Whether the data set says that civilians were the main or only target.",
            fr="Si le jeu de données indique que des civils étaient la cible principale ou unique.",
        ),
    ),
    _count("side_a_killed", Text(en="Killed on the first side", fr="Tués du premier camp")),
    _count("side_b_killed", Text(en="Killed on the second side", fr="Tués du second camp")),
    _count("unknown_killed", Text(en="Killed, side unknown", fr="Tués, camp inconnu")),
    Field(
        name="killed_may_mean",
        title=Text(en="The toll may stand for words", fr="Le bilan peut traduire des mots"),
        description=Text(
            en="ACLED writes words of its sources as numbers: dozens as 12, hundreds as 100, "
            "several as 3 or 10, and 0 also where nothing is known. The number is left as it is, "
            "save for 0, which becomes empty because it does not say that nobody was killed.",
            fr="ACLED traduit en chiffres les mots de ses sources : « des dizaines » par 12, « des "
            "centaines » par 100, « plusieurs » par 3 ou 10, et 0 aussi quand rien n’est connu. Le "
            "chiffre est gardé tel quel, sauf 0, laissé vide car il ne dit pas que personne n’a "
            "été tué.",
        ),
        choices=(
            _choice("none_reported", "none reported (0)", "aucun signalé (0)"),
            _choice("several", "several (3 or 10)", "plusieurs (3 ou 10)"),
            _choice("dozens", "dozens (12)", "des dizaines (12)"),
            _choice("hundreds", "hundreds (100)", "des centaines (100)"),
        ),
    ),
    Field(name="region_stated", title=Text(en="Region as stated", fr="Région indiquée")),
    Field(name="cercle_stated", title=Text(en="Cercle as stated", fr="Cercle indiqué")),
    Field(
        name="place_basis",
        title=Text(en="What the point is", fr="Nature du point"),
        choices=(
            _choice("place", "the place itself", "le lieu lui-même"),
            _choice("centroid", "middle of an area", "milieu d’une zone"),
        ),
    ),
    Field(
        name="date_precision_stated",
        type=FieldType.INTEGER,
        title=Text(en="Date precision as coded", fr="Précision de la date codée"),
    ),
    Field(
        name="place_precision_stated",
        type=FieldType.INTEGER,
        title=Text(en="Place precision as coded", fr="Précision du lieu codée"),
    ),
    Field(
        name="clarity",
        type=FieldType.INTEGER,
        title=Text(en="Clarity as coded", fr="Clarté codée"),
    ),
    Field(name="reported_by", title=Text(en="Reported by", fr="Rapporté par")),
    Field(
        name="reports",
        type=FieldType.INTEGER,
        minimum=0,
        title=Text(en="Number of reports", fr="Nombre de rapports"),
    ),
    Field(name="tags", title=Text(en="Tags", fr="Étiquettes")),
    Field(
        name="updated",
        title=Text(en="Last change at the source", fr="Dernière modification à la source"),
        changed_at_source=True,
    ),
)

LAYER = Layer(
    id="events",
    title=Text(en="Events", fr="Événements"),
    description=Text(
        en="Attacks on MINUSMA (2013 to 2023) and documented incidents with civilian victims in "
        "Mali (2012 to 2023), each with its source. The two lists overlap in two events, and "
        "neither is complete: a missing row does not mean that nothing happened.",
        fr="Attaques contre la MINUSMA (2013 à 2023) et incidents documentés avec des victimes "
        "civiles au Mali (2012 à 2023), chacun avec sa source. Les deux listes se recoupent pour "
        "deux événements et aucune n’est complète : l’absence d’une ligne ne signifie pas que "
        "rien ne s’est passé.",
    ),
    geometry=GeometryType.POINT,
    window=(-20.0, 3.0, 18.0, 29.0),
    fields=(
        *WHEN,
        *WHAT,
        *WHO,
        *TOLL,
        *WHERE,
        *AS_STATED,
        Field(name="confidence", title=Text(en="Confidence", fr="Fiabilité")),
        Field(name="notes", title=Text(en="Notes", fr="Remarques")),
    ),
    source=Source(
        title=Text(
            en="Attacks on MINUSMA and incidents with civilian victims, compiled from UN, "
            "human-rights, research and press sources cited row by row",
            fr="Attaques contre la MINUSMA et incidents avec des victimes civiles, compilés à "
            "partir de sources de l’ONU, d’organisations de défense des droits humains, de la "
            "recherche et de la presse, citées ligne par ligne",
        ),
        licence=Text(
            en="CC BY 4.0; each row names its source and its terms",
            fr="CC BY 4.0 ; chaque ligne nomme sa source et ses conditions",
        ),
    ),
    style=Style(
        colour="#4D4D4D",
        outline="#FFFFFF",
        symbol="circle",
        radius_px=5.0,
        colour_by="target_class",
        adds=("killed", "civilians_killed"),
    ),
    label="place",
    time=Time(kind="event", start="date", end="date_end"),
    data=("incidents/attacks.csv", "incidents/civilian_harm.csv"),
)
