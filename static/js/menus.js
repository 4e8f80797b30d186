import { on } from "./dom.js";

const GAP = 8;

// CSS places the menus; this is for browsers without anchor positioning.
function place(menu) {
  const anchor = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const fitsBelow = anchor.bottom + height + GAP < innerHeight;
  menu.style.inset = "auto";
  menu.style.left = `${Math.max(GAP, anchor.right - width)}px`;
  menu.style.top = `${fitsBelow ? anchor.bottom : anchor.top - height - GAP}px`;
}

if (!CSS.supports("position-area: block-end")) {
  // The toggle event does not bubble.
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState === "open" && target.matches(".menu[popover]")) place(target);
  }, true);
}

// The rows of a list share one menu: a row gets its own when somebody comes to its button, before the browser looks for it.
function write(button) {
  if (button.popoverTargetElement) return;
  const { id } = button.closest("[data-row]");
  const kinds = button.dataset.menu.split(" ");
  const menu = document.getElementById("row-menu").content.firstElementChild.cloneNode(true);
  menu.id = button.getAttribute("popovertarget");
  menu.querySelectorAll("[data-for]").forEach((item) => {
    if (!item.dataset.for.split(" ").some((kind) => kinds.includes(kind))) item.remove();
  });
  for (const { attributes } of menu.querySelectorAll("*")) {
    for (const attribute of attributes) attribute.value = attribute.value.replace("{id}", id);
  }
  menu.querySelectorAll("[data-from]").forEach((number) => {
    number.textContent = document.getElementById(number.dataset.from).dataset.live;
  });
  button.after(menu);
  window.htmx.process(menu);
}

on("focusin", "[data-menu]", write);
on("click", "[data-menu]", write);
