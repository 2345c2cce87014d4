// What the pages need beside htmx. Everything works without it too: it only saves steps.
(() => {
  "use strict";
  // A fragment that came with an error beside a field moves the reader there.
  document.addEventListener("htmx:afterSwap", (event) => {
    const wrong = event.detail.target.querySelector?.("[data-focus]");
    if (wrong) wrong.focus();
  });
  // What somebody opened stays open when its part of the page comes again.
  let open = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    open = [...event.detail.target.querySelectorAll("details[id][open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  });
  // "Are you sure?" for what cannot be taken back.
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
    if (question && !confirm(question)) event.preventDefault();
  });
  // Copying what is shown once.
  document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = !navigator.clipboard; });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
    button.lastChild.textContent = " Copied";
  });
})();
