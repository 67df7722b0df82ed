// Count what a span of years holds, place by place. Pure: no map, no page.
"use strict";
window.atlasMap = window.atlasMap || {};

(function (atlas) {
  /** Fill {names} in a text; a name without a value stays as it is. */
  atlas.fill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };

  /** Write a number with its noun in the form that the language asks for. */
  atlas.counted = function (count, forms, language) {
    const one = language === "fr" ? Math.abs(count) < 2 : count === 1;
    return `${atlas.number(count, language)} ${one ? forms.one : forms.other}`;
  };

  atlas.number = function (value, language) {
    return new Intl.NumberFormat(language === "fr" ? "fr-FR" : "en-GB").format(value);
  };

  /** Tell whether an entry belongs to the years; all do to the whole, even one without a date. */
  atlas.isWithin = function (entry, years, whole) {
    if (whole || entry.years === null) return whole;
    const [first, last] = entry.years;
    return (first === null || first <= years[1]) && (last === null || last >= years[0]);
  };

  /** Add up a group for the years: per place, and in all. */
  atlas.aggregate = function (group, years, whole) {
    const found = new Map();
    const totals = { value: 0, counted: 0, rows: 0, unknown: 0, zero: 0, imprecise: 0, unlocated: 0 };
    for (const entry of group.entries) {
      if (!atlas.isWithin(entry, years, whole)) continue;
      totals.rows += 1;
      if (entry.value === null) totals.unknown += 1;
      else if (entry.value === 0) totals.zero += 1;
      else totals.counted += 1;
      totals.value += entry.value || 0;
      if (entry.place === null) {
        totals.unlocated += entry.value === 0 ? 0 : 1;
        continue;
      }
      const place = group.places[entry.place];
      if (entry.value && place.kind !== "point") totals.imprecise += 1;
      if (!found.has(entry.place)) {
        found.set(entry.place, { place, value: 0, unknown: 0, entries: [] });
      }
      const sum = found.get(entry.place);
      sum.value += entry.value || 0;
      sum.unknown += entry.value === null ? 1 : 0;
      sum.entries.push(entry);
    }
    // Largest first, so that a small circle is never under a large one.
    const places = [...found.values()].sort(
      (a, b) => b.value - a.value || a.place.name.localeCompare(b.place.name),
    );
    totals.places = places.filter((sum) => sum.value > 0).length;
    return { places, totals };
  };

  /** Say what the totals are, one sentence a line; what is nil is left out. */
  atlas.summaryLines = function (group, totals, words, language) {
    const places = { one: words.place_one, other: words.place_other };
    const events = (count) => atlas.counted(count, group.noun, language);
    const lines = [];
    if (totals.rows === 0) return [`${events(0)}. ${words.no_rows}`];
    lines.push(
      atlas.fill(group.measure ? words.total_sum : words.total_count, {
        total: group.measure ? atlas.counted(totals.value, group.measure, language) : events(totals.value),
        events: events(totals.counted),
        places: atlas.counted(totals.places, places, language),
      }),
    );
    if (totals.imprecise) {
      const percent = Math.round((100 * totals.imprecise) / totals.counted);
      const part = atlas.number(totals.imprecise, language);
      lines.push(atlas.fill(words.imprecise, { part, whole: events(totals.counted), percent }));
    }
    for (const name of ["unknown", "zero", "unlocated"]) {
      if (totals[name]) lines.push(atlas.fill(words[name], { events: events(totals[name]) }));
    }
    return lines;
  };

  /** Size a circle by its area, never by its radius; the legend is drawn by the same rule. */
  atlas.radiusPx = function (value, largest, radius) {
    if (value <= 0 || largest <= 0) return 0;
    const scale = Math.min(radius.largest / Math.sqrt(largest), radius.single);
    return Math.max(scale * Math.sqrt(value), radius.smallest);
  };
})(window.atlasMap);
