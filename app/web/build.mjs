// Copy what the browser loads into app/static/, one folder a package, with the licences.
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../static");
// Made beside its place and moved there whole: a running service never sees half of it.
const making = join(here, `node_modules/.making-${process.pid}`);

// What a package offers → its name in app/static/.
const PACKAGES = {
  leaflet: {
    "dist/leaflet.js": "leaflet.js",
    "dist/leaflet.css": "leaflet.css",
    "dist/images": "images",
    LICENSE: "LICENSE",
  },
  "leaflet.fullscreen": {
    // The form for a plain <script>; Folium writes no modules.
    "dist/Control.FullScreen.umd.js": "Control.FullScreen.js",
    "dist/Control.FullScreen.css": "Control.FullScreen.css",
    "LICENSE.md": "LICENSE.md",
  },
  "maplibre-gl": {
    "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "dist/maplibre-gl.css": "maplibre-gl.css",
    "LICENSE.txt": "LICENSE.txt",
  },
  // The fonts of styles: for browsers in the parts that they need, whole for pictures of tiles.
  "@fontsource/noto-sans": {
    ...fontParts("files/noto-sans", ["latin", "latin-ext"], ["400-normal", "600-normal", "400-italic"]),
    LICENSE: "LICENSE-woff2",
  },
  "@expo-google-fonts/noto-sans": {
    "400Regular/NotoSans_400Regular.ttf": "NotoSans-Regular.ttf",
    "600SemiBold/NotoSans_600SemiBold.ttf": "NotoSans-SemiBold.ttf",
    "400Regular_Italic/NotoSans_400Regular_Italic.ttf": "NotoSans-Italic.ttf",
    LICENSE_FONT: "LICENSE-ttf",
  },
  // For a plain <script>, with what it needs inside; its modules name others that are not here.
  pmtiles: {
    "dist/pmtiles.js": "pmtiles.js",
    // The package leaves its own out; its one dependency is inside the script.
    "../../viewer/LICENSE-pmtiles.txt": "LICENSE",
    "../fflate/LICENSE": "LICENSE-fflate",
  },
  "swagger-ui-dist": {
    "swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui.css",
    LICENSE: "LICENSE",
    NOTICE: "NOTICE",
  },
};
// Packages whose files share a folder of another name.
const FOLDERS = { "@fontsource/noto-sans": "fonts", "@expo-google-fonts/noto-sans": "fonts" };
// Folders of our own scripts and styles, under the same names.
const OWN = ["docs", "embed", "folium", "styles", "viewer"];

function fontParts(stem, parts, forms) {
  const names = parts.flatMap((part) => forms.map((form) => `${part}-${form}.woff2`));
  return Object.fromEntries(names.map((name) => [`${stem}-${name}`, `noto-sans-${name}`]));
}

const versions = {};
for (const [name, files] of Object.entries(PACKAGES)) {
  const source = join(here, "node_modules", name);
  for (const [from, to] of Object.entries(files)) {
    await cp(join(source, from), join(making, FOLDERS[name] ?? name, to), { recursive: true });
  }
  versions[name] = JSON.parse(await readFile(join(source, "package.json"), "utf8")).version;
}

for (const folder of OWN) {
  await mkdir(join(making, folder), { recursive: true });
  for (const name of await readdir(join(here, folder)).catch(() => [])) {
    if (/\.(js|css)$/.test(name)) await cp(join(here, folder, name), join(making, folder, name));
  }
}

await writeFile(join(making, "versions.json"), JSON.stringify(versions, null, 2) + "\n");
await rm(target, { recursive: true, force: true });
await rename(making, target);
