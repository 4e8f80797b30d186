import { on } from "./dom.js";
import { announce, showError } from "./toasts.js";

const SHOWN = 1600;
const timers = new WeakMap();

// Browsers keep navigator.clipboard from pages on plain http, so there the
// text is selected and copied. The area stands beside the button, because in
// an open dialog nothing outside of it can be selected.
function copyBySelection(text, button) {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "sr-only";
  button.after(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  button.focus();
  return copied;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, button);
  }
}

on("click", "[data-copy]", async (button) => {
  // The tick comes at once and is taken back if the copy fails.
  button.dataset.copied = "";
  clearTimeout(timers.get(button));
  if (await copy(button.dataset.copy, button)) {
    announce("Copied");
    timers.set(button, setTimeout(() => delete button.dataset.copied, SHOWN));
  } else {
    delete button.dataset.copied;
    showError("Could not copy. Select the text and copy it by hand.");
  }
});
