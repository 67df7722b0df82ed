// Draw the legend to the scale of the years that are chosen.
"use strict";

(function (atlas) {
  const STEPS = [1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 75];
  const LINE_PX = 13;

  /** Choose up to three round values to explain the circles with, the largest first. */
  atlas.legendValues = function (largest) {
    if (largest < 1) return [];
    const steps = [0, 1, 2, 3, 4].flatMap((power) => STEPS.map((step) => step * 100 ** power));
    const within = steps.filter((step) => step <= largest);
    const chosen = [within.at(-1)];
    for (const part of [5, 25]) {
      const lower = within.filter((step) => step < chosen.at(-1));
      const far = (step) => Math.abs(step - chosen[0] / part);
      if (lower.length) chosen.push(lower.reduce((a, b) => (far(b) < far(a) ? b : a)));
    }
    return chosen;
  };

  function draw(svg, name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, typeof value === "number" ? Math.round(value * 10) / 10 : value);
    }
    if (text) made.textContent = text;
    svg.append(made);
  }

  /** Draw circles inside one another, each with its value at a leader line. */
  function nestedCircles(values, largest, group, page) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const radii = values.map((value) => atlas.radiusPx(value, largest, page.look.circle));
    const [base, centre] = [2 * radii[0] + 9, radii[0] + 2];
    const labelX = centre + radii[0] + 14;
    // Labels need a line each: the smallest circle's may have to stand below its top.
    const heights = [];
    for (const radius of radii) {
      heights.push(Math.max(base - 2 * radius, heights.length ? heights.at(-1) + LINE_PX : 0));
    }
    const words = values.map((value) => atlas.number(value, page.language));
    for (const radius of radii) {
      draw(svg, "circle", { cx: centre, cy: base - radius, r: radius, fill: group.colour, "fill-opacity": page.look.circle.nested_opacity, stroke: group.colour });
    }
    radii.forEach((radius, i) => {
      const line = [centre, base - 2 * radius, labelX - 4, heights[i]].map((n) => n.toFixed(1));
      draw(svg, "path", { d: `M${line[0]} ${line[1]}L${line[2]} ${line[3]}`, fill: "none", stroke: "currentColor", "stroke-width": 0.8 });
      draw(svg, "text", { x: labelX, y: heights[i] + 4, "font-size": 12, fill: "currentColor" }, words[i]);
    });
    const width = Math.ceil(labelX + 9 * words[0].length + 4);
    const height = Math.ceil(Math.max(base + 3, heights.at(-1) + 6));
    for (const [key, value] of [["width", width], ["height", height], ["viewBox", `0 0 ${width} ${height}`], ["aria-hidden", "true"]]) {
      svg.setAttribute(key, value);
    }
    return svg;
  }

  /** Draw the legend of one group's circles, or hide it where nothing is drawn as a circle. */
  atlas.drawCirclesLegend = function (group, largest, page) {
    const holder = document.querySelector(`[data-circles="${group.id}"]`);
    if (!holder) return;
    const values = atlas.legendValues(largest);
    holder.hidden = values.length === 0;
    if (holder.hidden) return;
    holder.querySelector(".atlas-nested").replaceChildren(nestedCircles(values, largest, group, page));
    const smallest = atlas.radiusPx(values.at(-1), largest, page.look.circle);
    holder.querySelector("p").hidden = smallest > page.look.circle.smallest;
  };

  /** Show the signs that the map now has, and those of the ground. */
  atlas.showSigns = function (used) {
    for (const sign of document.querySelectorAll("[data-sign]")) {
      sign.hidden = sign.dataset.sign !== "river" && !used.has(sign.dataset.sign);
    }
  };
})(window.atlasMap);
