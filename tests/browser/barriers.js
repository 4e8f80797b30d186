// Runs axe and gives its findings back at once. axe waits for promises and timers, and those stand still on a page
// whose script is off; here everything is there already, so that nothing has to wait.
class Settled {
  constructor(start) {
    this.waiting = [];
    start((value) => this.settle("done", value), (reason) => this.settle("failed", reason));
  }
  settle(outcome, value) {
    if (this.outcome) return;
    if (outcome === "done" && typeof value?.then === "function") {
      value.then((inner) => this.settle("done", inner), (reason) => this.settle("failed", reason));
      return;
    }
    Object.assign(this, { outcome, value });
    this.waiting.forEach((run) => run());
  }
  then(done, failed) {
    return new Settled((resolve, reject) => {
      const run = () => {
        const handle = this.outcome === "done" ? done : failed;
        if (typeof handle !== "function") return (this.outcome === "done" ? resolve : reject)(this.value);
        try { resolve(handle(this.value)); } catch (error) { reject(error); }
      };
      if (this.outcome) run(); else this.waiting.push(run);
    });
  }
  catch(failed) { return this.then(undefined, failed); }
  static resolve(value) { return new Settled((resolve) => resolve(value)); }
  static reject(reason) { return new Settled((_, reject) => reject(reason)); }
}

// Colours count once they are what they change to.
for (const change of document.getAnimations()) {
  if (change.effect.getComputedTiming().endTime < Infinity) change.finish();
}

const { Promise: promise, setTimeout: timer } = window;
const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
let found = ["axe did not finish"];
try {
  Object.assign(window, { Promise: Settled, setTimeout: (run) => run() });
  axe.run(document, { runOnly: { type: "tag", values }, preload: false, resultTypes: ["violations"] }, (error, results) => {
    found = error ? [`axe failed: ${error}`] : results.violations.map(({ id, help, nodes }) =>
      [`${id}: ${help}`, ...nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`)].join("\n    "));
    if (!error && results.passes.length < 5) found.push(`axe found almost nothing to check: ${results.passes.length}`);
  });
} finally {
  Object.assign(window, { Promise: promise, setTimeout: timer });
}
return found;
