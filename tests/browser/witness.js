// Runs in every page before its own scripts. Notes what a page must not do, and lets time pass only when a test says
// so: a toast that goes away by itself would otherwise be gone on a slow machine before anybody has looked at it.
{
  window.faults = [];
  addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    faults.push(`the policy ${effectiveDirective} stopped ${blockedURI}`);
  });
  addEventListener("error", ({ message, target }) => faults.push(message ?? `${target.tagName} did not load`), true);
  addEventListener("unhandledrejection", ({ reason }) => faults.push(`nobody caught ${reason}`));

  const LONG = 1000;
  const { setTimeout: start, clearTimeout: stop } = window;
  const later = new Map();
  window.setTimeout = (run, wait, ...more) => {
    if (!(wait >= LONG)) return start(run, wait, ...more);
    const id = -1 - later.size;
    later.set(id, run);
    return id;
  };
  window.clearTimeout = (id) => {
    if (later.has(id)) later.set(id, () => {});
    else stop(id);
  };
  window.letTimePass = () => {
    for (const [id, run] of [...later]) {
      later.set(id, () => {});
      run();
    }
  };
}
