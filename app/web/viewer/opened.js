// Say why there is no map on a page that was opened from a disk; there, modules are not loaded.
"use strict";

document.getElementById("opened-from-disk").hidden = location.protocol !== "file:";
// On a phone the map comes first.
if (matchMedia("(max-width: 700px)").matches) document.getElementById("legend").open = false;
