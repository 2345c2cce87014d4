// After an answer the work goes on with the next flag that is open.
(() => {
  "use strict";
  let answered = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target.closest?.(".work");
    answered = row ? row.id : "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    const row = answered && document.getElementById(answered);
    answered = "";
    if (!row || row.hasAttribute("data-open")) return;
    const open = [...document.querySelectorAll(".work[data-open]")];
    const next = open.find((one) => row.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) ?? open[0];
    (next?.querySelector("button") ?? row.querySelector("a"))?.focus();
  });
})();
