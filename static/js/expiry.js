import { each, on } from "./dom.js";
import { localise } from "./times.js";

const DAY = 24 * 60 * 60_000;
const MOST = 3650;

function end(days, from) {
  const time = document.createElement("time");
  time.dateTime = new Date(from + days * DAY).toISOString();
  time.dataset.exact = "words";
  localise(time);
  return time;
}

on("input", "[data-expiry]", (field) => {
  const days = Number(field.value);
  for (const chip of field.form.querySelectorAll("[data-days]")) {
    chip.setAttribute("aria-pressed", Number(chip.dataset.days) === days);
  }
  const from = field.closest("[data-from]")?.dataset.from;
  const isSensible = Number.isInteger(days) && days >= 1 && days <= MOST;
  field.form.querySelector("[data-extended]")
    ?.replaceChildren(isSensible ? end(days, from ? Date.parse(from) : Date.now()) : "–");
});

on("click", "[data-days]", (chip) => {
  const field = chip.form.querySelector("[data-expiry]");
  field.value = chip.dataset.days;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// Nobody can go at an end that there is not.
function settle(takesPeople) {
  const { expires, days, exact } = takesPeople.form.elements;
  const hasEnd = (expires?.checked ?? true) && [days, exact].some((field) => field?.value);
  takesPeople.disabled = !hasEnd;
  if (!hasEnd) takesPeople.checked = false;
}

each("[data-needs-end]", settle);
on("input", "form:has([data-needs-end])", (form) => settle(form.querySelector("[data-needs-end]")));
