// Write names on the map, each where it fits without touching another.
"use strict";

(function (atlas) {
  const LINE_PX = 13;
  // Where a name may stand if its own spot is taken: above, below, two lines off.
  const SHIFTS_PX = [0, -LINE_PX, LINE_PX, -2 * LINE_PX, 2 * LINE_PX];
  const GAP_PX = 3;

  function overlaps(a, b) {
    return (
      a.left < b.right + GAP_PX && a.right + GAP_PX > b.left &&
      a.top < b.bottom + GAP_PX && a.bottom + GAP_PX > b.top
    );
  }

  /** List where a name may stand: a region's a little off its spot, a river's beside its line. */
  function candidates(map, label) {
    const shifts = { region: SHIFTS_PX, river: [-LINE_PX, LINE_PX] }[label.kind] || [0];
    return label.spots.flatMap((spot) =>
      shifts.map((dy) => ({ spot, dy, point: map.latLngToContainerPoint(spot) })));
  }

  function boxOf(text, point, dy) {
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

  atlas.addLabels = function (map, labels, layerOf) {
    const markers = labels.map((label) => {
      const text = atlas.element("span", `atlas-label atlas-label-${label.kind}`, label.text);
      const icon = L.divIcon({ className: "atlas-label-box", html: text, iconSize: [0, 0] });
      const marker = L.marker(label.spots[0], {
        icon, interactive: false, keyboard: false, pane: "atlas-labels",
      });
      layerOf(label).addLayer(marker);
      return { label, text, marker };
    });

    function arrange() {
      const size = map.getSize();
      const taken = controlBoxes(map);
      for (const { label, text, marker } of markers) {
        if (!map.hasLayer(marker)) continue;
        const found = candidates(map, label).find(({ point, dy }) => {
          const box = boxOf(text, point, dy);
          const inside = box.left >= 0 && box.right <= size.x && box.top >= 0 && box.bottom <= size.y;
          if (!inside || taken.some((other) => overlaps(box, other))) return false;
          taken.push(box);
          return true;
        });
        text.classList.toggle("atlas-hidden", !found);
        if (!found) continue;
        marker.setLatLng(found.spot);
        text.style.marginTop = `${found.dy}px`;
      }
    }
    map.on("zoomend moveend resize overlayadd overlayremove", arrange);
    return arrange;
  };
})(window.atlasMap);
