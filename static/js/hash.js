const field = () => document.querySelector("[data-from-hash]");

// A link carries its secret after the #, where no server sees it. It goes into
// the field, and out of the address, so that it stays in no history.
function take() {
  const secret = location.hash.slice(1);
  // Links within the page also end in a name after a #.
  if (!field() || !secret || document.getElementById(secret)) return false;
  field().value = secret;
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}

const say = () => field().dispatchEvent(new Event("taken"));

// htmx listens to the field from its first load on.
if (take()) document.addEventListener("htmx:load", say, { once: true });
addEventListener("hashchange", () => take() && say());
