// What exercises/timeline.py does and explains; tests/data/timelines.json holds both to it. No `seconds`: waits for a tap.
const READY = 10, CHANGE = 5, RELEASE = 3;

export function timeline({ sets = 1, open, reps, hold, duration, up, down, rest, side }) {
  const sides = side === "both_in_turn" ? ["left", "right"] : [side];
  const timed = duration || hold || up || down, steps = [];
  const add = (kind, seconds, side, set, rep) => steps.push({ kind, seconds, side, set, rep });
  const between = (set) => {
    if (rest || timed) add("rest", rest, undefined, set);
    if (sides[1]) add("switch", CHANGE, sides[0], set);
    else if (timed && !rest) add("ready", CHANGE, side, set);
  };
  const work = (side, set) => {
    if (duration) add("work", duration, side, set);
    else if (!timed) add("rep", undefined, side, set);
    else
      for (let rep = 1; rep <= (reps ?? 1); rep++) {
        const part = (kind, seconds) => seconds && add(kind, seconds, side, set, reps && rep);
        part("up", up);
        part("hold", hold);
        part("down", down);
        part("release", (!up || !down) && RELEASE);
      }
  };
  if (timed) add("ready", READY, sides[0]);
  const again = open && steps.length;
  for (let set = 1; set <= sets; set++) {
    const said = sets > 1 || open ? set : undefined;
    if (set > 1) between(set);
    work(sides[0], said);
    if (!sides[1]) continue;
    add("switch", CHANGE, sides[1], said);
    work(sides[1], said);
  }
  if (open) between(2);
  return { steps, again };
}
