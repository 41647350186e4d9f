// Single keys: / searches, ? helps, j and k walk along rows, and whatever has a data-shortcut.
(function () {
  "use strict";
  const OFF = "huiyin-keys-off"; // people who dictate or lean on the keyboard switch single keys off
  const dialog = document.getElementById("keys");
  const finder = document.getElementById("finder");
  const hits = document.getElementById("finder-hits");
  // With a Chinese input method switched on, these are the same two keys.
  const SAME = { "、": "/", "？": "?" };

  function isOff() {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false;
    }
  }

  function isTyping(target) {
    return target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog") !== null;
  }

  function isShown(element) {
    return element.getClientRects().length > 0;
  }

  // --- help -----------------------------------------------------------------------------------------------

  // [key, what it does] of everything in sight that has one. What a page has beside the single keys (Alt and a
  // letter in call.js) is written on it.
  function shownKeys() {
    const found = new Map();
    document.querySelectorAll("[data-shortcut], main :is(a, button, summary):has(> kbd)").forEach((element) => {
      const inside = element.querySelector(":scope > kbd");
      const key = element.dataset.shortcut || (inside && inside.textContent);
      if (!key || found.has(key) || !isShown(element)) return;
      const says = Array.from(element.childNodes, (node) => (node === inside ? "" : node.textContent)).join(" ");
      found.set(key, element.dataset.says || says.trim());
    });
    return Array.from(found);
  }

  function listKeys() {
    const list = dialog.querySelector("[data-keys-list]");
    list.querySelectorAll("[data-own]").forEach((row) => row.remove());
    list.querySelectorAll("[data-if]").forEach((row) => {
      row.hidden = document.querySelector("main " + row.dataset.if) === null;
    });
    const rows = shownKeys().map(([key, says]) => {
      const row = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
      row.dataset.own = "";
      row.querySelector("kbd").textContent = key;
      row.querySelector("dd").textContent = says;
      return row;
    });
    list.prepend(...rows);
  }

  function openHelp() {
    if (!dialog || dialog.open) return;
    listKeys();
    dialog.querySelector("[data-keys-off]").checked = isOff();
    dialog.showModal(); // keeps the focus inside, and Esc closes
  }

  // --- rows -----------------------------------------------------------------------------------------------

  function walk(steps, by) {
    const here = steps.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : -1) : here + by;
    const step = steps[next];
    if (!step) return false;
    step.focus();
    step.scrollIntoView({ block: "nearest" });
    return true;
  }

  function steps(inside) {
    return inside ? Array.from(inside.querySelectorAll("[data-step]")) : [];
  }

  // --- keys -----------------------------------------------------------------------------------------------

  function onKey(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isOff() || isTyping(event.target)) return;
    const key = SAME[event.key] || event.key;
    if (key === "?") {
      openHelp();
    } else if (key === "j" || key === "k") {
      if (!walk(steps(document.querySelector("main [data-walk]")), key === "j" ? 1 : -1)) return;
    } else {
      const own = Array.from(document.querySelectorAll("[data-shortcut]"));
      const found = own.find((element) => element.dataset.shortcut === key && isShown(element));
      if (!found) return;
      if (found.matches("input, textarea, select")) {
        found.focus();
        if (found.select) found.select();
      } else {
        found.click();
      }
    }
    event.preventDefault();
  }

  document.addEventListener("keydown", onKey);

  if (dialog) {
    document.querySelectorAll("[data-opens=keys]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", openHelp);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // outside of it
    });
    dialog.querySelector("[data-keys-off]").addEventListener("change", (event) => {
      try {
        localStorage.setItem(OFF, event.target.checked ? "1" : "");
      } catch {
        event.target.checked = false; // a browser that keeps nothing
      }
    });
  }

  // --- the hits below the search box ----------------------------------------------------------------------

  function closeHits() {
    hits.replaceChildren();
  }

  if (finder && hits) {
    const form = finder.form;
    form.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape" && hits.childElementCount) {
        closeHits();
        finder.focus();
      } else if (event.key === "ArrowDown") {
        if (!walk(steps(hits), 1)) return;
      } else if (event.key === "ArrowUp") {
        if (!walk(steps(hits), -1)) finder.focus();
      } else {
        return;
      }
      event.preventDefault();
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) closeHits();
    });
    // A press on a hit leaves the focus where it is: some browsers give it to nobody, and the hits would be gone.
    hits.addEventListener("mousedown", (event) => event.preventDefault());
    // An answer that comes after the box was left, or emptied, is not shown any more.
    hits.addEventListener("htmx:beforeSwap", (event) => {
      if (!form.contains(document.activeElement) || !finder.value.trim()) event.detail.shouldSwap = false;
    });
    finder.addEventListener("input", () => {
      if (!finder.value.trim()) closeHits();
    });
  }
  // One of these is open at a time, and none after a click elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.pop[open]").forEach((pop) => {
      if (!pop.contains(event.target)) pop.open = false;
    });
  });
})();
