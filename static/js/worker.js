// Without a network: the copy of the plan that queue.js keeps. The name of the cache says whose it is.
const kept = async () => (await caches.keys()).find((name) => name.startsWith("plan-"));

async function match(path) {
  const cacheName = await kept();
  return cacheName && caches.match(path, { cacheName });
}

async function copy(path) {
  const found = (await match(path)) ?? (await match("/today/"));
  if (!found || Date.now() < (found.headers.get("X-Show-Until") ?? Infinity)) return found;
  const cache = await caches.open(await kept());
  for (const plan of ["/today/", "/today/guide/"]) await cache.put(plan, await match("/today/old/"));
  return match("/today/");
}

/** Closed, or somebody else's plan is open by now. */
async function check(response) {
  const name = await kept();
  if (name && response.type !== "opaqueredirect" && !name.endsWith(`-${response.headers.get("X-Kept-For")}`)) await caches.delete(name);
}

async function page(event, path) {
  const network = fetch(event.request);
  const late = new Promise((_, reject) => setTimeout(reject, 8000));
  const response = await Promise.race([network, late]).catch(() => {});
  if (!(response?.status < 500)) return (await copy(path)) ?? response ?? network;
  event.waitUntil(check(response));
  return response;
}

addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (request.cache !== "reload" && /^\/(static|exercises\/photos|logos)\//.test(pathname))
    event.respondWith(match(pathname).then((found) => found ?? fetch(request)));
});
