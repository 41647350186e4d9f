// New messages without loading the page again. Asks now and then, less often when nothing happens, and not at
// all while nobody looks at the page.
(function () {
  "use strict";
  const FIRST = 20000;
  const MOST = 300000;
  const SHOWN = 12000; // a toast goes by itself; the message stays in the inbox
  const toasts = document.getElementById("toasts");
  if (!toasts || !document.getElementById("news") || !window.htmx) return;
  let wait = FIRST;
  let timer = null;
  let asked = Date.now();

  function later() {
    clearTimeout(timer);
    // Not all desks of a house at the same moment.
    if (!document.hidden) timer = setTimeout(ask, wait * (0.9 + Math.random() / 5));
  }

  function ask() {
    clearTimeout(timer);
    asked = Date.now();
    const news = document.getElementById("news");
    if (news) window.htmx.trigger(news, "huiyin:ask");
  }

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (requestConfig.elt.id !== "news") return; // detail.elt is what has taken its place
    // Whoever has been signed out is asked to sign in at the next click.
    if (new URL(xhr.responseURL || location, location).pathname === "/login/") return;
    wait = xhr.status === 200 ? FIRST : Math.min(wait * 1.5, MOST);
    later();
  });
  document.addEventListener("visibilitychange", () => {
    wait = FIRST;
    if (!document.hidden && Date.now() - asked > FIRST) ask();
    else later();
  });

  // --- toasts -------------------------------------------------------------------------------------------------
  let hiding = null;
  const hide = () => toasts.replaceChildren();
  const hideLater = () => {
    clearTimeout(hiding);
    hiding = setTimeout(hide, SHOWN);
  };
  new MutationObserver(() => toasts.childElementCount && hideLater()).observe(toasts, { childList: true });
  toasts.addEventListener("click", (event) => event.target.closest("[data-close]") && hide());
  // What somebody is reading, or has reached by the keyboard, stays.
  ["mouseenter", "focusin"].forEach((name) => toasts.addEventListener(name, () => clearTimeout(hiding)));
  ["mouseleave", "focusout"].forEach((name) => toasts.addEventListener(name, hideLater));
  later();
})();
