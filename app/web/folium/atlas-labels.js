// Write names on the map, each where it fits without touching another.
"use strict";

(function (atlas) {
  // As atlas-map.css has it.
  const LINE_PX = 13;
  // Where a region's name may stand if its own spot is taken: above, below, two lines off.
  const SHIFTS_PX = [0, -LINE_PX, LINE_PX, -2 * LINE_PX, 2 * LINE_PX];
  const BESIDE_PX = [-LINE_PX, LINE_PX];
  const GAP_PX = 3;
  // So that names of towns do not fill the map.
  const MOST_TOWNS = 14;

  function overlaps(a, b) {
    return (
      a.left < b.right + GAP_PX && a.right + GAP_PX > b.left &&
      a.top < b.bottom + GAP_PX && a.bottom + GAP_PX > b.top
    );
  }

  function boxOf(text, { point, dy }) {
    const [width, height] = [text.offsetWidth, text.offsetHeight];
    return {
      left: point.x - width / 2, right: point.x + width / 2,
      top: point.y - height / 2 + dy, bottom: point.y + height / 2 + dy,
    };
  }

  /** Give the boxes that the map's buttons cover, where a name would be cut. */
  function controlBoxes(map) {
    const origin = map.getContainer().getBoundingClientRect();
    return [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => {
      const box = control.getBoundingClientRect();
      return {
        left: box.left - origin.left, right: box.right - origin.left,
        top: box.top - origin.top, bottom: box.bottom - origin.top,
      };
    });
  }

  function ownSpots(map, label, shifts) {
    return label.spots.flatMap((spot) =>
      shifts.map((dy) => ({ spot, dy, point: map.latLngToContainerPoint(spot) })));
  }

  /** List where a region's name may stand: at its spot, or wherever else it is inside the region. */
  function* regionSpots(map, label, rings, size) {
    for (const at of ownSpots(map, label, SHIFTS_PX)) yield { ...at, own: at.dy === 0 };
    for (const point of atlas.spotsInside(rings, size)) {
      yield { point, dy: 0, spot: map.containerPointToLatLng(point) };
    }
  }

  /** Place one name, or say that there is no room for it. */
  function place(map, { label, text, feature }, isFree, size) {
    const rings = feature ? atlas.ringsOnMap(map, feature) : null;
    for (const name of label.names) {
      text.textContent = name;
      const spots = rings
        ? regionSpots(map, label, rings, size)
        : ownSpots(map, label, label.kind === "country" ? [0] : BESIDE_PX);
      for (const at of spots) {
        const box = boxOf(text, at);
        // In its own widest spot the shortest name may be wider than a small region, elsewhere not.
        const may = !rings || (at.own && name === label.names.at(-1)) || atlas.isMostlyInside(rings, box);
        if (may && isFree(box)) return { at, box };
      }
    }
    return null;
  }

  atlas.addLabels = function (map, labels, layerOf, { regions, look }) {
    const markers = labels.map((label) => {
      const text = atlas.element("span", `atlas-label atlas-label-${label.kind}`, label.names[0]);
      Object.assign(text.style, look.names[label.kind]);
      const icon = L.divIcon({ className: "atlas-label-box", html: text, iconSize: [0, 0] });
      const marker = L.marker(label.spots[0], {
        icon, interactive: false, keyboard: false, pane: "atlas-labels",
      });
      layerOf(label).addLayer(marker);
      return { label, text, marker, feature: regions.get(label.region) };
    });

    function arrange() {
      const size = map.getSize();
      const taken = controlBoxes(map);
      let towns = 0;
      const isFree = (box) =>
        box.left >= 0 && box.right <= size.x && box.top >= 0 && box.bottom <= size.y &&
        !taken.some((other) => overlaps(box, other));
      for (const entry of markers) {
        const { label, text, marker } = entry;
        if (!map.hasLayer(marker)) continue;
        const due = label.zoom === undefined || (map.getZoom() >= label.zoom && towns < MOST_TOWNS);
        const found = due ? place(map, entry, isFree, size) : null;
        text.classList.toggle("atlas-hidden", !found);
        if (!found) continue;
        taken.push(found.box);
        towns += label.kind === "town" ? 1 : 0;
        marker.setLatLng(found.at.spot);
        text.style.marginTop = `${found.at.dy}px`;
      }
    }
    map.on("zoomend moveend resize overlayadd overlayremove", arrange);
    return arrange;
  };
})(window.atlasMap);
