// Does the sum that a form asks for while programs attack it (ALTCHA's protocol, its worker), as soon as the page is
// there. Who sends the form first waits for it, not for long; without a result the form goes all the same.
const box = document.querySelector("[data-challenge]");
const WAITS = 30_000;

if (box) {
  const form = box.closest("form");
  const field = box.querySelector("[name=proof]");
  const status = box.querySelector("[data-proof-status]");
  const challenge = JSON.parse(box.dataset.challenge);
  const workers = Math.min(4, Math.max(1, (navigator.hardwareConcurrency ?? 2) - 1));
  const running = [];
  let over = false;
  let sender;

  const end = (solution) => {
    if (over) return;
    over = true;
    for (const worker of running) worker.terminate();
    if (solution) field.value = btoa(JSON.stringify({ challenge, solution }));
    status.textContent = solution ? box.dataset.done : box.dataset.failed;
    if (sender !== undefined) form.requestSubmit(sender);
  };

  status.textContent = box.dataset.working;
  if (!window.isSecureContext || !window.crypto?.subtle) end(null);
  for (let start = 0; !over && start < workers; start++) {
    const worker = new Worker(box.dataset.worker);
    running.push(worker);
    worker.onerror = () => end(null);
    worker.onmessage = ({ data }) => end(data && !data.error ? data : null);
    worker.postMessage({ type: "work", challenge, counterStart: start, counterStep: workers, timeout: 90_000 });
  }

  form.addEventListener("submit", (event) => {
    if (over || sender !== undefined || event.submitter?.name === "do") return; // more rows are no list sent
    event.preventDefault();
    sender = event.submitter ?? null;
    status.textContent = box.dataset.waiting;
    setTimeout(() => end(null), WAITS);
  });
}
