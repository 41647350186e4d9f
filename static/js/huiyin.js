// Small enhancements; every page works without them.
(function () {
  "use strict";
  const body = document.body;
  function once(event) {
    // A double tap sends one form. (The server would make one case of two anyway.)
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    // Files from a telephone take their time.
    setTimeout(() => delete form.dataset.sent, form.enctype === "multipart/form-data" ? 60000 : 8000);
  }

  document.addEventListener("submit", once);
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
  // When the session has ended a fragment's answer is the sign-in page: leave the page as it is.
  body.addEventListener("htmx:beforeSwap", (event) => {
    if (new URL(event.detail.xhr.responseURL, location).pathname === "/login/") event.detail.shouldSwap = false;
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
  document.querySelectorAll("[data-back]").forEach((button) => {
    if (history.length > 1) button.hidden = false;
    button.addEventListener("click", () => history.back());
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll(".top-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  // Texts of the rules: put into their field by a click, or by choosing what they belong to as long as nothing
  // else stands there. What somebody typed is never replaced.
  document.querySelectorAll("[data-texts]").forEach((list) => {
    const { elements } = list.closest("form");
    const field = elements[list.dataset.texts];
    const chooser = elements[list.dataset.chooser];
    // Looked for each time: on the page of a call they are worded anew while it is being typed.
    const entries = () => [...list.querySelectorAll("[data-keys]")];
    const textOf = (entry) => entry.querySelector(".words").textContent;
    const isOurs = () => !field.value.trim() || entries().some((entry) => textOf(entry) === field.value);
    function put(entry) {
      field.value = isOurs() ? textOf(entry) : field.value.trimEnd() + "\n" + textOf(entry);
      field.rows = Math.max(field.rows, field.value.split("\n").length + 1);
    }
    list.querySelectorAll("button").forEach((button) => (button.hidden = false));
    list.addEventListener("click", (event) => {
      const entry = event.target.matches("button") && event.target.closest("[data-keys]");
      if (!entry) return;
      put(entry);
      field.focus();
    });
    if (!chooser || !("fills" in list.dataset)) return;
    chooser.addEventListener("change", () => {
      const fits = (one) => one.dataset.keys.split(" ").includes(chooser.value) && !("gaps" in one.dataset);
      const entry = entries().find(fits);
      if (!isOurs()) return;
      if (entry) put(entry);
      else field.value = "";
    });
  });
  // Copies of drafts on this computer (call.js): one that has become a case is not needed any more, and after
  // signing out nothing is left for who comes next.
  function forget(end) {
    const names = Object.keys(localStorage).filter((name) => name.startsWith("huiyin.draft.") && name.endsWith(end));
    names.forEach((name) => localStorage.removeItem(name));
  }
  const sent = sessionStorage.getItem("huiyin.sent");
  if (sent && !document.querySelector("form.call") && location.pathname !== "/login/") {
    sessionStorage.removeItem("huiyin.sent");
    if (/\/case\/[^/]+\/$/.test(location.pathname)) forget(sent);
  }
  document.querySelectorAll("form[action='/logout/']").forEach((form) => form.addEventListener("submit", () => forget("")));
  // Of the forms that a note may come with only those of the chosen event are shown, and sent.
  document.querySelectorAll(".verb:has([data-paper])").forEach((form) => {
    const chooser = form.elements.event;
    function show() {
      form.querySelectorAll("[data-paper]").forEach((paper) => {
        const isOurs = paper.dataset.paper === chooser.value;
        paper.hidden = !isOurs;
        paper.open = isOurs;
        paper.querySelector("fieldset").disabled = !isOurs;
      });
    }
    chooser.addEventListener("change", show);
    show();
  });
  // A refused form is brought into view.
  const wrong = document.querySelector(".field-error, .verb .alert-danger");
  if (wrong) wrong.closest("details, form, section")?.scrollIntoView({ block: "center" });
})();
