// Every module improves a page that already works without it.
import "./copy.js";
import "./dialogs.js";
import "./expiry.js";
import "./hash.js";
import "./htmx.js";
import "./keyboard.js";
import "./lists.js";
import "./live.js";
import "./log.js";
import "./menus.js";
import "./password.js";
import "./theme.js";
import "./times.js";
import "./toasts.js";
