// Find where a name may stand inside an area, as the map now shows it.
"use strict";

(function (atlas) {
  const STEPS = 14;
  // How much of a name's box has to lie inside, beside its middle.
  const MOST = 0.6;

  /** Bring the rings of an area, [lon, lat], to pixels of the map. */
  atlas.ringsOnMap = function (map, feature) {
    return feature.geometry.coordinates.flat().map((ring) =>
      ring.map(([lon, lat]) => map.latLngToContainerPoint([lat, lon])));
  };

  /** Tell whether a point lies inside rings, holes being rings too. */
  atlas.isInside = function (rings, x, y) {
    let inside = false;
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        const [a, b] = [ring[i], ring[j]];
        if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
      }
    }
    return inside;
  };

  /** Tell whether the middle of a box and most of the box lie inside rings. */
  atlas.isMostlyInside = function (rings, box) {
    const at = (i, j) =>
      atlas.isInside(rings, box.left + ((box.right - box.left) * i) / 4, box.top + ((box.bottom - box.top) * j) / 2);
    if (!at(2, 1)) return false;
    let hits = 0;
    for (let i = 0; i <= 4; i += 1) for (let j = 0; j <= 2; j += 1) hits += at(i, j) ? 1 : 0;
    return hits >= MOST * 15;
  };

  /** List spots in the part of an area that is seen, those in its middle first. */
  atlas.spotsInside = function (rings, size) {
    const points = rings.flat();
    const clamp = (value, most) => Math.min(Math.max(value, 0), most);
    const [left, right] = [Math.min, Math.max].map((end) => clamp(end(...points.map((p) => p.x)), size.x));
    const [top, bottom] = [Math.min, Math.max].map((end) => clamp(end(...points.map((p) => p.y)), size.y));
    const inside = [];
    for (let i = 1; i < STEPS; i += 1) {
      for (let j = 1; j < STEPS; j += 1) {
        const point = L.point(left + ((right - left) * i) / STEPS, top + ((bottom - top) * j) / STEPS);
        if (atlas.isInside(rings, point.x, point.y)) inside.push(point);
      }
    }
    if (!inside.length) return [];
    const middle = inside.reduce((sum, point) => sum.add(point), L.point(0, 0)).divideBy(inside.length);
    return inside.sort((a, b) => a.distanceTo(middle) - b.distanceTo(middle));
  };
})(window.atlasMap);
