// Logging a call: keeps what is typed, fills in what is proposed, and makes the keyboard enough.
// Without it the form works as any other.
(function () {
  "use strict";
  const form = document.querySelector("form.call");
  if (!form) return;
  const key = form.elements.request_key.value;
  const said = form.querySelector(".draft-state");
  const PROPOSED = ["category", "grading", "lead", "helpers"];
  const WAIT = 800; // milliseconds of rest after which what was typed is kept
  const RETRY = 5000;
  const FORGET = 3 * 86400 * 1000; // what no server has taken by then

  function later(work) {
    let timer;
    return (delay) => {
      clearTimeout(timer);
      timer = setTimeout(work, delay);
    };
  }

  // --- proposals: never over what somebody has chosen ---------------------------------------------------------
  const inputsOf = (name) => [...form.querySelectorAll(`[name="${name}"]`)];
  const valueOf = (name) => new FormData(form).get(name) || "";
  const ours = new Set(form.dataset.proposed.split(" ").filter(Boolean));
  const chosen = new Set(PROPOSED.filter((name) => valueOf(name) && !ours.has(name)));

  function propose(name, proposal) {
    const values = proposal ? [].concat(proposal.value) : [];
    inputsOf(name).forEach((input) => {
      if (input.type !== "radio" && input.type !== "checkbox") input.value = values[0] || "";
      else input.checked = values.includes(input.value);
      if (values.length) input.closest("details")?.setAttribute("open", "");
    });
    hint(name, proposal ? proposal.why : "");
    ours[proposal ? "add" : "delete"](name);
  }

  function hint(name, text) {
    const [input] = inputsOf(name);
    const box = input.closest(".field");
    let line = box.querySelector(".form-hint");
    if (!line && !text) return;
    if (!line) {
      line = document.createElement("small");
      line.className = "form-hint";
      line.id = "id_" + name + "_helptext";
      (box.matches("fieldset") ? box : input).setAttribute("aria-describedby", line.id);
      box.append(line);
    }
    line.textContent = text;
  }

  function show(found) {
    PROPOSED.filter((name) => inputsOf(name).length && !chosen.has(name)).forEach((name) => {
      if (found[name] || ours.has(name)) propose(name, found[name]);
    });
  }

  // What is to be said, with the words of this call.
  function word(texts) {
    Object.entries(texts).forEach(([name, entries]) => {
      const box = form.querySelector(`[data-said="${name}"]`);
      if (!box) return;
      box.querySelector("ul").innerHTML = entries;
      box.querySelectorAll("button").forEach((button) => (button.hidden = false));
    });
  }

  // --- asking while it is being typed: the last answer counts -------------------------------------------------
  function asker(url, lengths, more, take) {
    let running = null;
    return async () => {
      running?.abort();
      const mine = (running = new AbortController());
      // A line of a request is short: the beginning says what it is about.
      const query = new URLSearchParams();
      Object.entries(lengths).forEach(([name, length]) => query.set(name, valueOf(name).slice(0, length)));
      more().forEach((name) => query.set(name, valueOf(name)));
      try {
        const answer = await fetch(url + "?" + query, { signal: mine.signal });
        if (answer.ok && !answer.redirected) await take(answer);
      } catch {
        // Called off, or no connection: the page stays as it is.
      }
    };
  }

  const CALLER = { complainant_phone: 40, complainant_name: 40, place: 100 };
  const earlier = form.querySelector("#earlier");
  const lookUp = asker(earlier.dataset.lookup, CALLER, () => [], async (answer) => {
    earlier.innerHTML = await answer.text();
  });
  const lookUpLater = later(lookUp);
  const ask = asker(
    form.dataset.propose,
    { subject: 200, content: 100, complainant_phone: 40, complainant_name: 80, place: 100 },
    () => [...chosen, "channel", "complainant_type", "nature", "respondent"],
    async (answer) => {
      const { inputs, texts } = await answer.json();
      show(inputs);
      word(texts);
    },
  );
  const askLater = later(ask);
  const isJson = (answer) => (answer.headers.get("Content-Type") || "").startsWith("application/json");

  // --- the draft ----------------------------------------------------------------------------------------------
  let version = 0; // of what stands in the form
  let kept = 0; // the version that is safe with the server
  let isSending = false;
  let isOver = false; // the form is on its way, or its case is there
  const hereKey = form.dataset.here + key;

  const fields = () => [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");

  function keepHere() {
    try {
      localStorage.setItem(hereKey, JSON.stringify({ at: Date.now(), fields: fields() }));
    } catch {
      // Full, or forbidden: the server is asked again.
    }
  }

  function post(pairs) {
    const body = new URLSearchParams(pairs);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return fetch(form.dataset.keep, { method: "POST", body });
  }

  function tell(wording, time) {
    said.textContent = wording.replace("{time}", time || "");
  }

  function logged(found) {
    isOver = true;
    localStorage.removeItem(hereKey);
    const link = document.createElement("a");
    link.href = found.url;
    link.textContent = found.number;
    said.replaceChildren(said.dataset.sent + " ", link);
  }

  async function keep() {
    if (isOver || isSending || kept === version) return;
    const now = version;
    isSending = true;
    try {
      const answer = await post(fields());
      if (isOver) return;
      if (!answer.ok || !isJson(answer)) {
        keepHere();
        tell(answer.redirected ? said.dataset.out : said.dataset.offline);
        keepLater(RETRY);
        return;
      }
      const found = await answer.json();
      kept = now;
      localStorage.removeItem(hereKey);
      if (found.url) logged(found);
      else tell(said.dataset.kept, found.at);
    } catch {
      if (isOver) return;
      keepHere();
      tell(said.dataset.offline);
      keepLater(RETRY);
    } finally {
      isSending = false;
      if (kept < version) keepLater(RETRY);
    }
  }
  const keepLater = later(keep);

  function changed(event) {
    const name = event.target.name;
    if (!name) return;
    version += 1;
    isOver = false; // back on the page after it was sent, and typing
    keepLater(WAIT);
    if (PROPOSED.includes(name)) {
      chosen.add(name);
      if (ours.delete(name)) hint(name, "");
    }
    askLater(400);
    if (name in CALLER) lookUpLater(250);
  }

  // A tab that is closed has no time for an answer.
  function leave() {
    if (isOver || kept === version) return;
    const body = new FormData();
    fields().forEach(([name, value]) => body.append(name, value));
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    if (!navigator.onLine || !navigator.sendBeacon(form.dataset.keep, body)) keepHere();
  }

  // What this computer kept while there was no connection, or nobody was signed in, goes to the server. A form
  // that was sent in vain (the session had ended) is opened again.
  async function bringOver() {
    const sent = sessionStorage.getItem("huiyin.sent");
    sessionStorage.removeItem("huiyin.sent");
    if (sent === key) return; // it was refused, and is here
    const names = Object.keys(localStorage).filter((name) => name.startsWith(form.dataset.here) && name !== hereKey);
    let isNew = false;
    for (const name of names) {
      try {
        const draft = JSON.parse(localStorage.getItem(name));
        if (Date.now() - draft.at > FORGET) localStorage.removeItem(name);
        const answer = await post(draft.fields);
        if (!answer.ok || !isJson(answer)) continue;
        localStorage.removeItem(name);
        isNew = isNew || !(await answer.json()).url;
      } catch {
        return;
      }
    }
    if (version) return; // somebody is typing already
    const wanted = names.includes(form.dataset.here + sent) || document.querySelector(`[data-draft="${sent}"]`);
    if (sent && wanted) location.replace("?draft=" + sent);
    else if (isNew) location.reload();
  }

  form.addEventListener("input", changed);
  document.addEventListener("visibilitychange", () => document.hidden && leave());
  window.addEventListener("online", () => keepLater(0));
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.submitter?.value === "lookup") return;
    isOver = true;
    // If the session has ended meanwhile, the answer is the sign-in page, and this is all there is.
    keepHere();
    sessionStorage.setItem("huiyin.sent", key);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) isOver = false;
  });
  bringOver();

  // --- the keyboard -------------------------------------------------------------------------------------------
  const inputs = () =>
    [...form.querySelectorAll("input:not([type=hidden], [type=file]), select, textarea")].filter(
      (field) => !field.disabled && field.offsetParent && !(field.type === "radio" && skipped(field)),
    );
  // Of radio buttons, the one that the Tab key would reach.
  function skipped(radio) {
    const group = inputsOf(radio.name);
    return radio !== (group.find((one) => one.checked) || group[0]);
  }

  function next(field) {
    const all = inputs();
    const here = all.findIndex((one) => one === field || (field.type === "radio" && one.name === field.name));
    all[here + 1]?.focus();
  }

  function press(element) {
    if (!element.matches("summary")) {
      form.requestSubmit(element);
      return;
    }
    element.click();
    const box = element.parentElement;
    if (box.open) box.querySelector("input, select, textarea, button").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const field = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-main]"));
    } else if (event.key === "Enter" && form.contains(field) && field.matches("input, select")) {
      event.preventDefault();
      next(field);
    } else if (event.altKey && !event.ctrlKey) {
      const element = form.querySelector(`[data-key="${event.code}"]`);
      if (!element) return;
      event.preventDefault();
      press(element);
    }
  });

  // The button for looking up is for those without this script: what is typed is looked up anyway.
  form.querySelectorAll("[data-spare]").forEach((button) => (button.hidden = true));
  const wrong = form.querySelector("[aria-invalid=true]");
  if (wrong) (wrong.matches("fieldset") ? wrong.querySelector("input") : wrong).focus();
})();
