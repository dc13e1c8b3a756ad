// Says before a session ends, and lets somebody stay. Other tabs count too: before it speaks it asks the server how long
// is left, and asking is no click.
const note = document.querySelector("[data-session]");
const WARNED = Number(note.dataset.warned), IDLE = Number(note.dataset.idle), SOON = 5; // seconds
const { value: token } = note.querySelector("[name=csrfmiddlewaretoken]");
const [text, stay] = [note.querySelector("[data-text]"), note.querySelector("button")];

const later = (seconds) => setTimeout(look, Math.max(seconds, SOON) * 1000);

async function ask(options) {
  try {
    const response = await fetch(note.dataset.session, options);
    return response.ok ? (await response.json()).seconds : null;
  } catch {
    return null; // no connection: the form that is sent next will say so
  }
}

function show(words) {
  const told = document.querySelector("[data-trouble]:not([hidden])"); // it said that somebody is signed out, and more
  if (text.textContent !== words) text.textContent = words;
  note.hidden = !words || Boolean(told);
}

function judge(seconds) {
  if (seconds === null) return later(WARNED);
  stay.hidden = !seconds;
  if (!seconds) return show(note.dataset.over);
  show(seconds > WARNED ? "" : note.dataset.soon);
  later(seconds > WARNED ? seconds - WARNED + 1 : seconds + 1);
}

async function look() { judge(await ask()); }

stay.addEventListener("click", async () => judge(await ask({ method: "POST", headers: { "X-CSRFToken": token } })));
document.addEventListener("visibilitychange", () => { if (!document.hidden && !note.hidden) look(); });
later(IDLE - WARNED); // the page itself was a click
