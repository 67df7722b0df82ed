// Shade the map by density: with tiles of the service, or from the picture that a file carries.
"use strict";

(function (atlas) {
  const TILE_PX = 512;
  const MOST_ZOOM = 14;

  /** Give the address of a form of the density, on this host: of these days, or of all. */
  function addressOf(shading, ending, days) {
    const url = new URL(shading.links.at(-1).url);
    if (days) url.searchParams.set("datetime", days);
    return `${url.pathname}${ending}${url.search}`;
  }

  function tilesOf(shading, days) {
    const address = addressOf(shading, "/tiles/{z}/{x}/{y}.png", days);
    return L.tileLayer(`${address}&size=${TILE_PX}`, {
      pane: "atlas-shading", tileSize: TILE_PX, zoomOffset: -1, minNativeZoom: 1, maxNativeZoom: MOST_ZOOM,
    });
  }

  /** Show the legend of the days that are shaded, which has a scale of its own. */
  function showKey(shading, page, days) {
    const image = atlas.element("img", "atlas-key-image");
    image.src = `${addressOf(shading, "/legend.svg", days)}&lang=${page.language}`;
    image.alt = page.words.legend;
    document.querySelector(`[data-sign="${shading.name}"]`).replaceChildren(image);
  }

  /** Say how many rows of the years have a part in the shading, and why others have none. */
  function linesOf(group, page, years, whole) {
    const within = group.entries.filter((entry) => atlas.isWithin(entry, years, whole));
    const rows = (count) => atlas.counted(count, group.noun, page.language);
    const used = within.filter((entry) => !entry.left_out).length;
    const { words } = page;
    const said = [atlas.fill(words.density, {
      used: atlas.number(used, page.language), matched: rows(within.length), km: group.shading.km,
    })];
    for (const [reason, why] of Object.entries(group.shading.reasons)) {
      const left = within.filter((entry) => entry.left_out === reason).length;
      if (left) said.push(atlas.fill(words.density_left_out, { rows: rows(left), why }));
    }
    return said.map((text) => atlas.element("li", "", text));
  }

  function redrawLine(shading, page, days) {
    const url = new URL(shading.redraw);
    url.searchParams.set("datetime", days);
    const line = atlas.element("li", "", `${page.words.density_of_all} `);
    const link = atlas.element("a", "", page.words.density_redraw);
    link.href = url.href;
    line.append(link);
    return line;
  }

  /** Draw a group's density, and give the lines that tell what it holds. */
  atlas.drawShading = function (group, page, data, years, whole, signs) {
    const { shading } = group;
    if (!shading) return [];
    const layer = page.layers[group.id];
    const lines = linesOf(group, page, years, whole);
    const days = whole ? null : atlas.chosenDays(data.interval, years);
    if (shading.redraw && days) return [redrawLine(shading, page, days)];
    if (shading.redraw && !shading.picture) return lines;
    if (shading.redraw) {
      const { image, box } = shading.picture;
      layer.addLayer(L.imageOverlay(image, box, { pane: "atlas-shading" }));
    } else {
      layer.addLayer(tilesOf(shading, days));
      showKey(shading, page, days);
    }
    signs.add(shading.name);
    return lines;
  };

  /** Add the addresses of the rasters to the links below the map. */
  atlas.linkShadings = function (groups) {
    const links = groups.flatMap((group) => (group.shading ? group.shading.links : []));
    const place = document.querySelector(".atlas-links span");
    for (const { title, url } of links) {
      const link = atlas.element("a", "", title);
      link.href = url;
      link.dataset.follows = "";
      place.before(link, " ");
    }
  };
})(window.atlasMap);
