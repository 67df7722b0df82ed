// Let every link of the page carry the years that are chosen.
"use strict";

(function (atlas) {
  /** Narrow the days that were asked for to whole years: the later start, the earlier end. */
  atlas.chosenDays = function (interval, years) {
    const start = `${years[0]}-01-01`;
    const end = `${years[1]}-12-31`;
    const [first, last] = interval;
    return `${first && first > start ? first : start}/${last && last < end ? last : end}`;
  };

  /** Rewrite the links; the whole period is what the page was asked for. */
  atlas.pointLinks = function (data, years, whole) {
    for (const link of document.querySelectorAll("a[data-follows]")) {
      link.dataset.whole = link.dataset.whole || link.href;
      const url = new URL(link.dataset.whole);
      if (!whole) url.searchParams.set("datetime", atlas.chosenDays(data.interval, years));
      link.href = whole ? link.dataset.whole : url.href;
    }
  };
})(window.atlasMap);
