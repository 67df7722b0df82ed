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
  "swagger-ui-dist": {
    "swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui.css",
    LICENSE: "LICENSE",
    NOTICE: "NOTICE",
  },
};
// Folders of our own scripts and styles, under the same names.
const OWN = ["docs", "folium"];

const versions = {};
for (const [name, files] of Object.entries(PACKAGES)) {
  const source = join(here, "node_modules", name);
  for (const [from, to] of Object.entries(files)) {
    await cp(join(source, from), join(making, name, to), { recursive: true });
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
