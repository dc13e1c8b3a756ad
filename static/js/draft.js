// Keeps a form as a draft while somebody types. What is not saved yet stays in the page, is tried again, and is said in
// the status line. The server decides: an answer 409 means that another window changed the draft, 422 that nothing can
// be written (the record was archived), 404 that the draft is out of reach: then this window stops.
const form = document.querySelector("[data-draft]");
const PAUSE = 800, PATIENCE = 15_000, FIRST_WAIT = 2_000, LONGEST_WAIT = 60_000; // milliseconds

if (form) {
  const status = form.querySelector("[data-status]");
  const { version, step, csrfmiddlewaretoken: token } = form.elements;
  let unsaved = "conflict" in form.dataset, saving = null, timer = 0, wait = FIRST_WAIT, stopped = false, leaving = false;

  const say = (words, alarming = false) => {
    if (status.textContent !== words) status.textContent = words;
    status.parentElement.classList.toggle("unsaved", alarming); // stays in sight on every screen
  };
  const later = (delay) => { clearTimeout(timer); timer = setTimeout(save, delay); };

  function post(body) {
    const signal = AbortSignal.timeout(PATIENCE);
    return fetch(form.dataset.save, { method: "POST", body, redirect: "manual", signal, headers: { "X-CSRFToken": token.value } });
  }

  // Signing in anew, perhaps in another tab, makes the token of this page stale; a page read now has a fresh one.
  async function renewToken() {
    const response = await fetch(form.action, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-draft] [name=csrfmiddlewaretoken]");
    if (fresh) for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh.value;
    return Boolean(fresh);
  }

  // Answers "saved", "stopped" or "failed". The step is counted before each attempt: a late one is then known as such.
  async function attempt() {
    step.value = Number(step.value) + 1;
    unsaved = false; // what is typed from here on is not in this attempt
    let words = form.dataset.offline;
    try {
      const body = new FormData(form);
      let response = await post(body);
      if (response.status === 403 && await renewToken()) {
        body.set("csrfmiddlewaretoken", token.value);
        response = await post(body);
      }
      if (response.ok) {
        const answer = await response.json();
        version.value = answer.version;
        for (const output of form.querySelectorAll("[data-total]")) output.value = answer.fpi[output.dataset.total];
        wait = FIRST_WAIT;
        if (!unsaved) say(answer.said);
        return "saved";
      }
      if (response.status === 409 || response.status === 422) {
        stopped = true;
        form.querySelector("[data-reload]").hidden = response.status === 422;
        words = (await response.json()).said;
      } else if (response.status === 404) {
        stopped = true;
        words = form.dataset.gone;
      } else if (response.status >= 500) {
        words = form.dataset.trouble;
      } else if (response.type === "opaqueredirect" || response.status === 403) {
        words = form.dataset.signedOut;
      }
    } catch { /* no connection, or no answer in time: the words for it are chosen already */ }
    unsaved = true;
    say(words, true);
    return stopped ? "stopped" : "failed";
  }

  // One at a time; typing during an attempt makes another one follow.
  function save() {
    clearTimeout(timer);
    if (stopped) return Promise.resolve("stopped");
    saving ??= attempt().then((result) => {
      saving = null;
      if (result === "saved" && unsaved) later(PAUSE);
      if (result === "failed") {
        later(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
      return result;
    });
    return saving;
  }

  function typed() {
    unsaved = true;
    leaving = false;
    if (stopped) return;
    if (wait === FIRST_WAIT) {
      say(form.dataset.unsaved);
      later(PAUSE);
    }
  }

  form.addEventListener("input", typed);
  addEventListener("online", () => unsaved && save());
  document.addEventListener("visibilitychange", () => document.hidden && unsaved && save());
  addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });

  // A page that leaves without a connection takes with it what was typed: so it is saved first, and leaves only then.
  form.addEventListener("submit", async (event) => {
    if (leaving) return;
    event.preventDefault();
    if (saving) await saving;
    if (await save() === "failed") return status.scrollIntoView({ block: "nearest" });
    leaving = true; // what was stopped leaves too: the server's page shows why
    setTimeout(() => form.requestSubmit(event.submitter)); // not before this event is over: it would be ignored
  });

  // On a slow connection somebody has typed before this runs.
  const differs = (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  if ([...form.querySelectorAll("input, textarea")].some(differs)) typed();
}
