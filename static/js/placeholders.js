// <form data-placeholders="name event …" data-unknown data-meant data-alone>: says while somebody types which {placeholder}
// there is none of, and puts one into the text where its name is pressed.
function distance(a, b) {
  let row = Array.from({length: b.length + 1}, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

function mistakes(text, known, said) {
  const found = new Set();
  const rest = text.replace(/\{([^{}\n]*)\}/g, (written, inside) => {
    const name = inside.trim();
    if (!known.includes(name)) {
      const [nearest, off] = known.map((one) => [one, distance(name.toLowerCase(), one)]).sort((a, b) => a[1] - b[1])[0];
      const words = off <= Math.max(2, nearest.length / 2) ? said.meant : said.unknown;
      found.add(words.replace("{written}", written).replace("{nearest}", `{${nearest}}`));
    }
    return "";
  });
  for (const brace of new Set(rest.match(/[{}]/g))) found.add(said.alone.replace("{written}", brace));
  return [...found].join(" ");
}

for (const form of document.querySelectorAll("[data-placeholders]")) {
  const known = form.dataset.placeholders.split(" ");
  const fields = [...form.elements].filter((one) => /^(subject|body|notes)\./.test(one.name));
  let last = fields.find((one) => one.tagName === "TEXTAREA");
  for (const field of fields) {
    const told = document.createElement("p");
    told.className = "problem";
    told.id = `typed-${field.name}`;
    told.setAttribute("role", "status");
    field.before(told);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${told.id}`.trim());
    const look = () => { told.textContent = mistakes(field.value, known, form.dataset); };
    field.addEventListener("input", look);
    field.addEventListener("focus", () => { last = field; });
  }
  for (const code of form.querySelectorAll("[data-insert]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet small";
    code.replaceWith(button);
    button.append(code);
    button.addEventListener("click", () => {
      last.setRangeText(code.dataset.insert, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      last.dispatchEvent(new Event("input", {bubbles: true}));
    });
  }
}
