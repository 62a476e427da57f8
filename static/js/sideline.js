// What a page asks for is loaded, nothing else. Every page works without it.
const wanted = {
  "[data-local-time]": () => import("./local-time.js"),
  "[data-copy]": () => import("./copy.js"),
  "[data-filters]": () => import("./filter.js"),
  "[data-add-row]": () => import("./rows.js"),
  "[data-arrows]": () => import("./arrows.js"),
  "[data-programme]": () => import("./programme.js"),
  "[data-door]": () => import("./door.js"),
};

for (const [selector, load] of Object.entries(wanted)) {
  if (document.querySelector(selector)) load();
}
