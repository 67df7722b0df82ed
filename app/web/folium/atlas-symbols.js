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
  // How the signs of imprecise places are dashed and filled; app/maps/_legend.py draws the same.
  const RINGS = {
    near: { dashes: "1 2.5", filled: 0.3 },
    road: { dashes: "3 2.5", filled: 0.12 },
    unsure: { dashes: "5 3", filled: 0 },
  };

  /** Name how a place is known: `exact` only where a row says that it was there, not just near. */
  function knownAs(sum) {
    if (sum.place.kind !== "point") return sum.place.kind;
    return sum.near === sum.entries.length ? "near" : "exact";
  }

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

  function marker(sum, shape, looks) {
    const title = sum.note ? `${sum.name} (${sum.note})` : sum.name;
    return L.marker(sum.place.at, {
      icon: icon(shape, looks), pane: "atlas-symbols", keyboard: true, title, alt: title,
    });
  }

  /** Draw the ground that holds the place: its region, or what of a circle lies within it. */
  function area(sum, group, regions) {
    const region = regions.get(sum.place.region);
    const rings = region ? region.geometry.coordinates : sum.place.outline;
    if (!rings || !rings.length) return null;
    return L.polygon(L.GeoJSON.coordsToLatLngs(rings, 2), {
      pane: "atlas-areas", color: group.colour, weight: 2, dashArray: "6 7", smoothFactor: 0.5,
      fillColor: group.colour, fillOpacity: 0.05, opacity: 0.75, bubblingMouseEvents: false,
    });
  }

  function symbol(sum, group) {
    const hollow = sum.entries.every((entry) => entry.hollow);
    const ring = RINGS[knownAs(sum)];
    let looks = { fill: group.colour, stroke: group.outline };
    if (hollow) looks = { fill: "#ffffff", stroke: group.colour };
    if (ring) {
      looks = { fill: hollow ? "#ffffff" : group.colour, "fill-opacity": hollow ? 1 : ring.filled + 0.1,
        stroke: group.colour, "stroke-dasharray": ring.dashes };
    }
    return marker(sum, group.symbol, looks);
  }

  function circle(sum, group, page, largest) {
    const ring = RINGS[knownAs(sum)];
    const size = atlas.radiusPx(sum.value, largest, page.radius);
    const solid = page.hasSymbols && size <= DOT_PX && !ring;
    return L.circleMarker(sum.place.at, {
      radius: size, pane: size <= DOT_PX ? "atlas-dots" : "atlas-circles",
      color: solid ? "#ffffff" : group.colour, weight: ring ? 1.4 : solid ? 0.6 : 1.2,
      dashArray: ring ? ring.dashes : null, fillColor: group.colour,
      fillOpacity: ring ? ring.filled : solid ? 1 : 0.55, bubblingMouseEvents: false,
    });
  }

  /** Draw a place, or nothing where no ground is known that it could be drawn on. */
  atlas.drawPlace = function (sum, group, page, largest) {
    if (group.drawn === "density") return null;
    if (sum.place.kind === "area") return area(sum, group, page.regions);
    if (!sum.place.at) return null;
    if (group.drawn === "symbols") return symbol(sum, group);
    if (sum.value > 0) return circle(sum, group, page, largest);
    return marker(sum, "diamond", { fill: "#ffffff", stroke: group.colour });
  };

  /** Name the signs that a drawn place makes use of. */
  atlas.signsOf = function (sum, group) {
    const signs = [knownAs(sum)];
    if (group.drawn === "symbols") {
      const hollow = sum.entries.every((entry) => entry.hollow);
      signs.push(`${hollow ? "hollow" : "symbol"}-${group.id}`);
    }
    if (sum.value === 0 && sum.unknown) signs.push(`unknown-${group.id}`);
    return signs;
  };
})(window.atlasMap);
