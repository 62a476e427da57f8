// Prints {uid: [start, end]} of the calendars on standard input: seconds since 1970, or a date as it stands.
import { readFileSync } from "node:fs";
import ICAL from "../vendor/ical.js-2.2.1/ical.min.mjs";

const told = (time) => (time.isDate ? time.toString() : time.toUnixTime());
const parsed = ICAL.parse(readFileSync(0, "utf-8"));
const read = (typeof parsed[0] === "string" ? [parsed] : parsed).flatMap((calendar) =>
  new ICAL.Component(calendar).getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return [event.uid, [told(event.startDate), told(event.endDate)]];
  }),
);
console.log(JSON.stringify(Object.fromEntries(read)));
