// Every module improves a page that already works without it.
import "./copy.js";
import "./dialogs.js";
import "./htmx.js";
import "./keyboard.js";
import "./menus.js";
import "./password.js";
import "./setup.js";
import "./theme.js";
import "./times.js";
import "./toasts.js";
