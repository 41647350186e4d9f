// Countdowns go on by themselves: one timer for the page, however many there are. They change colour at the very
// moment of the warning and of the limit; what that means is said once, politely, to those who listen.
(function () {
  "use strict";
  const body = document.body;
  if (!body.dataset.left) return;
  // The clock of the desk's machine may be wrong: count on from the server's.
  const skew = body.dataset.now ? Number(body.dataset.now) - Date.now() : 0;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const NAMED = 3;
  let timer = null;

  function fill(wording, values) {
    return wording.replace(/%\((\w+)\)[ds]/g, (_whole, name) => values[name]);
  }

  function duration(milliseconds) {
    const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
    const values = {
      days: Math.floor(seconds / 86400),
      hours: Math.floor(seconds / 3600) % 24,
      minutes: Math.floor(seconds / 60) % 60,
      seconds: seconds % 60,
    };
    const form = values.days ? "days" : values.hours ? "hours" : "minutes";
    return fill(body.dataset[form], values);
  }

  // Shows one clock at `now`; returns when it turns next, and adds it to `turned` if it has just done so.
  function show(clock, now, turned) {
    const due = Number(clock.dataset.due);
    const warn = Number(clock.dataset.warn) || due;
    const tone = due <= now ? "overdue" : warn <= now ? "warn" : "ok";
    const text = fill(body.dataset[tone === "overdue" ? "overdue" : "left"], { time: duration(Math.abs(due - now)) });
    if (clock.textContent !== text) clock.textContent = text;
    if (clock.dataset.tone !== tone) {
      if (clock.dataset.tone) turned.push(clock);
      clock.dataset.tone = tone;
      clock.className = "clock clock-" + tone;
    }
    return tone === "ok" ? warn : tone === "warn" ? due : Infinity;
  }

  function tick() {
    clearTimeout(timer);
    if (document.hidden) return;
    const now = Date.now() + skew;
    const turned = [];
    const clocks = [...document.querySelectorAll("[data-due]")];
    const next = Math.min(...clocks.map((clock) => show(clock, now, turned)));
    if (turned.length) say(turned);
    // With less movement the seconds stand still for a while; the colours do not.
    const step = calm.matches ? 15000 : 1000 - (now % 1000);
    timer = setTimeout(tick, Math.max(Math.min(step, next - now), 20));
  }

  function say(turned) {
    const region = document.getElementById("clocks-said");
    if (!region) return;
    region.textContent = turned.slice(0, NAMED).map(sentence).join(" ");
  }

  function sentence(clock) {
    const row = clock.closest("tr, article, li, .limit");
    const what = row?.querySelector("a, h3, b")?.textContent.trim() || "";
    return fill(body.dataset[clock.dataset.tone === "overdue" ? "passed" : "near"], { what });
  }

  document.addEventListener("visibilitychange", tick);
  calm.addEventListener("change", tick);
  tick();
})();
