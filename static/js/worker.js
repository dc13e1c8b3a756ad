// Without a network: the copy that queue.js keeps. It is of one patient, and the address of this script says whose.
const asked = new URL(location).searchParams, key = asked.get("key"), cacheName = `plan-${asked.get("version")}-${key}`;
const match = (path) => caches.match(path, { cacheName });

async function forget(except) {
  for (const name of await caches.keys()) if (name.startsWith("plan-") && name !== except) await caches.delete(name);
}

async function kept(path) {
  const found = (await match(path)) ?? (await match("/today/"));
  if (!found || Date.now() < (found.headers.get("X-Show-Until") ?? Infinity)) return found;
  const cache = await caches.open(cacheName);
  for (const plan of ["/today/", "/today/guide/"]) await cache.put(plan, await match("/today/old/"));
  return match("/today/");
}

async function page(event, request, path) {
  const network = fetch(request);
  const late = new Promise((_, reject) => setTimeout(reject, 8000));
  const response = await Promise.race([network, late]).catch(() => {});
  if (!(response?.status < 500)) return (await kept(path)) ?? response ?? network;
  // Closed, or somebody else's plan is open by now.
  if (response.type !== "opaqueredirect" && response.headers.get("X-Kept-For") !== key)
    event.waitUntil(forget());
  return response;
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(forget(cacheName).then(() => clients.claim())));
addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, request, pathname));
  else if (/^\/(static|exercises\/photos)\//.test(pathname))
    event.respondWith(match(pathname).then((found) => found ?? fetch(request)));
});
