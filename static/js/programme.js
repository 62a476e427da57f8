// Marks what is on now in a programme; the server knows no reader's clock, and its pages are kept for everybody.
const sessions = [...document.querySelectorAll("[data-programme] [data-starts]")];

function mark() {
  const now = Date.now();
  for (const session of sessions) {
    const on = Date.parse(session.dataset.starts) <= now && now < Date.parse(session.dataset.ends);
    if (on === session.classList.contains("is-now")) continue;
    session.classList.toggle("is-now", on);
    if (on) {
      const label = document.createElement("strong");
      label.className = "now";
      label.textContent = session.closest("[data-programme]").dataset.now;
      session.querySelector(".session-time").prepend(label);
    } else session.querySelector(".now")?.remove();
  }
}

mark();
setInterval(mark, 30_000);
