import { each, on } from "./dom.js";

const toasts = document.getElementById("toasts");
// Where the dialog was opened, and where to go on when it is closed.
let opener;
let neighbour;
let address;

// Closing a menu first gives the focus back to its button, which is where the
// dialog returns it in the end.
function leaveMenu(element) {
  const menu = element.closest("[popover]");
  if (!menu) return element;
  menu.hidePopover();
  return document.querySelector(`[popovertarget="${menu.id}"]`);
}

on("click", "[data-dialog]", (button) => {
  leaveMenu(button);
  document.getElementById(button.dataset.dialog).showModal();
});

document.addEventListener("htmx:beforeRequest", ({ detail: { elt, target, requestConfig } }) => {
  const row = elt.closest("[data-row]");
  // A form takes no focus; the button that sent it does.
  const control = row ? leaveMenu(elt) : requestConfig.triggeringEvent?.submitter ?? elt;
  if (target.id !== "dialog-root" || document.querySelector("dialog:modal")) return;
  opener = control;
  neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  address = location.href;
});

function leave() {
  history.replaceState(history.state, "", address);
  // A row that was swapped in has the ids of the one before it.
  const present = (element) => element && (element.isConnected ? element : document.getElementById(element.id));
  const next = present(opener) ?? present(neighbour)?.querySelector("a") ?? document.getElementById("main");
  next.focus({ preventScroll: true });
}

// The server sends the dialog open, over a page that cannot be used.
function open(dialog) {
  if (dialog.matches(":modal")) return;
  address = dialog.dataset.return ?? address;
  dialog.removeAttribute("open");
  document.getElementById("shell").inert = false;
  dialog.showModal();
  // All else is out of reach now, and said to nobody.
  dialog.append(toasts);
  dialog.addEventListener("close", () => {
    document.body.append(toasts);
    dialog.remove();
    leave();
  }, { once: true });
}

each("dialog[data-modal]", open);

// An answer without a dialog in it closes the one that asked.
document.addEventListener("htmx:beforeSwap", ({ target }) => {
  if (target.id === "dialog-root") document.body.append(toasts);
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "dialog-root" && !target.firstElementChild) leave();
});
addEventListener("popstate", () => document.body.append(toasts));

on("click", "dialog [data-close]", (link, event) => {
  event.preventDefault();
  link.closest("dialog").close();
});

const isChanged = (field) => field.type === "checkbox" || field.type === "radio"
  ? field.checked !== field.defaultChecked
  : field.value !== field.defaultValue;

// A press beside the dialog closes it, unless something would be lost.
on("pointerdown", "dialog[data-modal]:not([role])", (dialog, { target, clientX, clientY }) => {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  const isBeside = target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
  if (isBeside && ![...dialog.querySelectorAll("input")].some(isChanged)) dialog.close();
});
