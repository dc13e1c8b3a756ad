// The clock records nothing: what was done, the person says in the form at the end.
import { timeline } from "./timeline.js";

const $ = (id) => document.getElementById(id);
const guide = $("guide"), report = $("report"), sections = [...guide.querySelectorAll("section")];
const { words, items } = JSON.parse($("guide-data").textContent);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const say = (place, text) => place && place.textContent !== text && (place.textContent = text);

// Sections to do; the first of them. Index of the steps, rounds of sets without an end. Spent of this step before the clock
// started last, ms; since when it runs, or falsy.
let queue, all, section, item, steps, again, index, rounds, spent, since, state, ticking, lock, audio, unsaved;

// No drift in a slow tab.
const elapsed = () => spent + (since && performance.now() - since);

function cue(hertz, pattern) {
  navigator.vibrate?.(pattern);
  if (!audio || !$("sound").checked) return;
  const tone = audio.createOscillator(), volume = audio.createGain();
  tone.frequency.value = hertz;
  volume.gain.value = 0.25;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.2);
}

function awake(wanted) {
  if (wanted) lock ??= navigator.wakeLock?.request("screen").catch(() => {});
  else lock = void lock?.then((held) => held?.release());
}

function become(next) {
  spent = elapsed();
  guide.dataset.state = state = next;
  const running = state === "running";
  since = running && performance.now();
  clearInterval(ticking);
  if (running) ticking = setInterval(tick, 100);
  awake(running);
  $("ask").hidden = state !== "asking";
  $("running").hidden = state === "asking";
  show();
}

function show() {
  const { kind, seconds, side, set, rep } = steps[index], running = state === "running";
  const where = side ? item.sides[side] : "", image = section.querySelector("img");
  const source = running && kind !== "rest" && image?.dataset.moving || image?.dataset.still;
  if (image && image.getAttribute("src") !== source) image.src = source;
  say(section.querySelector(".pic p"), item.shown[side ?? item.dose.side ?? ""]);
  const told = where && words[kind + "_side"];
  const phrase = told || (item.count && words[kind + "_count"]) || (!seconds && words[kind + "_open"]) || words[kind];
  say($("phase"), state === "idle" || state === "asking" ? "" : state === "paused" ? words.paused : fill(phrase, { side: where, count: item.count }));
  say($("side"), told && state !== "idle" ? "" : where);
  const count = (kind === "rest" ? "n" : "") + (set ? (again === undefined ? "s" : "o") : "") + (rep ? "r" : "");
  say($("count"), fill(words[count] ?? "", { ...item.dose, set: set + rounds, rep }));
  say($("go"), words[state === "idle" ? "start" : !running ? "continue" : seconds ? "pause" : "go_on"]);
  guide.dataset.kind = seconds ? kind : "waits";
  const left = seconds ? Math.max(seconds - elapsed() / 1000, 0) : 0, whole = Math.ceil(left);
  say($("left"), `${whole < 100 ? whole : new Date(whole * 1000).toISOString().slice(whole < 3600 ? 14 : 11, 19)}`);
  $("ring").setAttribute("stroke-dashoffset", (100 - (100 * left) / (seconds || 1)).toFixed(1));
}

function tick() {
  let over;
  while (since && steps[index].seconds && (over = elapsed() - steps[index].seconds * 1000) >= 0) go(index + 1, over);
  if (since) show();
}

/** `owed`: how late the tick came. */
function go(to, owed = 0) {
  if (to >= steps.length && again !== undefined) rounds++, (to = again);
  if (to >= steps.length) return ask();
  index = Math.max(to, 0);
  spent = owed;
  since &&= performance.now();
  show();
  if (since) /hold|work/.test(steps[index].kind) ? cue(880, 200) : cue(550, [80, 60, 80]);
}

function ask() {
  become("asking");
  cue(660, [200, 100, 200]);
  section.dataset.asked = "";
  $("stop").hidden = !queue[1];
  // No button, for keys pressed too long.
  $("ask").firstElementChild.focus();
}

function take() {
  [section] = queue;
  item = items[section.dataset.item];
  ({ steps, again } = timeline(item.dose));
  index = rounds = spent = since = 0;
  for (const one of sections) one.hidden = one !== section;
  section.querySelector("[data-clock]").append($("clock"));
  say($("place"), all > 1 ? fill(words.one_of, { n: all - queue.length + 1, all }) : "");
  become("idle");
}

function start() {
  // No sound is no reason to stop.
  try {
    audio ??= new AudioContext();
    audio.resume();
  } catch {}
  become("running");
  $("go").scrollIntoView({ block: "nearest" });
}

function answer({ target: { dataset } }) {
  if (!dataset.said) return;
  for (const radio of report.elements[`done-${section.dataset.item}`]) radio.checked = radio.value === dataset.said;
  unsaved = true;
  queue.shift();
  if (!queue.length) return finish();
  take();
  start();
  section.querySelector("h2").focus();
}

function finish() {
  guide.hidden = true;
  say($("place"), "");
  report.hidden = false;
  for (const one of sections) $(`said-${one.dataset.item}`).hidden = !("asked" in one.dataset || queue.includes(one));
  report.querySelector("h2").focus();
}

function main() {
  if (!since) start();
  else if (steps[index].seconds) become("paused");
  else go(index + 1);
}

$("go").onclick = main;
$("back").onclick = () => go(index - 1);
$("next").onclick = () => go(index + 1);
$("end").onclick = ask;
$("ask").onclick = answer;
$("again").onclick = () => become("paused");
$("stop").onclick = finish;
document.onclick = () => audio?.resume();
document.onkeydown = (event) => {
  const { key, target } = event, along = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (guide.hidden || state === "asking" || event.altKey || event.ctrlKey || event.metaKey) return;
  if (key === " " && !target.closest("button, input, a, summary")) main();
  else if (/^Arrow(Left|Right)$/.test(key)) go(index + (key === along ? 1 : -1));
  else return;
  event.preventDefault();
};
document.onvisibilitychange = () => {
  if (document.hidden || state !== "running") return;
  awake(false);
  awake(true);
};
report.onsubmit = () => { unsaved = false; };
addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
addEventListener("pageshow", (event) => event.persisted && location.reload());

if (crypto.randomUUID) report.elements.report.value = crypto.randomUUID();
const [, wanted, only] = location.hash.match(/^#(start)-?(.*)/) ?? [];
$("without").hidden = true;
queue = sections.filter(({ dataset }) => (only ? dataset.item === only : !items[dataset.item].done));
if (!queue.length) queue = [...sections];
all = queue.length;
take();
if (wanted) start();
