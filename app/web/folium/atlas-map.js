// Set up the map of a page: ground, names, places, years, list. Folium made the map and its groups.
"use strict";

(function (atlas) {
  // Bottom to top; Leaflet's own panes for popups stand above them all.
  const PANES = ["ground", "regions", "shading", "water", "areas", "circles", "symbols", "dots", "labels"];
  const FIRST_PANE_Z = 410;
  const WIDE_PX = 760;

  /** Tell whether the map has room for an open list of layers beside its popups. */
  atlas.isWide = function (map) {
    return map.getSize().x >= WIDE_PX;
  };

  function addPanes(map) {
    PANES.forEach((name, i) => {
      const pane = map.createPane(`atlas-${name}`);
      pane.style.zIndex = FIRST_PANE_Z + 10 * i;
      if (["ground", "regions", "shading", "water", "labels"].includes(name)) pane.style.pointerEvents = "none";
    });
  }

  function addGround(group, layer, ground) {
    const collection = (features) => ({ type: "FeatureCollection", features });
    const add = (features, pane, style) =>
      layer.addLayer(L.geoJSON(collection(features), { pane, style, interactive: false }));
    if (group.drawn === "areas") {
      add(group.features, "atlas-regions", group.area);
      return;
    }
    const isLand = (feature) => feature.properties.kind === "country";
    const style = (feature) => ground[feature.properties.kind] || ground.country;
    add(group.features.filter(isLand), "atlas-ground", style);
    add(group.features.filter((feature) => !isLand(feature)), "atlas-water", style);
  }

  function addControls(map, words, control) {
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
    const toggle = control.getContainer().querySelector(".leaflet-control-layers-toggle");
    toggle.title = words.layers;
    toggle.setAttribute("aria-label", words.layers);
    // On a narrow map a popup needs the room that the buttons take.
    const give = (open) => map.getContainer().classList.toggle("atlas-crowded", open && !atlas.isWide(map));
    map.on("popupopen", ({ popup }) => {
      give(true);
      popup.getElement().querySelector("a[role=button]").setAttribute("aria-label", words.close);
    }).on("popupclose", () => give(false));
  }

  /** Size a popup to the map as it now is. */
  function popupOptions(page) {
    const size = page.map.getSize();
    const wide = atlas.isWide(page.map);
    return {
      maxWidth: Math.min(320, size.x - 56),
      minWidth: Math.min(220, size.x - 80),
      maxHeight: Math.max(110, Math.round(size.y * 0.62)),
      // Clear of the buttons, which stand above popups.
      autoPanPaddingTopLeft: wide ? [56, 12] : [12, 12],
      autoPanPaddingBottomRight: wide ? [page.controlWidth + 24, 12] : [12, 12],
    };
  }

  function drawGroup(group, page, years, whole, signs) {
    const layer = page.layers[group.id];
    layer.clearLayers();
    const { places, totals, largest } = atlas.aggregate(group, years, whole);
    const items = [];
    for (const sum of places) {
      const drawn = atlas.drawPlace(sum, group, page, largest);
      if (drawn) {
        // Made when it is opened, so that it tells the years then chosen.
        drawn.bindPopup(() => atlas.popupOf(sum, group, page.words, page.language), popupOptions(page));
        layer.addLayer(drawn);
        for (const sign of atlas.signsOf(sum, group)) signs.add(sign);
      }
      items.push(atlas.listItem(sum, drawn, group, page));
    }
    atlas.drawCirclesLegend(group, largest, page);
    return { group, totals, items, lines: atlas.summaryLines(group, totals, page.words, page.language) };
  }

  /** Say everywhere what the map now shows: in its title, to the browser and to screen readers. */
  function showTitle(data, years, { group, totals }) {
    if (data.years) {
      const title = atlas.fill(data.title, { period: atlas.period(years, data.words) });
      document.getElementById("atlas-title").textContent = title;
      document.title = title;
    }
    if (!group.entries.length) return;
    const alt = totals.rows
      ? atlas.altText(data, group, totals, years)
      : `${document.title}. ${data.words.no_rows}`;
    document.querySelector(".atlas-map").setAttribute("aria-label", alt);
    document.querySelector("meta[name=description]").content = alt;
  }

  function addYears(data, draw) {
    const [from, to] = ["atlas-from", "atlas-to"].map((id) => document.getElementById(id));
    if (!from) return;
    const chosen = (moved) => {
      // The year that was not touched gives way, so that the span never turns round.
      if (Number(from.value) > Number(to.value)) (moved === from ? to : from).value = moved.value;
      draw([Number(from.value), Number(to.value)]);
    };
    for (const select of [from, to]) select.addEventListener("change", () => chosen(select));
    document.getElementById("atlas-all-years").addEventListener("click", () => {
      [from.value, to.value] = data.years;
      draw(data.years);
    });
  }

  /** Name the group whose layer a name belongs to, so that both are switched together. */
  function layerOfLabels(data, layers) {
    const drawn = { region: "areas", town: "names" };
    return (label) => {
      const group = data.groups.find((g) => g.drawn === (drawn[label.kind] || "basemap"));
      return layers[(group || data.groups[0]).id];
    };
  }

  /** Start the page: `layers` are folium's groups by layer id, `control` its layer control. */
  atlas.start = function (map, layers, control) {
    const data = JSON.parse(document.getElementById("atlas-data").textContent);
    // The styles of the service say what everything looks like (geo/styles).
    const page = { map, layers, words: data.words, language: data.language, look: data.look };
    map.getContainer().style.background = data.look.water;
    page.popup = () => popupOptions(page);
    const selectable = data.groups.filter((group) => group.entries);
    page.hasSymbols = selectable.some((group) => group.drawn === "symbols");
    const areas = data.groups.filter((group) => group.drawn === "areas");
    page.regions = new Map(areas.flatMap((group) => group.features).map((f) => [f.id, f]));
    atlas.linkShadings(selectable);
    addPanes(map);
    for (const group of data.groups) if (group.features) addGround(group, layers[group.id], data.look.ground);
    map.fitBounds(data.view, { animate: false });
    addControls(map, data.words, control);
    page.controlWidth = control.getContainer().offsetWidth;
    const arrange = atlas.addLabels(map, data.labels, layerOfLabels(data, layers), page);

    const draw = (years) => {
      const whole = !data.years || (years[0] <= data.years[0] && years[1] >= data.years[1]);
      map.closePopup();
      const signs = new Set();
      const results = selectable.map((group) => drawGroup(group, page, years, whole, signs));
      const shaded = selectable.flatMap((group) => atlas.drawShading(group, page, data, years, whole, signs));
      const list = (lines) => lines.map((line) => atlas.element("li", "", line));
      const fill = (id, items) => document.getElementById(id).replaceChildren(...items);
      fill("atlas-summary", list(results.map(({ lines }) => lines[0])));
      fill("atlas-details", [...list(results.flatMap(({ lines }) => lines.slice(1))), ...shaded]);
      fill("atlas-places", results.flatMap(({ items }) => items));
      atlas.showSigns(signs);
      showTitle(data, years, results.find(({ group }) => group.id === data.counted));
      atlas.pointLinks(data, years, whole);
    };
    draw(data.years || [0, 9999]);
    addYears(data, draw);
    // The words that were just written may have changed the room that the map has.
    map.invalidateSize({ animate: false });
    map.fitBounds(data.view, { padding: [8, 8], animate: false });
    map.setMinZoom(Math.max(2, map.getZoom() - 1.5));
    new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
    arrange();
    document.documentElement.dataset.ready = "yes";
  };
})(window.atlasMap);
