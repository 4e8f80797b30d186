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

// Where the control that had the focus is gone, its part takes over.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (document.activeElement !== document.body) return;
  target.querySelector("h2[tabindex], [data-refocus]")?.focus({ preventScroll: true });
});

// What was typed in the meantime is asked for anyway, and its field stays as it is.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, formData } = detail.requestConfig;
  const field = elt.matches("[data-typed]") ? elt : elt.querySelector("[data-search]");
  if (field && field.value !== formData.get(field.name)) detail.shouldSwap = false;
});

// Where whoever asked is gone, there is no place for the answer: a preview that the form itself has overtaken.
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => {
  if (target.matches("[hx-sync]")) window.htmx.trigger(target, "htmx:abort");
});

// htmx would open in this tab what was meant for another.
document.addEventListener("click", (event) => {
  const { target, ctrlKey, metaKey, shiftKey } = event;
  if ((ctrlKey || metaKey || shiftKey) && target.closest("a[hx-get]")) event.stopPropagation();
}, true);

// A browser skips autofocus when the address names a part of the page.
document.querySelector("[data-focus]")?.focus();

// htmx notes the page's address there, search words and all. Nobody needs it.
try {
  sessionStorage.removeItem("htmx-current-path-for-history");
} catch {
  // The browser keeps storage closed, to htmx as well.
}
