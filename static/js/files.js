// Files in forms: photos are made smaller before they are sent, several shots add up, and what was chosen is
// listed. Without this script the same forms send what was chosen as it is.
(function () {
  "use strict";
  const LONGEST = 2560; // as complaints/files/pictures.py keeps them
  const SMALL = 1000000; // bytes; not worth the trouble

  async function smaller(file) {
    const isHeic = /^image\/hei[cf]$/.test(file.type);
    if (!isHeic && (!/^image\/(jpeg|webp)$/.test(file.type) || file.size < SMALL)) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
      if (!blob || (!isHeic && blob.size >= file.size)) return file;
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return file; // the server says what is wrong with it
    }
  }

  function watch(box) {
    const form = box.closest("form");
    const [main, camera] = box.querySelectorAll("input[type=file]");
    const list = box.querySelector(".files-chosen");
    const button = form.querySelector("[data-main]") || form.querySelector("button:not([type=button])");
    let chosen = [];

    function show() {
      const transfer = new DataTransfer();
      chosen.forEach((file) => transfer.items.add(file));
      main.files = transfer.files;
      list.hidden = chosen.length === 0;
      list.replaceChildren(...chosen.map(line));
    }

    function line(file) {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = file.name + " · " + Math.ceil(file.size / 1024) + " KB";
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "btn";
      remove.textContent = box.dataset.remove;
      remove.addEventListener("click", () => {
        chosen = chosen.filter((other) => other !== file);
        show();
      });
      item.append(name, remove);
      return item;
    }

    async function add(input) {
      const files = [...input.files];
      if (input === camera) camera.value = "";
      button.disabled = true;
      for (const file of files) chosen.push(await smaller(file));
      show();
      button.disabled = false;
    }

    main.addEventListener("change", () => add(main));
    camera.addEventListener("change", () => add(camera));
    form.addEventListener("submit", (event) => {
      if (!chosen.length || event.defaultPrevented || form.querySelector(".files-sending")) return;
      const progress = document.createElement("progress");
      progress.className = "files-sending";
      progress.setAttribute("aria-label", box.dataset.sending);
      const said = document.createElement("p");
      said.setAttribute("role", "status");
      said.textContent = box.dataset.sending;
      button.after(progress, said);
      window.addEventListener("pageshow", () => [progress, said].forEach((part) => part.remove()));
    });
  }

  document.querySelectorAll("[data-files]").forEach(watch);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.querySelector(".viewer:target")) location.hash = "#files";
  });
})();
