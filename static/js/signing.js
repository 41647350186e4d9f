// Choosing tickets to be signed for: how many are chosen, and all of them at once. Works without it, too.
(function () {
  "use strict";
  const form = document.getElementById("sign-many");
  if (!form) return;
  const boxes = [...document.querySelectorAll("input[form=sign-many]")];
  const send = form.querySelector("button:not([type])");
  const all = form.querySelector("[data-pick-all]");

  function count() {
    const picked = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-picked]").textContent = picked || "";
    send.disabled = !picked;
  }

  all.hidden = false;
  all.addEventListener("click", () => {
    const every = boxes.every((box) => box.checked);
    boxes.forEach((box) => (box.checked = !every));
    count();
  });
  boxes.forEach((box) => box.addEventListener("change", count));
  window.addEventListener("pageshow", count);
  count();
})();
