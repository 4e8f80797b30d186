const field = document.querySelector("[data-from-hash]");

// The set-up link carries the key after the #. It goes into the field, and
// out of the address, so that it stays in no history.
function take() {
  const key = location.hash.slice(1);
  // Links within the page also end in a name after a #.
  if (!key || document.getElementById(key)) return;
  field.value = key;
  history.replaceState(null, "", location.pathname + location.search);
}

if (field) {
  take();
  addEventListener("hashchange", take);
}
