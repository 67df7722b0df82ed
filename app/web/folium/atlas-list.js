// List the places beside the map, and lead the keyboard into a popup and back.
"use strict";

(function (atlas) {
  /** Move the focus into a popup that was opened from the list, and back when it closes. */
  function lead(map, opener) {
    const popup = map._popup;
    const content = popup && popup.getElement();
    if (!content) return;
    content.setAttribute("role", "dialog");
    content.setAttribute("aria-label", content.querySelector("h2").textContent);
    content.tabIndex = -1;
    content.focus({ preventScroll: true });
    content.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      map.closePopup();
    });
    map.once("popupclose", () => {
      // Whoever has moved on meanwhile is left there.
      if (content.contains(document.activeElement)) opener.focus();
    });
  }

  atlas.listItem = function (sum, drawn, group, page) {
    const item = atlas.element("li", `atlas-kind-${sum.place.kind}`);
    const button = atlas.element("button", "", sum.note ? `${sum.name} (${sum.note})` : sum.name);
    button.type = "button";
    button.addEventListener("click", () => {
      page.map.closePopup();
      // A place whose layer is switched off, or that cannot be drawn, still has its popup.
      if (drawn && page.map.hasLayer(drawn)) drawn.openPopup(sum.place.at);
      else {
        const className = sum.place.at ? "" : "atlas-aside";
        page.map.openPopup(atlas.popupOf(sum, group, page.words, page.language),
          sum.place.at || page.map.getCenter(), { ...page.popup(), className });
      }
      page.map.getContainer().scrollIntoView({ block: "nearest" });
      lead(page.map, button);
    });
    item.append(button, ` ${atlas.sumWords(sum, group, page.words, page.language)}`);
    return item;
  };
})(window.atlasMap);
