// <button data-add-row="id of a list" hidden>: one more empty row, numbered on, for each press.
for (const button of document.querySelectorAll("[data-add-row]")) {
  const rows = document.getElementById(button.dataset.addRow);
  button.hidden = false;
  button.addEventListener("click", () => {
    const last = rows.lastElementChild;
    const row = last.cloneNode(true);
    const from = rows.children.length - 1;
    for (const element of row.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace(`.${from}.`, `.${from + 1}.`));
      }
      if (element.tagName === "LABEL") element.firstChild.data = element.firstChild.data.replace(from + 1, from + 2);
      if (element.matches("input, textarea")) element.value = "";
    }
    rows.append(row);
    row.querySelector("input:not([type=hidden])").focus();
  });
}
