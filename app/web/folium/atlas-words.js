// Say what a span of years comes to; the service says the same of the whole (app/maps/_found.py).
"use strict";

(function (atlas) {
  const PARTS = [
    ["at_places", ["point"]], ["on_roads", ["road"]], ["in_areas", ["area", "vague"]],
    ["at_unsure", ["unsure"]], ["nowhere", ["none"]],
  ];

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

  atlas.period = function (years, words) {
    const form = years[0] === years[1] ? words.period_one : words.period_many;
    return atlas.fill(form, { from: years[0], to: years[1] });
  };

  /** Write a total with its parts: 173 attacks: 144 at 57 places, 20 along roads. */
  atlas.found = function (group, totals, words, language) {
    const noun = group.measure ? group.measure.noun : group.noun;
    let total = atlas.counted(totals.value, noun, language);
    if (group.measure) {
      const events = atlas.counted(totals.counted, group.noun, language);
      total = atlas.fill(words.total_sum, { total, events });
    }
    const forms = { one: words.place_one, other: words.place_other };
    const places = atlas.counted(totals.places, forms, language);
    const parts = PARTS.map(([name, kinds]) => [
      kinds.reduce((sum, kind) => sum + (totals.byKind[kind] || 0), 0),
      atlas.fill(words[name], { places }),
    ]).filter(([value]) => value);
    if (parts.length < 2) return [total, ...parts.map(([, text]) => text)].join(" ");
    const listed = parts.map(([value, text]) => `${atlas.number(value, language)} ${text}`);
    return atlas.fill(words.found, { total, parts: listed.join(", ") });
  };

  function zeroWords(group, totals, events, language) {
    const { zero, others } = group.measure;
    const parts = [atlas.fill(zero, { events: events(totals.zero) })];
    if (others && totals.othersTold) {
      const some = atlas.number(totals.othersTold, language);
      parts.push(atlas.fill(others.told, { some, others: atlas.counted(totals.others, others.noun, language) }));
    }
    if (others && totals.othersUnstated) {
      parts.push(atlas.fill(others.unstated, { some: atlas.number(totals.othersUnstated, language) }));
    }
    return parts.join(language === "fr" ? "\u00a0; " : "; ");
  }

  /** Say what the totals are, one sentence a line; what is nil is left out. */
  atlas.summaryLines = function (group, totals, words, language) {
    const events = (count) => atlas.counted(count, group.noun, language);
    if (totals.rows === 0) {
      return [`${events(0)}. ${group.entries.length ? words.no_rows : group.nothing}`];
    }
    const lines = [atlas.found(group, totals, words, language)];
    for (const name of ["near", "imprecise", "unsure"]) {
      if (!totals[name]) continue;
      const percent = Math.round((100 * totals[name]) / totals.counted);
      const part = atlas.number(totals[name], language);
      lines.push(atlas.fill(words[name], { part, whole: events(totals.counted), percent }));
    }
    if (totals.vague.length) {
      const names = [...new Set(totals.vague)].sort().join(", ");
      lines.push(atlas.fill(words.vague, { events: events(totals.vague.length), names }));
    }
    if (group.measure && totals.unknown) {
      lines.push(atlas.fill(group.measure.unknown, { events: events(totals.unknown) }));
    }
    if (group.measure && totals.zero) lines.push(zeroWords(group, totals, events, language));
    for (const name of ["unlocated", "undated"]) {
      if (totals[name]) lines.push(atlas.fill(words[name], { events: events(totals[name]) }));
    }
    return lines;
  };

  /** State in one sentence what the map shows, for those who do not see it. */
  atlas.altText = function (data, group, totals, years) {
    const top = totals.top;
    const noun = (value) => atlas.number(value, data.language);
    return atlas.fill(data.alt, {
      period: data.years ? atlas.period(years, data.words) : "",
      found: atlas.found(group, totals, data.words, data.language),
      top: top ? `${top.name} (${noun(top.value)})` : "–",
    });
  };

  /** Say what a place comes to, as its popup's heading and its line in the list do. */
  atlas.sumWords = function (sum, group, words, language) {
    let rows = atlas.counted(sum.entries.length, group.noun, language);
    if (sum.near && sum.near < sum.entries.length) {
      rows = atlas.fill(words.with_near, { rows, near: atlas.number(sum.near, language) });
    }
    if (!group.measure) return rows;
    return `${atlas.counted(sum.value, group.measure.noun, language)}, ${rows}`;
  };
})(window.atlasMap);
