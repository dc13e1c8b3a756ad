// "/" and Ctrl+K (Cmd+K) go to the search for patients. In a field every key belongs to what is typed there.
const field = document.querySelector("[data-find]");

const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

const asks = (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "/") return !command && !event.altKey;
  return event.key.toLowerCase() === "k" && command && !event.altKey && !event.shiftKey;
};

if (field) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || !asks(event) || typing(event.target)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
