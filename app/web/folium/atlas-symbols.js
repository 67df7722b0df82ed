// Draw one place as what is known of it allows: a point, somewhere on a road, somewhere in an area.
"use strict";

(function (atlas) {
  const PATHS = {
    circle: "M4 10a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z",
    square: "M3.3 3.3h13.4v13.4h-13.4Z",
    triangle: "M10 1.5L18.5 16L1.5 16Z",
    diamond: "M10 4L16 10L10 16L4 10Z",
  };
  const SIZE_PX = 20;
  // A circle no larger than a symbol is drawn over it: under it, nobody would see it.
  const DOT_PX = 8;
  const ROAD_DASH = "2.5 2.5";

  function icon(shape, looks) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of [["width", SIZE_PX], ["height", SIZE_PX], ["viewBox", "0 0 20 20"]]) {
      svg.setAttribute(name, value);
    }
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", PATHS[shape] || PATHS.circle);
    path.setAttribute("stroke-width", 1.6);
    for (const [name, value] of Object.entries(looks)) path.setAttribute(name, value);
    svg.append(path);
    return L.divIcon({
      className: "atlas-symbol", html: svg, iconSize: [SIZE_PX, SIZE_PX], popupAnchor: [0, -6],
    });
  }

  /** Draw an area that holds the place: light, dashed, as wide as the doubt. */
  function area(sum, group) {
    return L.circle(sum.place.at, {
      radius: sum.place.radius_m, pane: "atlas-areas", color: group.colour, weight: 1.2,
      dashArray: "6 5", fillColor: group.colour, fillOpacity: 0.03, opacity: 0.75,
      bubblingMouseEvents: false,
    });
  }

  function symbol(sum, group) {
    const hollow = sum.entries.every((entry) => entry.hollow);
    let looks = { fill: group.colour, stroke: group.outline };
    if (hollow) looks = { fill: "#ffffff", stroke: group.colour };
    if (sum.place.kind === "road") {
      looks = { fill: hollow ? "#ffffff" : group.colour, "fill-opacity": hollow ? 1 : 0.25,
        stroke: group.colour, "stroke-dasharray": ROAD_DASH };
    }
    return L.marker(sum.place.at, {
      icon: icon(group.symbol, looks), pane: "atlas-symbols", keyboard: true,
      title: sum.place.name, alt: sum.place.name,
    });
  }

  function circle(sum, group, radius, amongSymbols) {
    const road = sum.place.kind === "road";
    const size = atlas.radiusPx(sum.value, group.largest, radius);
    const solid = amongSymbols && size <= DOT_PX && !road;
    return L.circleMarker(sum.place.at, {
      radius: size, pane: size <= DOT_PX ? "atlas-dots" : "atlas-circles",
      color: solid ? "#ffffff" : group.colour, weight: road ? 1.5 : solid ? 0.6 : 1.2, dashArray: road ? ROAD_DASH : null,
      fillColor: group.colour, fillOpacity: solid ? 1 : road ? 0.15 : 0.5, bubblingMouseEvents: false,
    });
  }

  /** Draw a place, or nothing where it has no toll to show or no area to be drawn in. */
  atlas.drawPlace = function (sum, group, radius, amongSymbols) {
    if (sum.value === 0 && sum.unknown === 0) return null;
    if (sum.place.kind === "area") return sum.place.radius_m ? area(sum, group) : null;
    if (group.drawn === "symbols") return symbol(sum, group);
    if (sum.value > 0) return circle(sum, group, radius, amongSymbols);
    return L.marker(sum.place.at, {
      icon: icon("diamond", { fill: "#ffffff", stroke: group.colour }), pane: "atlas-symbols", keyboard: true,
      title: sum.place.name, alt: sum.place.name,
    });
  };
})(window.atlasMap);
