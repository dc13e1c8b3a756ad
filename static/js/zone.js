// On a device whose clock shows another time than the plan's zone, say by which clock days are counted.
const said = document.getElementById("zone"), { zone: timeZone, today } = said?.dataset ?? {};
const clock = (named) => new Date().toLocaleString("en", named);
try {
  if (said && clock({ timeZone }) !== clock()) said.hidden = false;
  // Today's page left open until tomorrow: the new day's, unless something is marked, which is said of the day it shows.
  const day = () => clock({ timeZone, dateStyle: "short" }), opened = day();
  const isMarked = (field) => field.checked !== field.defaultChecked || field.value !== field.defaultValue;
  const turn = () => {
    if (today && navigator.onLine && day() !== opened && ![...document.querySelectorAll("input, textarea")].some(isMarked)) location.replace("/today/");
  };
  for (const event of ["visibilitychange", "pointerdown"]) addEventListener(event, turn);
} catch {
  // A browser that does not know the zone shows what the server showed.
}
