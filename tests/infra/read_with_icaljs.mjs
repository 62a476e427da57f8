// Prints {uid: [start, end]} of the calendar on standard input: seconds since 1970, or a date as it stands.
import { readFileSync } from "node:fs";
import ICAL from "../vendor/ical.js-2.2.1/ical.min.mjs";

ICAL.Timezone.MAX_YEAR = 2200; // it does not look for changes of clocks after 2035

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
const told = (time) => (time.isDate ? time.toString() : time.toUnixTime());
const read = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return [event.uid, [told(event.startDate), told(event.endDate)]];
});
console.log(JSON.stringify(Object.fromEntries(read)));
