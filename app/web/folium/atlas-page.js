// Draw the features of a page on its small map. The page says everything without it, too.
"use strict";

(function () {
  const MALI = [[10.1, -12.3], [25.05, 4.3]];
  const MANY = 2000;
  // What the ground holds. Beyond it the map is left empty, so that nothing looks like sea.
  const WINDOW = [[4, -20], [30, 18]];
  const GROUND = {
    country: { color: "#a39e8c", weight: 1, fillColor: "#f1efe8", fillOpacity: 1 },
    river: { color: "#8fb6cc", weight: 1, fill: false },
    lake: { color: "#8fb6cc", weight: 1, fillColor: "#dcebf3", fillOpacity: 1 },
    region: { color: "#b5b09f", weight: 1, fill: false, dashArray: "2 3" },
  };

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
    if (feature.kind === "shape") {
      return L.geoJSON(feature.shape, { style: { color: colour, weight: 1.5, fillOpacity: 0.15 } });
    }
    if (feature.kind === "area") {
      return L.circle(feature.at, {
        radius: feature.radius_m, color: colour, weight: 1.5, dashArray: "6 5", fillOpacity: 0.04,
      });
    }
    if (feature.kind === "doubtful") {
      return L.circleMarker(feature.at, {
        radius: 7, color: colour, weight: 1.5, dashArray: "2.5 2.5", fillColor: colour, fillOpacity: 0.15,
      });
    }
    const point = L.circleMarker(feature.at, {
      radius: 5, color: data.outline, weight: 1, fillColor: colour, fillOpacity: 0.9,
    });
    if (!data.single || !feature.radius_m) return point;
    const reach = L.circle(feature.at, { radius: feature.radius_m, color: colour, weight: 1, dashArray: "2 4", fillOpacity: 0.05 });
    return L.featureGroup([reach, point]);
  }

  /** Lay the quiet ground below; without it the map still shows its features. */
  async function layGround(map, name, url) {
    const answer = await fetch(url);
    if (!answer.ok) return null;
    const ground = L.geoJSON(await answer.json(), {
      pane: name, interactive: false,
      style: (shape) => GROUND[shape.properties.kind] || GROUND.region,
      pointToLayer: () => null,
    });
    if (name === "basemap") {
      L.rectangle(WINDOW, { pane: name, stroke: false, fillColor: "#dcebf3", fillOpacity: 1, interactive: false }).addTo(map);
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
    const laid = await Promise.all(Object.entries(data.ground).map(([name, url]) => layGround(map, name, url).catch(() => null)));
    const regions = laid[Object.keys(data.ground).indexOf("regions")];
    if (regions) nameRegions(map, regions, data.language);
    document.documentElement.dataset.ready = "yes";
  }

  if (document.getElementById("small-map-data") && window.L) start();
})();
