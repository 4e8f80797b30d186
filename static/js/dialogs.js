import { on } from "./dom.js";

on("click", "[data-dialog]", (button) => {
  // Closing the menu first gives the focus back to its button, which is
  // where the dialog returns it in the end.
  button.closest("[popover]")?.hidePopover();
  document.getElementById(button.dataset.dialog).showModal();
});
