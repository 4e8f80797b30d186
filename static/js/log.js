import { each } from "./dom.js";

const DAY = 24 * 60 * 60_000;

const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long" });

// The server's own words: "Today, 20 November", "Wednesday, 18 November".
function title(day) {
  const now = new Date();
  const is = (time) => day.toDateString() === new Date(time).toDateString();
  if (is(now)) return `Today, ${date.format(day)}`;
  if (is(now - DAY)) return `Yesterday, ${date.format(day)}`;
  const year = day.getFullYear() === now.getFullYear() ? "" : ` ${day.getFullYear()}`;
  return `${weekday.format(day)}, ${date.format(day)}${year}`;
}

function element(name, className) {
  return Object.assign(document.createElement(name), { className });
}

// The times are the reader's, so the days they stand under are too.
function regroup(log) {
  const before = [...log.querySelectorAll(".log__day, .log__list")];
  const parts = [];
  for (const entry of log.querySelectorAll(".log__entry")) {
    const day = title(new Date(entry.querySelector("time").dateTime));
    if (parts.at(-2)?.textContent !== day) {
      const heading = element("h2", "log__day");
      heading.textContent = day;
      parts.push(heading, element("ol", "log__list"));
    }
    parts.at(-1).append(entry);
  }
  if (!parts.length) return;
  // The focus goes there where the control that had it is gone.
  parts[0].tabIndex = -1;
  before[0].before(...parts);
  before.forEach((part) => part.remove());
}

each("#log", regroup);
