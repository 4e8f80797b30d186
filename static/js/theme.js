import { on } from "./dom.js";

// The choice shows at once; the form goes to the server, which keeps it in a cookie.
on("click", "[data-theme-form] button", (chosen) => {
  const { dataset } = document.documentElement;
  if (chosen.value === "system") delete dataset.theme;
  else dataset.theme = chosen.value;
  for (const button of chosen.form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button === chosen);
  }
});
