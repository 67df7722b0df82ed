// Build popups out of text nodes: whatever the data says, it is never read as markup.
"use strict";

(function (atlas) {
  atlas.element = function (name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const element = atlas.element;

  function addLine(list, label, content) {
    list.append(element("dt", "", label));
    const value = element("dd");
    value.append(content);
    list.append(value);
  }

  function sourceOf(entry, words) {
    const [title, url] = entry.source;
    if (!url || !/^https?:\/\//i.test(url)) return title || "–";
    const link = element("a", "", title || url);
    link.href = url;
    link.rel = "noopener noreferrer";
    link.target = "_blank";
    link.title = words.opens_outside;
    return link;
  }

  function entryOf(entry, name, group, words) {
    const item = element("li", "atlas-entry");
    if (entry.date) item.append(element("p", "atlas-date", entry.date));
    if (entry.heading !== name) item.append(element("p", "atlas-heading", entry.heading));
    if (entry.where !== name && entry.where !== entry.heading) {
      item.append(element("p", "atlas-where", entry.where));
    }
    const list = element("dl");
    for (const [label, text] of entry.lines) addLine(list, group.labels[label], text);
    addLine(list, words.precision, entry.precision);
    addLine(list, words.source, sourceOf(entry, words));
    item.append(list);
    return item;
  }

  /** List every row of one place; a long list scrolls. */
  atlas.popupOf = function (sum, group, words, language) {
    const popup = element("div", "atlas-popup");
    popup.append(element("h2", "", sum.name));
    popup.append(element("p", "atlas-sum", atlas.sumWords(sum, group, words, language)));
    const list = element("ol", "atlas-entries");
    list.tabIndex = 0;
    for (const entry of sum.entries) list.append(entryOf(entry, sum.name, group, words));
    popup.append(list);
    return popup;
  };
})(window.atlasMap);
