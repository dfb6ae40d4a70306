// Opens the way on once the declaration was read to its end. Without scripts the box alone is ticked.
(() => {
  "use strict";
  const box = document.querySelector("[data-declaration]");
  const text = box.querySelector("[data-text]");
  const controls = box.querySelectorAll("form input[type=checkbox], form button");
  const said = box.querySelector("[data-said]");

  for (const control of controls) control.disabled = true;
  const watch = new IntersectionObserver(
    (seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      watch.disconnect();
      for (const control of controls) control.disabled = false;
      said.textContent = box.dataset.wordRead;
    },
    { root: text },
  );
  watch.observe(box.querySelector("[data-end]"));
})();
