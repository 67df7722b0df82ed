// Show the buttons that copy a code, and copy it; without this script codes are copied by hand.
(() => {
  "use strict";
  const said = document.getElementById("copied");

  async function copy(field) {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Pages that did not come encrypted may not use the clipboard directly.
      document.execCommand("copy");
    }
    said.textContent = said.dataset.done;
  }

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", () => {
      said.textContent = "";
      copy(field);
    });
  }
})();
