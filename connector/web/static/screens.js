// What the pages need beside htmx. Everything works without it too: it only saves steps.
(() => {
  "use strict";
  // A fragment that came with an error beside a field moves the reader there.
  document.addEventListener("htmx:afterSwap", (event) => {
    const wrong = event.detail.target.querySelector?.("[data-focus]");
    if (wrong) wrong.focus();
  });
  // "Are you sure?" for what cannot be taken back.
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
    if (question && !confirm(question)) event.preventDefault();
  });
})();
