// A button for the browser's print command. Without script it stays hidden, and the words beside it say what to do.
const button = document.querySelector("[data-print]");

if (button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
