// Show the archive of this folder on a map, with the style that lies beside it.
import { AttributionControl, Map, NavigationControl, Popup, ScaleControl, addProtocol } from "../maplibre-gl/maplibre-gl.mjs";
import { ArchiveSource } from "./archive.js";
import { describe } from "./popup.js";

const root = document.documentElement;
const base = new URL(".", location.href).href;
const here = (name) => new URL(name, base).href;

function failed(error) {
  document.getElementById("failed").hidden = false;
  root.dataset.failed = "yes";
  console.error(error);
}

/** Make the addresses of a style whole, which lies in the folder of the page. */
function settled(style) {
  style.sprite = here(style.sprite);
  for (const faces of Object.values(style["font-faces"])) {
    for (const face of faces) face.url = here(face.url);
  }
  return style;
}

function show(style) {
  const { "atlas:shown": shown, "atlas:words": locale, "atlas:fields": fields } = style.metadata;
  const map = new Map({
    container: "map",
    style,
    bounds: shown,
    fitBoundsOptions: { padding: 12 },
    hash: "map",
    locale,
    attributionControl: false,
    maxPitch: 0,
    dragRotate: false,
    renderWorldCopies: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  map.addControl(new AttributionControl({ compact: true }), "bottom-right");
  map.on("error", (event) => failed(event.error ?? event));

  // On what is small a finger needs room.
  const around = ({ x, y }) => [[x - 6, y - 6], [x + 6, y + 6]];
  const asked = () => style.layers.filter((layer) => fields[layer["source-layer"]]?.asked).map((layer) => layer.id);
  const found = (point) => map.queryRenderedFeatures(around(point), { layers: asked() });
  map.on("click", ({ point, lngLat }) => {
    const told = describe(found(point), fields, root.lang);
    if (told) new Popup({ maxWidth: "300px" }).setLngLat(lngLat).setDOMContent(told).addTo(map);
  });
  map.on("mousemove", ({ point }) => {
    map.getCanvas().style.cursor = found(point).length ? "pointer" : "";
  });
  map.once("idle", () => {
    // It opens by itself and would cover the map; its button stays.
    document.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
    root.dataset.ready = "yes";
  });
  return map;
}

try {
  const protocol = new pmtiles.Protocol({ metadata: true });
  protocol.add(new pmtiles.PMTiles(new ArchiveSource("tiles.pmtiles", base)));
  addProtocol("pmtiles", protocol.tile);
  const answer = await fetch(here("style.json"));
  if (!answer.ok) throw new Error(`style.json: ${answer.status} ${answer.statusText}`);
  window.atlasMap = show(settled(await answer.json()));
} catch (error) {
  failed(error);
}
