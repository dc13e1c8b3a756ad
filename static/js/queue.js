// On the patient's own device: keeps a copy of the plan, and what was said without a network until the server has it.
const $ = (id) => document.getElementById(id);
const box = $("kept"), { key, version, ...words } = box.dataset;
const SEND = { "/today/log/": "/today/reports/", "/today/signs/": "/today/sign-reports/" };
const COPIES = ["/today/", "/today/guide/", "/today/old/", "/today/signs/", "/today/help/"];
const late = (ask) => Promise.race([ask, new Promise((_, reject) => setTimeout(reject, 8000))]);
let pause, waits, gone, last;

const run = (work) =>
  new Promise((resolve, reject) => {
    if (gone) return;
    const opening = indexedDB.open("plan", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("reports", { keyPath: "id" });
    opening.onerror = reject;
    opening.onsuccess = () => {
      const db = opening.result, change = db.transaction("reports", "readwrite"), done = work(change.objectStore("reports"));
      change.oncomplete = () => resolve(done.result, db.close());
      change.onabort = reject;
    };
  });
const put = (entry) => run((store) => store.put(entry));
const drop = (entry) => run((store) => store.delete(entry.id));
const mine = async () => (await run((store) => store.getAll())).filter((entry) => entry.key === key).sort((a, b) => a.made_at - b.made_at);
const isWaiting = (entry) => entry.refused === undefined;

/** A fresh token, if the server answers and the plan is still this patient's; else why not. */
async function ask() {
  const response = await late(fetch("/today/token/", { cache: "no-store" })).catch(() => {});
  if (!response || response.status === 429 || response.status >= 500) return { why: "later" };
  const told = response.ok ? await response.json() : {};
  return told.key === key ? told : { why: "open" };
}

async function send() {
  const entries = (await mine()).filter(isWaiting);
  if (!entries.length) return;
  const { token, why } = await ask();
  if (why) return why;
  for (const entry of entries) {
    const { id, to, form, made_at } = entry;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const body = JSON.stringify({ form, made_at: new Date(made_at) });
    const response = await fetch(`${to}${id}/`, { method: "PUT", headers, body }).catch(() => {});
    const status = response?.status ?? 500;
    if (response?.ok || status === 409) await drop(entry);
    else if (status >= 500 || status === 408 || status === 429) return "later";
    else if (status < 405 && status > 400) return "open";
    else await put({ ...entry, refused: (await response.json().catch(() => ({}))).message ?? "" });
  }
  return "sent";
}

async function flush() {
  clearTimeout(waits);
  const state = await (navigator.locks?.request("plan", send) ?? send());
  if (state === "later") waits = setTimeout(flush, (pause = Math.min(2 * pause, 3e5)));
  show(state);
}
const start = () => ((pause = 2500), flush());

function line(text) {
  box.append(Object.assign(document.createElement("p"), { textContent: text }));
  return box.lastChild;
}

async function show(state) {
  const entries = await mine(), left = entries.filter(isWaiting);
  if (!state && !entries.length && last === "sent") return;
  last = state;
  box.replaceChildren();
  if (left.length) line(words.wait.replace("{n}", left.length));
  else if (state === "sent") line(words.sent);
  if (left.some(({ to }) => to === SEND["/today/signs/"])) line(words.untold);
  if (state === "open") line(words.open);
  for (const entry of entries) {
    if (isWaiting(entry)) continue;
    const button = Object.assign(document.createElement("button"), { className: "btn quiet small", textContent: words.drop });
    button.onclick = () => drop(entry).then(() => button.parentNode.remove());
    line(`${words.refused.replace("{day}", entry.on)} ${entry.refused} `).append(button);
  }
  box.hidden = !box.firstChild;
}

function forget() {
  gone = true;
  indexedDB.deleteDatabase("plan");
  clear(() => false);
}

addEventListener("submit", async (event) => {
  const { target: form, submitter } = event, path = new URL(form.action).pathname, to = SEND[path];
  if (path === "/today/leave/") forget();
  if (!to || !crypto.randomUUID) return;
  event.preventDefault();
  const said = new URLSearchParams(new FormData(form)), { name, value } = submitter ?? {};
  if (name) said.append(name, value);
  const { token } = await ask();
  if (token) {
    form.elements.csrfmiddlewaretoken.value = token;
    if (name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    return form.submit();
  }
  said.delete("csrfmiddlewaretoken");
  const entry = { id: crypto.randomUUID(), key, to, form: `${said}`, made_at: Date.now() };
  entry.on = said.get("performed_on") ?? new Date().toLocaleDateString();
  if (!(await mine()).some((one) => isWaiting(one) && one.to === to && one.form === entry.form)) await put(entry);
  await show("later");
  box.scrollIntoView();
  start();
});

/** A copy holds the days to come: show what is due today, on the plan's clock. */
function turnTo({ zone, days, visit, player }) {
  const now = new Date(), today = now.toLocaleDateString("sv", { timeZone: zone });
  $("day").textContent = now.toLocaleDateString(document.documentElement.lang, { timeZone: zone, weekday: "long", day: "numeric", month: "long" });
  let due = 0;
  for (const [id, on] of Object.entries(days)) {
    if (on.includes(today)) due++;
    else for (const field of document.querySelectorAll(`[name=item][value="${id}"], [data-item="${id}"]`)) field.closest("li, fieldset, section").remove();
  }
  for (const form of document.querySelectorAll("form:has([name=performed_on])")) {
    form.elements.performed_on.value = today;
    form.elements.report.value = crypto.randomUUID();
  }
  const shown = $(due ? "due" : "none");
  if (shown) shown.hidden = false;
  if (!due) $("guide")?.remove();
  if (visit < now) $("visit")?.remove();
  if (due && player) import(player);
}

/** Without those that `keeps` does not want. */
async function clear(keeps) {
  for (const name of await caches.keys()) if (!keeps(name)) await caches.delete(name);
}

async function keep() {
  const name = `plan-${version}-${key}`;
  await clear((one) => one.endsWith(key));
  await navigator.serviceWorker.register("/today/worker.js", { scope: "/today/", updateViaCache: "none" });
  const cache = await caches.open(name);
  if (location.pathname !== "/today/" && (await cache.match("/today/"))) return;
  for (const path of COPIES) {
    const response = await fetch(path.replace(/^\/today\/(guide\/|old\/|)$/, "/today/offline/$1"));
    if (gone || !response.ok || response.headers.get("X-Kept-For") !== key) continue;
    const text = await response.clone().text();
    await cache.put(path, response);
    for (const [, file] of text.matchAll(/"(\/(?:static|exercises\/photos|logos)\/[^"]+)"/g)) (await cache.match(file)) ?? (await cache.add(new Request(file, { cache: "reload" })).catch(() => {}));
  }
  await clear((one) => one === name);
}

for (const link of document.links) if (link.pathname.startsWith("/help/")) link.href = "/today/help/";
if ($("kept-data")) turnTo(JSON.parse($("kept-data").textContent));
for (const name of ["online", "visibilitychange"]) addEventListener(name, start);
start();
if (navigator.serviceWorker) keep().catch(() => {});
