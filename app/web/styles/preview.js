// Show a style on a map of its own; what it shows lies in the page's address and nowhere else.
import { AttributionControl, Map, NavigationControl, ScaleControl } from "../maplibre-gl/maplibre-gl.mjs";

const container = document.getElementById("map");
const { style, lang } = container.dataset;
const bounds = JSON.parse(container.dataset.bounds);
const within = JSON.parse(container.dataset.within);
const words = JSON.parse(container.dataset.words);

const map = new Map({
  container,
  style,
  bounds,
  fitBoundsOptions: { padding: 24 },
  // Beyond it the ground is empty; MapLibre cannot be kept within the whole world.
  maxBounds: within[2] - within[0] < 360 ? within : undefined,
  hash: "map",
  attributionControl: false,
  locale: words,
  maxPitch: 0,
  dragRotate: false,
});
map.touchZoomRotate.disableRotation();
map.keyboard.disableRotation();
map.addControl(new NavigationControl({ showCompass: false }), "top-right");
map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
map.addControl(new AttributionControl({ compact: true }), "bottom-right");
map.getCanvas().setAttribute("lang", lang);
map.on("error", (event) => {
  document.documentElement.dataset.failed = "yes";
  console.error(String(event.error?.message ?? event.error));
});
map.once("idle", () => {
  // It opens by itself and would cover the map; its button stays.
  container.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
  document.documentElement.dataset.ready = "yes";
});
