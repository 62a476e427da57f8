// Shows a question once what it depends on is answered so, by the rule that the server keeps to: top to bottom, and
// what is hidden counts as not answered. Without this module every question is shown and says when it counts.
const form = document.querySelector("[data-questions]")?.closest("form");

const given = (name) => new FormData(form).getAll(name === "mode" ? "mode" : `answers.${name}`);

function show() {
  for (const question of form.querySelectorAll("[data-shown-if]")) {
    const conditions = JSON.parse(question.dataset.shownIf);
    const shown = conditions.every(([name, values]) => given(name).some((value) => values.includes(value)));
    question.hidden = !shown;
    for (const control of question.querySelectorAll("input, select, textarea")) {
      control.disabled = !shown || "taken" in control.dataset;
    }
  }
  for (const section of form.querySelectorAll("[data-questions]")) {
    section.hidden = !section.querySelector("[data-question]:not([hidden])");
  }
}

// A file that is too large is told at once, not after it was sent.
function weigh({ target }) {
  if (!target.dataset?.largest) return;
  target.parentElement.querySelector("[data-weighed]")?.remove();
  if (!target.files[0] || target.files[0].size <= Number(target.dataset.largest)) return;
  const told = document.createElement("p");
  told.className = "problem";
  told.dataset.weighed = "";
  told.setAttribute("role", "alert");
  told.append(Object.assign(document.createElement("span"), { textContent: target.dataset.tooLarge }));
  target.before(told);
  target.value = "";
}

if (form) {
  for (const words of form.querySelectorAll(".condition")) words.hidden = true;
  form.addEventListener("change", (event) => {
    weigh(event);
    show();
  });
  show();
}
