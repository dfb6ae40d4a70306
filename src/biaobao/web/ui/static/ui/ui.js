// Clocks that tick, buttons that copy, fields that are left in peace. Pages are whole without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const words = document.body.dataset;
  root.classList.add("js");

  const two = (number) => String(number).padStart(2, "0");

  function left(seconds) {
    if (seconds < 0) return words.wordOver;
    const minutes = Math.floor(seconds / 60);
    const second = two(seconds % 60);
    if (seconds < 3600) return `${words.wordLeft} ${minutes} ${words.wordMinutes} ${second} ${words.wordSeconds}`;
    const hours = Math.floor(minutes / 60);
    const days = Math.floor(hours / 24);
    const rest = `${two(hours % 24)}:${two(minutes % 60)}:${second}`;
    return days ? `${words.wordLeft} ${days} ${words.wordDays} ${rest}` : `${words.wordLeft} ${rest}`;
  }

  // The server's clock decides: each clock keeps its distance from this computer's from when it came.
  const distances = new WeakMap();

  function tick() {
    for (const clock of document.querySelectorAll(".clock[data-until]")) {
      if (!distances.has(clock)) distances.set(clock, Number(clock.dataset.now) - Date.now());
      const now = Date.now() + distances.get(clock);
      const seconds = Math.floor((Number(clock.dataset.until) * 1000 - now) / 1000);
      const mood = seconds < 0 ? "over" : seconds < 3600 ? "last" : "calm";
      const face = clock.querySelector(".clock-left");
      const text = left(seconds);
      if (face.textContent !== text) face.textContent = text;
      clock.classList.remove("clock-calm", "clock-last", "clock-over");
      clock.classList.add(`clock-${mood}`);
    }
  }

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  async function copy(button) {
    const box = button.closest(".copyable");
    const said = box.querySelector(".copyable-said");
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = words.wordCopied;
      box.classList.add("copyable-done");
    } catch {
      // Browsers keep the clipboard from plain-http pages: the value is selected, a key copies it.
      select(box.querySelector(".copyable-value"));
      said.textContent = words.wordNotCopied;
    }
    window.setTimeout(() => {
      said.textContent = "";
      box.classList.remove("copyable-done");
    }, 4000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    if (event.target.closest("[data-print]")) window.print();
  });
  // What the server says of a field does not replace it under somebody's hands: he may be back in it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    if (target.matches(".field") && target.contains(document.activeElement)) event.detail.shouldSwap = false;
  });
  tick();
  window.setInterval(tick, 1000);
})();
