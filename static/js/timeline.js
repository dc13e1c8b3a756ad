// A dose as the steps of a guided exercise: exercises/timeline.py says why, tests/data/timelines.json holds both to the
// same answers. No DOM and no clock. `seconds` null: waits for a tap.
export const READY = 10, CHANGE = 5, RELEASE = 3;

export function timeline({ sets = 1, open, reps, hold, duration, up, down, rest, side }) {
  const sides = side === "both_in_turn" ? ["left", "right"] : [side && side !== "not_sided" ? side : null];
  const turns = sides.length > 1;
  const waits = !(duration || hold || up || down);
  const steps = [];
  const add = (kind, seconds, side = null, set = null, rep = null) => steps.push({ kind, seconds, side, set, rep });
  const between = (set) => {
    if (rest) return add("rest", rest, null, set);
    if (waits) return;
    add("rest", null, null, set);
    if (!turns) add("ready", CHANGE, sides[0], set);
  };
  const work = (side, set) => {
    if (duration) return add("work", duration, side, set);
    if (waits) return add("rep", null, side, set);
    for (let rep = 1; rep <= (reps ?? 1); rep++) {
      const said = reps ? rep : null;
      if (up) add("up", up, side, set, said);
      if (hold) add("hold", hold, side, set, said);
      if (down) add("down", down, side, set, said);
      if (!up || !down) add("release", RELEASE, side, set, said);
    }
  };
  if (!waits) add("ready", READY, sides[0]);
  const again = open ? steps.length : null;
  for (let set = 1; set <= sets; set++) {
    const said = sets > 1 || open ? set : null;
    if (set > 1) between(set);
    for (const side of sides) {
      if (turns && (set > 1 || side !== sides[0])) add("switch", CHANGE, side, said);
      work(side, said);
    }
  }
  if (open) {
    between(1);
    if (turns) add("switch", CHANGE, sides[0], 1);
  }
  return { steps, again };
}
