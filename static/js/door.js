// The door's scanner. The form posts and answers without any of this; see templates/checkin/door.html for the elements.
const door = document.querySelector("[data-door]");
const form = door.querySelector("form");
const field = form.elements.namedItem("code");
const screen = document.getElementById("answer");
const answers = document.getElementById("answers").content;
const passes = document.getElementById("passes")?.content;
const questions = document.getElementById("ask")?.content;
const DEBOUNCE = 3000;
const SOUNDS = {
  confirmed: [[660, 0.09], [990, 0.16]],
  waiting: [[520, 0.14], [520, 0.14]],
  refused: [[220, 0.22], [165, 0.34]],
  information: [[440, 0.12]],
};
const VIBRATIONS = { confirmed: [80], waiting: [120, 80, 120], refused: [400], information: [60, 60, 60] };
let audio = null;
let hiding = 0;

// ---- asking

function newNonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(code) {
  const body = JSON.stringify({ code, nonce: newNonce() }); // the same nonce again: the same answer, nobody counted twice
  for (const pause of [300, 1200, 0]) {
    try {
      const response = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body,
      });
      if (response.ok) return await response.json();
      if (response.status < 500) return { reason: [404, 410].includes(response.status) ? "closed" : "failed" };
    } catch { /* no network: once more */ }
    await new Promise((resolve) => { setTimeout(resolve, pause); });
  }
  return { reason: "offline" };
}

async function scan(code) {
  const answer = await ask(code);
  show(answer, code);
  remember(answer, code);
}

// ---- answering

function show(answer, code) {
  const reason = answer.result === "admitted" ? "admitted" : answer.reason;
  const words = answers.querySelector(`[data-reason="${CSS.escape(reason)}"]`) ?? answers.querySelector('[data-reason="failed"]');
  const { state } = words.dataset;
  screen.className = `answer ${state}`;
  const parts = [...words.cloneNode(true).children];
  const name = document.createElement("p");
  name.className = "answer-name";
  name.dir = "auto";
  name.textContent = answer.name ?? "";
  const first = parts.find((part) => part.matches("[data-first]"));
  if (first) {
    const filled = answer.first_scan ? first.dataset.first
      .replace("{time}", () => isolated(clock(answer.first_scan.at)))
      .replace("{door}", () => isolated(answer.first_scan.door)) : "";
    first.textContent = filled;
  }
  const assists = parts.find((part) => part.matches("[data-assists]"));
  if (assists) assists.textContent = answer.assists ? assists.dataset.assists.replace("{name}", () => isolated(answer.assists)) : "";
  const other = parts.find((part) => part.matches("[data-other-event]"));
  if (other) other.textContent = answer.other_event ?? "";
  parts.splice(2, 0, ...(answer.name ? [name] : []));
  const pass = answer.admission && passes?.querySelector(`[data-admission="${CSS.escape(answer.admission)}"]`);
  if (pass) parts.push(pass.cloneNode(true));
  screen.querySelector("[data-words]").replaceChildren(...parts);
  const asks = answer.asks && questions ? questions.cloneNode(true) : "";
  if (asks) {
    const link = asks.querySelector("a");
    link.href += encodeURIComponent(code);
    link.textContent = link.dataset.ask.replace("{number}", answer.asks.toLocaleString(document.documentElement.lang));
  }
  screen.querySelector("[data-ask-place]").replaceChildren(asks);
  cover(true);
  screen.querySelector("a").focus();
  // Who comes in with us and not with the house is heard, and stays to be read.
  const gravest = state === "confirmed" && pass ? pass.dataset.state : state;
  signal(gravest);
  clearTimeout(hiding);
  if (gravest === "confirmed" && !asks) hiding = setTimeout(next, 2500);
}

// Nothing beneath the answer has the focus.
function cover(covered) {
  screen.hidden = !covered;
  for (const one of document.querySelectorAll(".skip, .masthead, .door")) one.inert = covered;
}

function next() {
  clearTimeout(hiding);
  cover(false);
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) field.focus();
}

function isolated(text) {
  return `\u2068${text}\u2069`; // in a text that may run the other way
}

function clock(at) {
  const options = { hour: "2-digit", minute: "2-digit", timeZone: door.dataset.zone };
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  return new Intl.DateTimeFormat(language, options).format(new Date(at));
}

