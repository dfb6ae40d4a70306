// A file that is dropped on the form is sent at once. Without this the form is whole: it has its button.
(() => {
  "use strict";
  const form = document.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const over = (is) => form.classList.toggle("drop-over", is);

  // Beside the form, too: a browser would open the file and leave the page.
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  form.addEventListener("dragover", () => over(true));
  form.addEventListener("dragleave", () => over(false));
  form.addEventListener("drop", (event) => {
    over(false);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
})();
