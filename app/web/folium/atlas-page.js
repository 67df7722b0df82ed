// Draw the features of a page on its small map. The page says everything without it, too.
"use strict";

(function () {
  const MALI = [[10.1, -12.3], [25.05, 4.3]];
  const MANY = 2000;
  // What the ground holds. Beyond it the map is left empty, so that nothing looks like sea.
  const WINDOW = [[4, -20], [30, 18]];

  /** Say what a feature is: its name leads to its page. Texts are set as text, never as HTML. */
  function popup(feature) {
    const box = document.createElement("div");
    const link = document.createElement("a");
    link.href = feature.href;
    link.textContent = feature.label;
    box.append(link);
    for (const line of feature.lines) {
      const said = document.createElement("p");
      said.className = "small-map-line";
      said.textContent = line;
      box.append(said);
    }
    return box;
  }

  /** Draw a feature as exactly as its place is known, and no more. */
  function draw(feature, data) {
    const colour = feature.colour || data.colour;
    const { weight, rings, radius, opacity } = data.look;
    const as = (ring) => ({
      color: colour, weight, dashArray: ring.dashes, fillColor: colour, fillOpacity: ring.opacity,
    });
    if (feature.kind === "shape") {
      return L.geoJSON(feature.shape, { style: { ...as(rings.road), dashArray: null } });
    }
    if (feature.kind === "area") {
      return L.circle(feature.at, { ...as(rings.area), radius: feature.radius_m });
    }
    if (feature.kind === "doubtful") {
      return L.circleMarker(feature.at, { ...as(rings.road), radius: rings.road.radius_px });
    }
    const point = L.circleMarker(feature.at, {
      radius, color: data.outline, weight, fillColor: colour, fillOpacity: opacity,
    });
    if (!data.single || !feature.radius_m) return point;
    const reach = L.circle(feature.at, { ...as(rings.area), radius: feature.radius_m });
    return L.featureGroup([reach, point]);
  }

  /** Lay the quiet ground below; without it the map still shows its features. */
  async function layGround(map, name, url, look) {
    const answer = await fetch(url);
    if (!answer.ok) return null;
    const ground = L.geoJSON(await answer.json(), {
      pane: name, interactive: false,
      style: (shape) => look[name === "regions" ? "region" : shape.properties.kind] || look.country,
      pointToLayer: () => null,
    });
    if (name === "basemap") {
      L.rectangle(WINDOW, { pane: name, stroke: false, fillColor: look.water, fillOpacity: 1, interactive: false }).addTo(map);
    }
    return ground.addTo(map);
  }

  /** Name the regions, the widest first; a name that would touch another waits for a closer view. */
  function nameRegions(map, ground, language) {
    const wide = (layer) => {
      const box = layer.getBounds();
      return (box.getEast() - box.getWest()) * (box.getNorth() - box.getSouth());
    };
    const regions = ground.getLayers().sort((a, b) => wide(b) - wide(a));
    const names = regions.map((layer) => {
      const { name, name_fr } = layer.feature.properties;
      const text = document.createElement("span");
      text.textContent = (language === "fr" && name_fr) || name;
      return L.tooltip({ pane: "names", permanent: true, direction: "center", className: "small-map-name" })
        .setLatLng(layer.getBounds().getCenter()).setContent(text).addTo(map);
    });
    const space = () => {
      const controls = map.getContainer().querySelectorAll(".leaflet-control");
      const taken = [...controls].map((control) => control.getBoundingClientRect());
      for (const name of names) {
        const element = name.getElement();
        element.style.visibility = "";
        const a = element.getBoundingClientRect();
        const free = taken.every((b) => a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top);
        if (free) taken.push(a);
        else element.style.visibility = "hidden";
      }
    };
    map.on("zoomend moveend", space);
    space();
  }

  async function start() {
    const holder = document.getElementById("small-map");
    const data = JSON.parse(document.getElementById("small-map-data").textContent);
    holder.replaceChildren();
    const map = L.map(holder, {
      preferCanvas: data.features.length > MANY, scrollWheelZoom: false, zoomControl: false,
      attributionControl: false, minZoom: 3, maxZoom: 12,
    });
    const { zoom_in, zoom_out } = data.words;
    L.control.zoom({ zoomInTitle: zoom_in, zoomOutTitle: zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    ["basemap", "regions", "names"].forEach((name, i) => {
      map.createPane(name).style.zIndex = 210 + i;
    });
    // Areas first, so that nothing exact lies hidden under a wide doubt.
    const order = ["shape", "area", "doubtful", "point"];
    const sorted = [...data.features].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    const drawn = L.featureGroup();
    map.fitBounds(MALI, { animate: false });
    drawn.addTo(map);
    for (const feature of sorted) draw(feature, data).bindPopup(popup(feature)).addTo(drawn);
    const bounds = drawn.getBounds();
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 7, animate: false });
    map.on("popupopen", (event) => {
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) close.setAttribute("aria-label", data.words.close);
    });
    const laid = await Promise.all(Object.entries(data.ground).map(([name, url]) => layGround(map, name, url, data.look).catch(() => null)));
    const regions = laid[Object.keys(data.ground).indexOf("regions")];
    if (regions) nameRegions(map, regions, data.language);
    document.documentElement.dataset.ready = "yes";
  }

  if (document.getElementById("small-map-data") && window.L) start();
})();
