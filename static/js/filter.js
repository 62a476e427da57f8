// <input data-filters="id of a table" data-count="id of an element">: narrows the table's rows to those with every typed word.
function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

for (const field of document.querySelectorAll("[data-filters]")) {
  const rows = [...document.getElementById(field.dataset.filters).tBodies[0].rows].map((row) => [row, folded(row.textContent)]);
  const count = document.getElementById(field.dataset.count);
  const narrow = () => {
    const words = folded(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    if (count) count.textContent = shown.toLocaleString(document.documentElement.lang);
  };
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.addEventListener("input", narrow);
  narrow();
}
