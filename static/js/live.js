const EVERY = 5000;

// Takes over what has changed on the server, and nothing else: no row moves,
// and no control goes from under the pointer.
async function look() {
  const isWatched = document.querySelector("[data-watch]") && !document.querySelector("dialog:modal");
  if (!isWatched || document.hidden) return;
  const { href } = location;
  let text;
  try {
    const answer = await fetch(href, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    // The next time will do.
    return;
  }
  if (href !== location.href) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const shown = document.getElementById(fresh.id);
    if (shown && shown.dataset.live !== fresh.dataset.live) {
      window.htmx.swap(shown, fresh.outerHTML, { swapStyle: "outerHTML" });
    }
  }
}

setInterval(look, EVERY);
addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.requestConfig.verb === "post") look();
});
