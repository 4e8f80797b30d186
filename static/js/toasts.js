import { on } from "./dom.js";

const SECONDS = 5;
const MOST = 3;
const ANNOUNCED = 2000;
const list = document.getElementById("toasts");

const isError = (toast) => toast.classList.contains("toast--error");

// An error stays until it is dismissed; the others wait while somebody is at them.
function arm(toast) {
  if (isError(toast)) return;
  const life = (toast.dataset.seconds ?? SECONDS) * 1000;
  let timer;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), life);
  };
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  start();
}

// The newest stays; before it, plain toasts give way to errors.
function trim() {
  const toasts = [...list.querySelectorAll(".toast")];
  const surplus = Math.max(0, toasts.length - MOST);
  const older = toasts.slice(0, -1);
  older.sort((one, other) => isError(one) - isError(other));
  older.slice(0, surplus).forEach((toast) => toast.remove());
}

// Watching the list catches toasts from the server and from here alike.
new MutationObserver((changes) => {
  const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
  const toasts = added.filter((node) => node instanceof Element && node.matches(".toast"));
  toasts.forEach(arm);
  if (toasts.length) trim();
}).observe(list, { childList: true });
list.querySelectorAll(".toast").forEach(arm);

function close(toast) {
  const focused = toast.contains(document.activeElement);
  toast.remove();
  if (focused) document.getElementById("main").focus({ preventScroll: true });
}

// What was undone cannot be undone again.
on("htmx:afterRequest", ".toast form", (form, { detail }) => {
  if (detail.successful) close(form.closest(".toast"));
});

on("click", "[data-dismiss]", (button) => close(button.closest(".toast")));

export function showError(text, retry) {
  const toast = document.getElementById("toast-error").content.firstElementChild.cloneNode(true);
  const again = toast.querySelector("[data-retry]");
  toast.querySelector("p").textContent = text;
  if (retry) again.addEventListener("click", () => { close(toast); retry(); });
  else again.remove();
  list.append(toast);
}

// For screen readers only: what the eye sees on the button itself.
export function announce(text) {
  const note = document.createElement("p");
  note.className = "sr-only";
  note.textContent = text;
  list.append(note);
  setTimeout(() => note.remove(), ANNOUNCED);
}
