// One listener on the document also serves what htmx swaps in later.
export function on(type, selector, handle) {
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element && event.target.closest(selector);
    if (element) handle(element, event);
  });
}

// Runs for every match on the page now, and in every part swapped in later.
export function each(selector, run) {
  document.querySelectorAll(selector).forEach(run);
  document.addEventListener("htmx:load", ({ target }) => {
    if (target.matches(selector)) run(target);
    target.querySelectorAll(selector).forEach(run);
  });
}
