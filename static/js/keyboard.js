import { on } from "./dom.js";

const CHORD = 1200;
const PLACES = { h: "/", o: "/admin", u: "/admin/users", i: "/admin/invites", a: "/admin/audit" };
const { dataset } = document.documentElement;
let pressedG = -Infinity;

// Only places this page links to: the server has left out the others.
function go(key) {
  document.querySelector(`a[href="${PLACES[key]}"]`)?.click();
}

const row = () => document.activeElement.closest("[data-row]");

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(row());
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[next]?.querySelector("a").focus();
}

function search(event) {
  const field = document.querySelector("[data-search]");
  if (!field) return;
  // Or the key is typed into the field.
  event.preventDefault();
  field.select();
}

const KEYS = {
  "/": search,
  "?": () => document.getElementById("shortcuts")?.showModal(),
  n: () => document.querySelector("[data-new]")?.click(),
  j: () => step(1),
  k: () => step(-1),
  c: () => (row()?.querySelector('[data-copy*="://"]') ?? row()?.querySelector("[data-copy]"))?.click(),
  e: () => row()?.querySelector("[data-extend]")?.click(),
  x: () => row()?.querySelector(".row-check")?.click(),
  a: () => row()?.querySelector("[data-approve]")?.click(),
  f: () => row()?.querySelector("[data-flag]")?.click(),
};

function ignored(event) {
  return dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing
    || event.target.closest("input:not([type=checkbox]), textarea, select")
    || document.querySelector("dialog:modal");
}

document.addEventListener("keydown", (event) => {
  if (ignored(event)) return;
  const chord = event.timeStamp - pressedG < CHORD;
  pressedG = event.key === "g" ? event.timeStamp : -Infinity;
  if (chord && event.key in PLACES) go(event.key);
  else KEYS[event.key]?.(event);
});

on("change", "#use-shortcuts", (input) => {
  dataset.shortcuts = input.checked ? "on" : "off";
});
