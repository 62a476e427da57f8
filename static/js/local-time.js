// Puts the reader's own time under the event's. The server has said the event's time, with its offset: browsers' zones may be older.
const language = document.documentElement.lang.split("-")[0];
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? (language === "en" ? "en-GB" : language);
const { hour12 } = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions();
const clock = { hour: hour12 ? "numeric" : "2-digit", minute: "2-digit" };
const dayAndTime = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", ...clock });
const time = new Intl.DateTimeFormat(locale, clock);

function statedOffset(text) {
  const found = /([+-])(\d\d):(\d\d)$/.exec(text);
  return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
}

function offsetText(minutes) {
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

function dayOf(date) {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
}

function place() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  return zone.includes("/") ? `${zone.split("/").pop().replaceAll("_", " ")}, ` : "";
}

for (const element of document.querySelectorAll("[data-local-time]")) {
  const { starts, ends, later, earlier } = element.dataset;
  const [first, last] = [new Date(starts), new Date(ends)];
  const yours = element.querySelector("[data-yours]");
  const offsets = [first, last].map((date) => -date.getTimezoneOffset());
  if (!yours || (offsets[0] === statedOffset(starts) && offsets[1] === statedOffset(ends))) continue;

  const shift = dayOf(first) - Date.parse(`${starts.slice(0, 10)}T00:00Z`) / 86_400_000;
  const range = dayOf(first) === dayOf(last)
    ? `${dayAndTime.format(first)}\u2060–\u2060${time.format(last)}`
    : `${dayAndTime.format(first)} – ${dayAndTime.format(last)}`;
  const note = { 1: ` (${later})`, "-1": ` (${earlier})` }[shift] ?? "";
  const stamp = document.createElement("time");
  stamp.dateTime = first.toISOString();
  stamp.textContent = `${range}${note}`;
  const zone = document.createElement("span");
  zone.className = "zone";
  zone.textContent = ` (${place()}${[...new Set(offsets.map(offsetText))].join(" → ")})`;
  yours.replaceChildren(stamp, zone);
  yours.closest("[hidden]")?.removeAttribute("hidden");
}
