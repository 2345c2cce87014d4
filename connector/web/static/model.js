// The points table: numbers and their sliders in step, changed values marked. Without it the number decides.
(() => {
  "use strict";
  const mark = (input) => {
    if (input.dataset.live === undefined) return;
    const differs = input.value.trim() !== input.dataset.live;
    input.classList.toggle("changed", differs);
    const was = document.querySelector(`[data-was="${CSS.escape(input.name)}"]`);
    if (was) was.hidden = !differs;
  };
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (input.dataset.for) {
      const number = document.getElementById(input.dataset.for);
      number.value = input.value;
      mark(number);
      return;
    }
    const slider = document.querySelector(`[data-for="${CSS.escape(input.id || "-")}"]`);
    if (slider) slider.value = input.value;
    mark(input);
    const wrong = document.querySelector(`[data-wrong="${CSS.escape(input.id || "-")}"]`);
    if (wrong) wrong.textContent = "";
    input.removeAttribute("aria-invalid");
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const input = document.getElementById(event.detail.target.dataset?.wrong ?? "");
    if (input) input.setAttribute("aria-invalid", "true");
  });
})();
