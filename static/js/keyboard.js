import { on } from "./dom.js";

const CHORD = 1200;
const PLACES = { h: "/", o: "/admin" };
const { dataset } = document.documentElement;
let pressedG = -Infinity;

// Only places this page links to: the server has left out the others.
function go(key) {
  document.querySelector(`a[href="${PLACES[key]}"]`)?.click();
}

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
  else if (event.key === "?") document.getElementById("shortcuts")?.showModal();
});

on("change", "#use-shortcuts", (input) => {
  dataset.shortcuts = input.checked ? "on" : "off";
});
