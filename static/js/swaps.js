// What htmx would put into the page is not always an answer: after a session ended it is the sign-in page, and without a
// network there is none. Then nothing is swapped, what was typed stays where it is, and the reason is said.
const trouble = document.querySelector("[data-trouble]");
let signedOut = false;

function say(reason) {
  trouble.textContent = reason ? trouble.dataset[reason] : "";
  trouble.hidden = !reason;
}

// Whoever signed in again in another tab comes back with a new token: the forms of this page need it.
async function renewTokens() {
  const response = await fetch(location.href, { redirect: "manual" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[name=csrfmiddlewaretoken]");
  if (!fresh) return;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh.value;
  signedOut = false;
  say("back");
}

document.addEventListener("htmx:before:response", (event) => {
  const { raw, status } = event.detail.ctx.response;
  signedOut = raw.redirected || status === 401 || status === 403;
  if (!signedOut && status < 500) return say("");
  event.preventDefault();
  say(signedOut ? "signedOut" : "failed");
});
document.addEventListener("htmx:error", () => say("offline"));
document.addEventListener("visibilitychange", () => { if (signedOut && !document.hidden) renewTokens(); });
