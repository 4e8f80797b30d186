import { on } from "./dom.js";
import { announce } from "./toasts.js";

// The box above the others says what they say.
function sum(table) {
  const boxes = [...table.querySelectorAll("tbody .row-check")];
  const picked = boxes.filter(({ checked }) => checked).length;
  const all = table.querySelector("[data-select-all]");
  all.checked = picked > 0 && picked === boxes.length;
  all.indeterminate = picked > 0 && picked < boxes.length;
  announce(`${picked} selected`);
}

on("change", "[data-select-all]", (all) => {
  const table = all.closest("table");
  table.querySelectorAll("tbody .row-check").forEach((box) => { box.checked = all.checked; });
  sum(table);
});
on("change", "tbody .row-check", (box) => sum(box.closest("table")));
// The boxes are cleared after the event.
on("reset", "#bulk", (form) => setTimeout(() => sum(form.closest(".bulk").querySelector("table"))));

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (target.dataset.announce && target.id === detail.target.id) announce(target.dataset.announce);
});
