// The QR code on paper carries the code in the fragment, which browsers send to nobody. Take it from the address and put
// it into the field; the pressing of the button is the person's.
const field = document.querySelector("[data-code]");
const code = location.hash.slice(1);

if (field && code) {
  history.replaceState(null, "", location.pathname);
  field.value = code.slice(0, 20);
}
