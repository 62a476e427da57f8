// Of each line of standard input, [zone, calendar, runs of instants]: prints [zone, how many, those misread].
import { createInterface } from "node:readline";
import ICAL from "../vendor/ical.js-2.2.1/ical.min.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const [name, text, runs] = JSON.parse(line);
  const component = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vtimezone");
  const zone = new ICAL.Timezone({ component });
  const wrong = [];
  let asked = 0;
  for (const [first, step, number, offset] of runs) {
    for (let at = first; at < first + step * number; at += step) {
      const wall = new Date((at + offset) * 1000);
      const time = new ICAL.Time(
        {
          year: wall.getUTCFullYear(),
          month: wall.getUTCMonth() + 1,
          day: wall.getUTCDate(),
          hour: wall.getUTCHours(),
          minute: wall.getUTCMinutes(),
          second: wall.getUTCSeconds(),
        },
        zone,
      );
      if (time.toUnixTime() !== at) wrong.push(at);
      asked += 1;
    }
  }
  console.log(JSON.stringify([name, asked, wrong]));
}
