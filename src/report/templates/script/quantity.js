// ---- quantities as people read them ------------------------------------------------------------
// The same rules as in src/report/quantity.rs, so that what a reader points at reads like the
// tables; a test compares the two.

const NOTHING = "–";
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// units of growing size: how many base units each stands for, and its symbol
const SHORT_TIMES = [[1e-9, "ns"], [1e-6, "µs"], [1e-3, "ms"], [1, "s"]];
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].map((unit, i) => [1024 ** i, unit]);
const POWERS = [[1, "W"], [1e3, "kW"], [1e6, "MW"]];
const ENERGIES = [[1e-3, "Wh"], [1, "kWh"], [1e3, "MWh"], [1e6, "GWh"]];

/** A value of a kind of quantity as text. */
function shown(quantity, value) {
  const show = {
    count: (n) => (Number.isInteger(n) ? sign(n) + grouped(Math.abs(n).toFixed(0)) : number(n)),
    duration,
    share: percent,
    bytes: (n) => (Math.abs(n) < 1000 && Number.isInteger(n) ? `${n} B` : scaled(n, SIZES, "B")),
    rate: (n) => (number(n) === NOTHING ? NOTHING : `${number(n)} /s`),
    watts: (n) => scaled(n, POWERS, "W"),
    energy: (n) => scaled(n, ENERGIES, "kWh"),
    money,
  };
  return show[quantity](value);
}

/** A span given in seconds: `18.2 ms`, `1.30 s`, `2 min 5 s`, `3 h 20 min`. */
function duration(seconds) {
  const size = Math.abs(seconds);
  if (!(size < 1e11)) return NOTHING;
  if (size < 119.95) return scaled(seconds, SHORT_TIMES, "s");
  let [large, small] = [[DAY, "d"], [HOUR, "h"]];
  if (size < 2 * DAY) [large, small] = [[HOUR, "h"], [MINUTE, "min"]];
  if (Math.round(size) < 2 * HOUR) [large, small] = [[MINUTE, "min"], [1, "s"]];
  const smalls = Math.round(size / small[0]);
  const ratio = large[0] / small[0];
  const whole = `${sign(seconds)}${grouped(String(Math.floor(smalls / ratio)))} ${large[1]}`;
  return smalls % ratio === 0 ? whole : `${whole} ${smalls % ratio} ${small[1]}`;
}

/** A share of a whole, never shown as the whole or as nothing unless it is. */
function percent(share) {
  const value = share * 100;
  if (!Number.isFinite(value)) return NOTHING;
  const missing = Math.abs(100 - value);
  if (value === 0 || missing < 1e-6) return `${fixed(value, 0)} %`;
  if (Math.abs(value) < 0.01) return value > 0 ? "<0.01 %" : ">-0.01 %";
  let decimals = 1;
  if (Math.abs(value) < 0.1) decimals = 1 - decade(Math.abs(value));
  else if (missing < 0.1) decimals = -decade(missing + 1e-9);
  return `${fixed(value, clamp(decimals, 1, 6))} %`;
}

/** US dollars, below a cent with two digits. */
function money(dollars) {
  if (!Number.isFinite(dollars)) return NOTHING;
  const size = Math.abs(dollars);
  const decimals = size > 0 && size < 0.01 ? clamp(1 - decade(size), 2, 9) : 2;
  return `${sign(dollars)}$ ${grouped(fixed(size, decimals))}`;
}

/** Any number to three significant digits, whole from a hundred on. */
function number(value) {
  if (!Number.isFinite(value)) return NOTHING;
  return value === 0 ? "0" : sign(value) + grouped(significant(Math.abs(value)));
}

/** A number and its unit, the largest of which it holds at least one. */
function scaled(value, scale, zeroUnit) {
  if (!Number.isFinite(value)) return NOTHING;
  if (value === 0) return `0 ${zeroUnit}`;
  const size = Math.abs(value);
  const fits = ([unit]) => Number(significant(size / unit)) >= 1;
  const [unit, symbol] = scale.findLast(fits) ?? scale[0];
  return `${sign(value)}${grouped(significant(size / unit))} ${symbol}`;
}

/** A positive number to three significant digits, without an exponent. */
function significant(value) {
  const decimals = clamp(2 - decade(value), 0, 12);
  const text = fixed(value, decimals);
  // 9.996 is 10.0, not 10.00
  const rounded = Number(text);
  const isNext = decimals > 0 && rounded > 0 && decade(rounded) > decade(value);
  return isNext ? fixed(value, decimals - 1) : text;
}

/** Like toFixed, but ties go to the even digit, as they do in the tables. */
function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  const exact = value.toFixed(Math.min(100, decimals + 40));
  const rest = decimals === 0 ? exact.split(".")[1] : exact.slice(text.length);
  const isTie = /^50*$/.test(rest);
  return isTie && "13579".includes(text.at(-1)) ? exact.slice(0, text.length) : text;
}

/** The power of ten below a positive number. */
function decade(value) {
  return Math.floor(Math.log10(value));
}

/** Digits with a comma between thousands, left of the decimal point. */
function grouped(digits) {
  const [whole, ...rest] = digits.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}

function sign(value) {
  return value < 0 ? "-" : "";
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

