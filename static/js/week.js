// Typing a sheet by keyboard alone: a key that is a whole answer goes on to the next field, and Enter and the arrows move.
// Without script Tab moves, and the form is the same.
const form = document.querySelector("[data-week]");
const fields = form ? [...form.querySelectorAll("[data-cell]")] : [];
const save = form?.querySelector("button[type=submit]");
const WHOLE = { done: /^[dpn120]$/i, pain: /^([02-9]|10)$/ }; // a 1 may become a 10; hours may have a second digit

function go(target) {
  target?.focus();
  target?.select?.();
}

function across(field, step) {
  const place = fields.indexOf(field) + step;
  go(place < fields.length ? fields[place] : save);
}

// The field of the same day, in the next row that asks for it.
function down(field, step) {
  const column = field.closest("td").cellIndex;
  let row = field.closest("tr");
  while ((row = step > 0 ? row.nextElementSibling : row.previousElementSibling)) {
    const found = row.cells[column].querySelector("[data-cell]");
    if (found) return go(found);
  }
}

form?.addEventListener("focusin", ({ target }) => target.dataset.cell && target.select());

form?.addEventListener("input", ({ target }) => {
  if (WHOLE[target.dataset.cell]?.test(target.value)) across(target, 1);
});

form?.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (!target.dataset.cell || event.ctrlKey || event.altKey || event.metaKey) return;
  const ahead = getComputedStyle(form).direction === "rtl" ? -1 : 1;
  const moves = {
    Enter: () => across(target, 1),
    ArrowRight: () => across(target, ahead),
    ArrowLeft: () => across(target, -ahead),
    ArrowDown: () => down(target, 1),
    ArrowUp: () => down(target, -1),
  };
  if (!moves[key] || event.isComposing) return;
  event.preventDefault();
  moves[key]();
});

go(fields.find((field) => field.getAttribute("aria-invalid")) ?? fields[0]);