function signal(state) {
  navigator.vibrate?.(VIBRATIONS[state]);
  if (!audio) return;
  let at = audio.currentTime;
  for (const [pitch, length] of SOUNDS[state]) {
    const tone = new OscillatorNode(audio, { frequency: pitch, type: state === "refused" ? "square" : "sine" });
    const volume = new GainNode(audio, { gain: 0.3 });
    tone.connect(volume).connect(audio.destination);
    volume.gain.setTargetAtTime(0, at + length * 0.8, 0.02);
    tone.start(at);
    tone.stop(at + length + 0.05);
    at += length + 0.05;
  }
}

function remember(answer, code) {
  const reason = answer.result === "admitted" ? "admitted" : answer.reason;
  const words = answers.querySelector(`[data-reason="${CSS.escape(reason)}"]`);
  if (!answer.result || !words) return;
  const item = document.createElement("li");
  item.className = words.dataset.state;
  const text = document.createElement("span");
  const who = document.createElement("bdi");
  who.textContent = answer.name ?? code;
  text.append(`${words.querySelector(".answer-word").textContent} – `, who);
  const at = document.createElement("time");
  at.textContent = clock(Date.now());
  item.append(words.querySelector(".icon").cloneNode(true), text, at);
  const list = door.querySelector("[data-recent]");
  list.prepend(item);
  while (list.children.length > 10) list.lastElementChild.remove();
  list.closest("[hidden]")?.removeAttribute("hidden");
  if (answer.result === "admitted") {
    const count = door.querySelector("[data-admitted]");
    count.dataset.admitted = Number(count.dataset.admitted) + 1;
    count.textContent = Number(count.dataset.admitted).toLocaleString(document.documentElement.lang);
  }
}

// ---- typing, and scanners that type

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = field.value.trim();
  field.value = "";
  unlockSound();
  if (code) scan(code);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") next();
  const typed = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!typed || event.target.closest?.("input, textarea, select")) return;
  next();
  field.focus();
});

screen.addEventListener("click", (event) => {
  if (event.target.closest("[data-ask]")) return;
  event.preventDefault();
  next();
});

if (screen.hidden) next();
else cover(true);

// ---- the camera

const view = door.querySelector("[data-camera]");
const video = view.querySelector("video");
const start = door.querySelector("[data-start-camera]");
const torch = door.querySelector("[data-torch]");
const trouble = door.querySelector("[data-camera-trouble]");
let last = { code: "", at: 0 };

async function newDetector() {
  const native = globalThis.BarcodeDetector;
  if (native && (await native.getSupportedFormats()).includes("qr_code")) return new native({ formats: ["qr_code"] });
  const ponyfill = await import("../vendor/barcode-detector/ponyfill.js");
  const wasm = new URL("../vendor/zxing-wasm/zxing_reader.wasm", import.meta.url).href;
  ponyfill.prepareZXingModule({ overrides: { locateFile: () => wasm } });
  return new ponyfill.BarcodeDetector({ formats: ["qr_code"] });
}

async function startCamera() {
  unlockSound();
  start.disabled = true;
  trouble.hidden = true;
  try {
    const [stream, detector] = await Promise.all([
      navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false }),
      newDetector(),
    ]);
    video.srcObject = stream;
    await video.play();
    view.hidden = false;
    start.hidden = true;
    offerTorch(stream.getVideoTracks()[0]);
    keepAwake();
    look(detector);
  } catch {
    trouble.hidden = false;
    start.disabled = false;
  }
}

async function look(detector) {
  if (!document.hidden && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) await read(found.rawValue);
  }
  setTimeout(look, 120, detector);
}

async function read(code) {
  const now = performance.now();
  const same = code === last.code && now - last.at < DEBOUNCE;
  last = { code, at: now };
  if (!same) await scan(code);
}

function offerTorch(track) {
  if (!track.getCapabilities?.().torch) return;
  torch.hidden = false;
  torch.addEventListener("click", () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    torch.setAttribute("aria-pressed", on);
    track.applyConstraints({ advanced: [{ torch: on }] });
  });
}

function keepAwake() {
  const hold = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", hold);
  hold();
}

function unlockSound() {
  audio ??= new AudioContext(); // browsers give sound only after a touch or a key
  audio.resume();
}

if (navigator.mediaDevices?.getUserMedia) {
  start.hidden = false;
  start.addEventListener("click", startCamera);
  navigator.permissions?.query({ name: "camera" }).then(({ state }) => { if (state === "granted") startCamera(); }, () => {});
}
