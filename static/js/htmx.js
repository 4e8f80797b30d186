import { showError } from "./toasts.js";

// The server sends a refusal as a toast. htmx swaps no error on its own.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.isError && detail.xhr.getResponseHeader("HX-Retarget") === "#toasts") {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

function repeat({ elt, requestConfig: { triggeringEvent } }) {
  // A submit must say again which button was pressed: its value is sent too.
  if (triggeringEvent instanceof SubmitEvent) elt.requestSubmit(triggeringEvent.submitter);
  else window.htmx.trigger(elt, triggeringEvent.type);
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, ({ detail }) => {
    showError("Not saved. The server did not answer.", () => repeat(detail));
  });
}

// Where the control that had the focus is gone, the heading of its part takes over.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (document.activeElement === document.body) target.querySelector("h2[tabindex]")?.focus();
});

// A browser skips autofocus when the address names a part of the page.
document.querySelector("[data-focus]")?.focus();

// htmx notes the page's address there, search words and all. Nobody needs it.
try {
  sessionStorage.removeItem("htmx-current-path-for-history");
} catch {
  // The browser keeps storage closed, to htmx as well.
}
