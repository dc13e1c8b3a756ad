// Says aloud what a tick shows; the page itself needs no script. A page from a store or from "back" gets a key of its
// own, so that what it reports is not taken for the report before.
const form = document.querySelector("[data-signs]");
if (form) {
  const said = form.querySelector("[data-said]");
  form.addEventListener("change", ({ target }) => {
    if (!said || target.name !== "sign") return;
    const advice = target.closest("li").querySelector(".advice");
    said.textContent = target.checked ? advice.textContent.replace(/\s+/g, " ").trim() : "";
  });
  const renew = () => {
    if (crypto.randomUUID) form.elements.report.value = crypto.randomUUID();
  };
  renew();
  addEventListener("pageshow", (event) => event.persisted && renew());
}
