import { each, on } from "./dom.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30.4 * DAY;
const UNITS = [
  { name: "minute", length: MINUTE, below: 60 },
  { name: "hour", length: HOUR, below: 48 },
  { name: "day", length: DAY, below: 60 },
  { name: "month", length: MONTH, below: Infinity },
];

const exact = new Intl.DateTimeFormat("en-US", {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
});

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

// The server's own words: "5 minutes ago", "in 3 days".
function relative(moment) {
  const distance = moment - Date.now();
  const count = ({ length }) => Math.max(1, Math.round(Math.abs(distance) / length));
  const unit = UNITS.find((unit) => count(unit) < unit.below);
  const text = `${count(unit)} ${unit.name}${count(unit) === 1 ? "" : "s"}`;
  return distance < 0 ? `${text} ago` : `in ${text}`;
}

export function localise(time) {
  const moment = new Date(time.dateTime);
  const part = Object.fromEntries(exact.formatToParts(moment).map(({ type, value }) => [type, value]));
  const date = `${part.day} ${part.month} ${part.year}`;
  const words = `${part.weekday} ${date}, ${part.hour}:${part.minute} ${part.timeZoneName}`;
  if (time.dataset.exact === "words") time.textContent = words;
  else time.title = words;
  if (time.dataset.exact === "date") time.textContent = date;
  if (time.dataset.exact === "time") time.textContent = `${part.hour}:${part.minute}`;
  if (time.dataset.exact === "day") time.textContent = day.format(moment);
}

function refresh() {
  for (const time of document.querySelectorAll('time[data-exact=""]')) {
    time.textContent = relative(new Date(time.dateTime));
  }
}

each("time[data-exact]", localise);
on("keydown", "time[data-exact]", (time, { key }) => {
  if (key === "Escape") time.blur();
});
setInterval(refresh, MINUTE);
