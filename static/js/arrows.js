// <table data-arrows>: the arrow keys lead from link to link; the Tab key stops at one of them alone.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

for (const table of document.querySelectorAll("table[data-arrows]")) {
  const links = [...table.querySelectorAll("tbody a")];
  const stop = (at) => links.forEach((link) => { link.tabIndex = link === at ? 0 : -1; });
  const mirrored = getComputedStyle(table).direction === "rtl" ? -1 : 1;

  const next = (from, [down, across]) => {
    const cell = from.closest("td");
    let [row, column] = [cell.parentElement.sectionRowIndex + down, cell.cellIndex + across * mirrored];
    const { rows } = cell.closest("tbody");
    while (rows[row]?.cells[column]) {
      const found = rows[row].cells[column].querySelector("a");
      if (found) return found;
      [row, column] = [row + down, column + across * mirrored];
    }
    return from;
  };

  if (links.length) stop(links[0]);
  table.addEventListener("focusin", (event) => { if (links.includes(event.target)) stop(event.target); });
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !links.includes(event.target)) return;
    event.preventDefault();
    next(event.target, step).focus();
  });
}
