// Draw one place as what is known of it allows: a point, somewhere on a road, somewhere in an area.
"use strict";

(function (atlas) {
  // What can be clicked on, however small the sign in it is.
  const SIZE_PX = 20;
  // What stands in a ring, and an open symbol, is filled a little more than a ring of its own.
  const FILLED = 0.1;

  /** Name how a place is known: `exact` only where a row says that it was there, not just near. */
  function knownAs(sum) {
    if (sum.place.kind !== "point") return sum.place.kind;
    return sum.near === sum.entries.length ? "near" : "exact";
  }

  function draw(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function markIn({ path, line_px: line }, colour) {
    if (line === null) return draw("path", { d: path, fill: colour });
    return draw("path", { d: path, fill: "none", stroke: colour, "stroke-width": line });
  }

  /** Draw a symbol, and in it the mark of its kind, which a kind is never without where kinds differ. */
  function icon(looks, mark, colour) {
    const view = `${-SIZE_PX / 2} ${-SIZE_PX / 2} ${SIZE_PX} ${SIZE_PX}`;
    const svg = draw("svg", { width: SIZE_PX, height: SIZE_PX, viewBox: view });
    svg.append(draw("path", looks));
    if (mark) svg.append(markIn(mark, colour));
    return L.divIcon({
      className: "atlas-symbol", html: svg, iconSize: [SIZE_PX, SIZE_PX], popupAnchor: [0, -6],
    });
  }

  function marker(sum, looks, mark, colour) {
    const title = sum.note ? `${sum.name} (${sum.note})` : sum.name;
    return L.marker(sum.place.at, {
      icon: icon(looks, mark, colour), pane: "atlas-symbols", keyboard: true, title, alt: title,
    });
  }

  /** Draw the ground that holds the place: its region, or what of a circle lies within it. */
  function area(sum, group, { regions, look }) {
    const region = regions.get(sum.place.region);
    const ring = look.rings.area;
    const rings = region ? region.geometry.coordinates : sum.place.outline;
    if (!rings || !rings.length) return null;
    return L.polygon(L.GeoJSON.coordsToLatLngs(rings, 2), {
      pane: "atlas-areas", color: group.colour, weight: look.area_weight, dashArray: ring.dashes,
      smoothFactor: 0.5, fillColor: group.colour, fillOpacity: ring.opacity,
      opacity: look.circle.opacity, bubblingMouseEvents: false,
    });
  }

  /** Number the kind of what is at a place; the last one stands for several. */
  function kindOf(sum, group) {
    const kinds = new Set(sum.entries.map((entry) => entry.kind));
    const [only] = kinds;
    return kinds.size === 1 && only !== undefined ? only : group.kinds.length - 1;
  }

  function symbol(sum, group, look) {
    const hollow = sum.entries.every((entry) => entry.hollow);
    const ring = look.rings[knownAs(sum)];
    const { colour, mark } = group.kinds[kindOf(sum, group)];
    const open = hollow || ring;
    const looks = { d: group.form, "stroke-width": look.symbol_weight };
    looks.fill = hollow ? group.empty : colour;
    looks.stroke = open ? colour : group.outline;
    if (ring) looks["stroke-dasharray"] = ring.dashes;
    if (ring && !hollow) looks["fill-opacity"] = ring.opacity + FILLED;
    return marker(sum, looks, mark, open ? colour : group.outline);
  }

  function circle(sum, group, page, largest) {
    const { rings, circle: sizes } = page.look;
    const ring = rings[knownAs(sum)];
    const size = atlas.radiusPx(sum.value, largest, sizes);
    const small = size <= sizes.over_symbols;
    const solid = page.hasSymbols && small && !ring;
    return L.circleMarker(sum.place.at, {
      radius: size, pane: small ? "atlas-dots" : "atlas-circles",
      color: solid ? group.outline : group.colour, weight: sizes.weight,
      dashArray: ring ? ring.dashes : null, fillColor: group.colour,
      fillOpacity: ring ? ring.opacity : solid ? 1 : sizes.opacity, bubblingMouseEvents: false,
    });
  }

  /** Draw a place, or nothing where no ground is known that it could be drawn on. */
  atlas.drawPlace = function (sum, group, page, largest) {
    if (group.drawn === "density") return null;
    if (sum.place.kind === "area") return area(sum, group, page);
    if (!sum.place.at) return null;
    if (group.drawn === "symbols") return symbol(sum, group, page.look);
    if (sum.value > 0) return circle(sum, group, page, largest);
    return marker(sum, {
      d: group.unknown, fill: group.empty, stroke: group.colour, "stroke-width": page.look.symbol_weight,
    });
  };

  /** Name the signs that a drawn place makes use of. */
  atlas.signsOf = function (sum, group) {
    const signs = [knownAs(sum)];
    if (group.drawn === "symbols") {
      const hollow = sum.entries.every((entry) => entry.hollow);
      signs.push(`signs-${group.id}`);
      signs.push(hollow ? `hollow-${group.id}` : `symbol-${group.id}-${kindOf(sum, group)}`);
    }
    if (sum.value === 0 && sum.unknown) signs.push(`unknown-${group.id}`);
    return signs;
  };
})(window.atlasMap);
