// On a device whose clock shows another time than the plan's zone, say by which clock days are counted.
const said = document.getElementById("zone");
try {
  const now = new Date();
  const shown = (zone) => now.toLocaleString("en", zone ? { timeZone: zone } : {});
  if (said && shown(said.dataset.zone) !== shown()) said.hidden = false;
} catch {
  // A browser that does not know the zone shows what the server showed.
}
