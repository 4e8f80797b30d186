import { on } from "./dom.js";

function reveal(button, shown) {
  document.getElementById(button.dataset.reveal).type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", shown);
}

on("click", "[data-reveal]", (button) => reveal(button, button.getAttribute("aria-pressed") === "false"));

// Browsers remember what was sent from a text field, so none is one by then.
on("submit", "form", (form) => {
  form.querySelectorAll("[data-reveal]").forEach((button) => reveal(button, false));
});
