import { on } from "./dom.js";
import { announce, showError } from "./toasts.js";

const SHOWN = 1600;
const timers = new WeakMap();
const glyphs = new WeakMap();

// For a while the tick stands where the icon was.
function tick(button, isCopied) {
  const use = button.querySelector("use");
  if (!glyphs.has(use)) glyphs.set(use, use.getAttribute("href"));
  const glyph = glyphs.get(use);
  use.setAttribute("href", isCopied ? glyph.replace(/#.*/, "#i-check") : glyph);
  button.toggleAttribute("data-copied", isCopied);
}

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
  tick(button, true);
  clearTimeout(timers.get(button));
  if (await copy(button.dataset.copy, button)) {
    announce("Copied");
    timers.set(button, setTimeout(() => tick(button, false), SHOWN));
  } else {
    tick(button, false);
    showError("Could not copy. Select the text and copy it by hand.");
  }
});
