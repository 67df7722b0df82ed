// Count what a span of years holds, place by place. Pure: no map, no page.
"use strict";
window.atlasMap = window.atlasMap || {};

(function (atlas) {
  /** Tell whether an entry belongs to the years; all do to the whole, even one without a date. */
  atlas.isWithin = function (entry, years, whole) {
    if (whole || entry.years === null) return whole;
    const [first, last] = entry.years;
    return (first === null || first <= years[1]) && (last === null || last >= years[0]);
  };

  function emptyTotals() {
    return {
      value: 0, rows: 0, counted: 0, places: 0, byKind: {}, near: 0, imprecise: 0, unsure: 0,
      undated: 0, unlocated: 0, vague: [], unknown: 0, zero: 0, othersTold: 0, others: 0,
      othersUnstated: 0,
    };
  }

  function countZero(entry, totals) {
    totals.zero += 1;
    if (entry.others === null) totals.othersUnstated += 1;
    if (entry.others > 0) {
      totals.othersTold += 1;
      totals.others += entry.others;
    }
  }

  function count(entry, kind, totals) {
    totals.rows += 1;
    if (entry.years === null) totals.undated += 1;
    if (entry.value === 0) return countZero(entry, totals);
    if (entry.value === null) totals.unknown += 1;
    if (kind === "none") totals.unlocated += 1;
    if (kind === "vague") totals.vague.push(entry.where);
    if (entry.value === null) return;
    totals.value += entry.value;
    totals.counted += 1;
    totals.byKind[kind] = (totals.byKind[kind] || 0) + entry.value;
    if (kind === "point" && entry.near) totals.near += 1;
    if (["road", "area", "vague"].includes(kind)) totals.imprecise += 1;
    if (kind === "unsure") totals.unsure += 1;
  }

  function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  /** Name a place as most of its rows do. */
  function commonest(names) {
    const counts = new Map();
    for (const name of names) counts.set(name, (counts.get(name) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]))[0][0];
  }

  /** Say where a place lies as its rows agree: at a site, so far off, or how well it is known. */
  function lie(sum) {
    const told = (entry) => entry.site || entry.offset || entry.known;
    const first = told(sum.entries[0]);
    return sum.entries.every((entry) => told(entry) === first) ? first : sum.entries[0].known;
  }

  /** Say of each place that shares its name what tells it apart; its position if nothing else. */
  function tellApart(sums) {
    const times = (words) => {
      const counts = new Map();
      for (const word of words) counts.set(word, (counts.get(word) || 0) + 1);
      return counts;
    };
    const named = times(sums.map(({ name }) => name));
    const alike = sums.filter(({ name }) => named.get(name) > 1);
    for (const sum of alike) sum.note = lie(sum);
    const noted = times(alike.map(({ name, note }) => `${name}\n${note}`));
    for (const sum of alike) {
      if (noted.get(`${sum.name}\n${sum.note}`) === 1 || !sum.place.at) continue;
      sum.note += `, ${sum.place.at.map((degrees) => degrees.toFixed(3)).join(" ")}`;
    }
  }

  /** Add up a group for the years: per place, and in all. */
  atlas.aggregate = function (group, years, whole) {
    const found = new Map();
    const totals = emptyTotals();
    for (const entry of group.entries) {
      if (!atlas.isWithin(entry, years, whole)) continue;
      const place = group.places[entry.place];
      count(entry, place.kind, totals);
      if (!found.has(entry.place)) {
        found.set(entry.place, { place, value: 0, unknown: 0, near: 0, note: "", entries: [] });
      }
      const sum = found.get(entry.place);
      sum.value += entry.value || 0;
      sum.unknown += entry.value === null ? 1 : 0;
      sum.near += entry.near ? 1 : 0;
      sum.entries.push(entry);
    }
    for (const sum of found.values()) sum.name = commonest(sum.entries.map(({ where }) => where));
    // Largest first, so that a small circle is never under a large one.
    const places = [...found.values()].sort((a, b) => b.value - a.value || compare(a.name, b.name));
    const listed = places.filter((sum) => sum.value > 0 || sum.unknown > 0);
    tellApart(listed);
    const points = listed.filter((sum) => sum.value > 0 && sum.place.kind === "point");
    totals.places = points.length;
    totals.top = points[0];
    // What sets the scale: areas have no circle.
    const sized = listed.filter((sum) => ["point", "road", "unsure"].includes(sum.place.kind));
    const largest = Math.max(0, ...sized.map((sum) => sum.value));
    return { places: listed, totals, largest };
  };

  /** Size a circle by its area, never by its radius; the legend is drawn by the same rule. */
  atlas.radiusPx = function (value, largest, radius) {
    if (value <= 0 || largest <= 0) return 0;
    const scale = Math.min(radius.largest / Math.sqrt(largest), radius.single);
    return Math.max(scale * Math.sqrt(value), radius.smallest);
  };
})(window.atlasMap);
