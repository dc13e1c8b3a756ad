// The link of an e-mail carries its secret in the fragment, which browsers send to nobody. Take it from the address,
// put it into the form, and leave the pressing of the button to the person: mail scanners open links too.
const form = document.querySelector("[data-link]");
const secret = location.hash.slice(1);

async function sameAsOpenPlan() {
  const body = new URLSearchParams(new FormData(form));
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const response = await fetch(form.dataset.match, { method: "POST", headers, body });
  return response.status === 204;
}

if (form && secret) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.link.value = secret;
  form.querySelector("[data-paste]").hidden = true;
  // The same link in other words.
  for (const language of document.querySelectorAll("nav a[lang]")) language.hash = secret;
  // This browser holds an open plan: of the same patient, one tap is enough.
  if (form.dataset.known) {
    sameAsOpenPlan().then(
      (same) => same && location.replace(form.dataset.today),
      // Offline: the button stays.
      () => {},
    );
  }
}
