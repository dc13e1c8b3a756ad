// A button that copies a text of the page. Without script, or where the browser refuses, the text is marked to copy by hand.
const button = document.querySelector("[data-copy]");

if (button) {
  const text = document.getElementById(button.dataset.copy);
  const said = document.querySelector("[data-copy-said]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = button.dataset.copied;
    } catch { // no secure address, or not allowed
      text.focus();
      text.select();
      said.textContent = button.dataset.marked;
    }
  });
}
