// ---- axes --------------------------------------------------------------------------------------
// Where values go, and which are named along the part of an axis that is zoomed into.

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY,
];
// durations named on a logarithm above a minute, where decades of seconds mean little
const LONG_TIMES = [1, 2, 5, 10, 30, 60, 120, 300, 720, 1440, 2880, 7200].map((m) => m * MINUTE);

// shares along a tail that is drawn out: with two steps in each decade, with the median, without
const NINES = [
  [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 0.99995],
  [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999],
  [0, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999],
];

const SCALES = {
  linear: { place: (value) => value, value: (at) => at },
  log: {
    place: (value) => Math.log10(Math.max(value, Number.MIN_VALUE)),
    value: (at) => 10 ** at,
  },
  nines: {
    place: (share) => -Math.log10(Math.max(1 - share, 1e-12)),
    value: (at) => 1 - 10 ** -at,
  },
};

/**
 * Named places from `low` to `high` (as the scale places values): round values, as many as `fits`
 * allows; where there are too few of them, values at most `intervals` even steps apart.
 */
function ticks(axis, low, high, intervals, fits) {
  const scale = SCALES[axis.scale];
  const inside = (value) => scale.place(value) >= low - 1e-12 && scale.place(value) <= high + 1e-12;
  const [from, to] = [scale.value(low), scale.value(high)];
  const named = (values, step) => values
    .filter(inside)
    .map((value) => ({ at: scale.place(value), label: tickLabel(axis, value, step) }));
  const round = roundSets(axis, from, to).map((values) => named(values, from));
  const fitting = round.find((set) => set.length >= 3 && fits(set));
  if (fitting) return fitting;
  const last = round.at(-1);
  if (last?.length >= 3) return roomy(last, fits);
  const step = evenStep(axis.quantity, to - from, intervals);
  return roomy(named(evenValues(from, to, step), step), fits);
}

/** Sets of round values that suit a scale, the richest first; none on a linear one. */
function roundSets({ scale, quantity }, from, to) {
  if (scale === "nines") return NINES;
  if (scale === "linear") return [];
  const digits = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];
  return digits.map((digits) => roundValues(quantity, from, to, digits));
}

/** Values of the given leading digits; whole minutes, hours and days among long durations. */
function roundValues(quantity, from, to, digits) {
  const values = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power += 1) {
    values.push(...digits.map((digit) => Number(`${digit}e${power}`)));
  }
  if (quantity !== "duration") return values;
  return [...values.filter((value) => value < MINUTE), ...LONG_TIMES];
}

function evenValues(from, to, step) {
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  // 0.3 rather than 0.30000000000000004
  const multiple = (_, index) => Number(((first + index) * step).toPrecision(12));
  return Array.from({ length: Math.max(0, count) }, multiple);
}

function evenStep(quantity, span, intervals) {
  const isLong = quantity === "duration" && span > 2 * intervals;
  const time = isLong && TIME_STEPS.find((step) => span / step <= intervals);
  if (time) return time;
  const power = Math.floor(Math.log10(span / intervals));
  const steps = [1, 2, 5, 10].map((factor) => Number(`${factor}e${power}`));
  return steps.find((step) => span / step <= intervals * (1 + 1e-9)) ?? steps[3];
}

/** A value on an axis: as the tables have it, without the zeros of precision. */
function tickLabel(axis, value, step) {
  const { quantity, scale, high } = axis;
  // a whole axis is written one way
  const isClock = quantity === "duration" && (value >= MINUTE || (scale === "linear" && high >= 2));
  if (isClock) return clock(value, step);
  const decimals = clamp(-decade(step), 0, 12);
  if (quantity === "count") return affixed(axis, grouped(fixed(value, decimals)));
  const text = shown(quantity, value);
  return text.replace(/(\.\d*?)0+(?= )/, "$1").replace(/\.(?= )/, "");
}

/** A value of an axis in full, as the scenario writes it where the axis is of a parameter. */
function written(axis, value) {
  return affixed(axis, shown(axis.quantity, value));
}

function affixed({ before = "", after = "" }, text) {
  return `${before}${text}${after}`;
}

/** Time on an axis: `45s`, `1h 30m`, `2d`, with parts of a second where steps are that small. */
function clock(seconds, step) {
  const decimals = step < 1 ? clamp(-decade(step), 0, 9) : 0;
  const whole = Math.floor(seconds + 1e-9);
  const minutes = Math.floor(whole / MINUTE);
  const rest = decimals > 0 ? fixed(seconds - minutes * MINUTE, decimals) : whole % MINUTE;
  const parts = [
    [Math.floor(whole / DAY), "d"],
    [Math.floor(whole / HOUR) % 24, "h"],
    [Math.floor(whole / MINUTE) % 60, "m"],
    [rest, "s"],
  ];
  const words = parts.filter(([part]) => Number(part) > 0).map(([part, unit]) => `${part}${unit}`);
  return words.join(" ") || "0";
}

/** Whether no label below an axis touches the next. */
function fitAcross(ticks, perPixel) {
  const half = (tick) => tick.label.length * 3.3 + 6;
  return ticks.every((tick, index) => {
    const next = ticks[index + 1];
    return !next || (next.at - tick.at) / perPixel > half(tick) + half(next);
  });
}

/** All ticks, or every second, third, … so that they fit. */
function roomy(ticks, fits) {
  for (let every = 1; every <= ticks.length; every += 1) {
    const kept = ticks.filter((_, index) => index % every === 0);
    if (fits(kept)) return kept;
  }
  return ticks.slice(0, 1);
}

