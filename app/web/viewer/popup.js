// Say in words what lies under a click. Every value becomes text, never HTML.

const MOST = 6;

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

/** Write a value: a number as the language does, a class by its name. */
function words(value, choices, language) {
  const title = choices?.[value];
  if (title !== undefined) return title;
  return typeof value === "number" ? value.toLocaleString(language) : String(value);
}

function rows(properties, layer, language) {
  return Object.entries(properties)
    .filter(([name]) => name in layer.fields && !layer.labels.includes(name))
    .map(([name, value]) => [layer.fields[name], words(value, layer.choices[name], language)]);
}

function one(feature, layer, language) {
  const { properties } = feature;
  const label = layer.labels.map((name) => properties[name]).find((value) => value);
  const list = element("dl", null);
  for (const [title, value] of rows(properties, layer, language)) {
    list.append(element("dt", title), element("dd", value));
  }
  const title = label ? `${layer.title}: ${label}` : layer.title;
  return element("section", null, element("h3", title), list);
}

/** Describe features, each once; null if there is none. */
export function describe(features, layers, language) {
  const known = new Set();
  const told = [];
  for (const { sourceLayer, properties, geometry } of features) {
    const place = properties.id ?? JSON.stringify(geometry);
    const key = `${sourceLayer} ${place}`;
    if (known.has(key) || !layers[sourceLayer]) continue;
    known.add(key);
    if (told.length < MOST) told.push(one({ properties }, layers[sourceLayer], language));
  }
  if (!told.length) return null;
  if (known.size > told.length) told.push(element("p", `+ ${known.size - told.length}`));
  const made = element("div", null, ...told);
  made.className = "told";
  return made;
}
