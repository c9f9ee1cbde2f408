// ---- plots of lines ----------------------------------------------------------------------------

// least pixels between rules
const BETWEEN_RULES = 24;
// least pixels between names at line ends
const BETWEEN_NAMES = 16;
// from the middle of the digits of a label to its baseline
const BASELINE = 4.4;
let clips = 0;

/** The drawing of lines over a horizontal axis, and the part of it that is in sight. */
class Plot {
  constructor(svg, data) {
    Object.assign(this, { svg, data });
    [this.xLow, this.xHigh] = [data.x.low, data.x.high];
    [this.yLow, this.yHigh] = [data.y.low, data.y.high];
    this.hidden = new Set();
    this.frame = ["x-ticks", "y-ticks", "rules"].map((name) => {
      const group = svg.querySelector(`.${name}`);
      return { group, before: [...group.childNodes] };
    });
    this.lines = this.groups(".series", data.series);
    this.marks = this.groups(".mark", data.marks).map((mark) => {
      const rule = mark.group.querySelector("polyline");
      return { ...mark, rule, points: rule.getAttribute("points") };
    });
    this.entries = [...svg.querySelectorAll(".entry")];
    this.leaders = this.entries.map((entry) => {
      const line = entry.querySelector(".leader polyline");
      return line && { line, points: line.getAttribute("points") };
    });
    // lines that are zoomed into end where the plot does
    const { left, top, right, bottom } = data.plot;
    const area = { x: left, y: top - 1, width: right - left, height: bottom - top + 2 };
    const clip = `plot-${(clips += 1)}`;
    this.clip = `url(#${clip})`;
    svg.append(drawn("clipPath", { id: clip }, [drawn("rect", area)]));
  }

  /** The groups of the drawing that belong to data, with what is in them. */
  groups(selector, data) {
    const groups = [...this.svg.querySelectorAll(selector)];
    const part = (group, index) => (
      { group, data: data[index], before: [...group.childNodes] }
    );
    return groups.map(part);
  }

  // -- places and values --

  get scaleOfX() {
    return SCALES[this.data.x.scale];
  }

  get zoomed() {
    return this.xLow > this.data.x.low || this.xHigh < this.data.x.high;
  }

  get range() {
    return this.data.x.high - this.data.x.low;
  }

  across(at) {
    const { left, right } = this.data.plot;
    return left + ((at - this.xLow) / (this.xHigh - this.xLow)) * (right - left);
  }

  at(pixel) {
    const { left, right } = this.data.plot;
    const share = (clamp(pixel, left, right) - left) / (right - left);
    return this.xLow + share * (this.xHigh - this.xLow);
  }

  up(value) {
    return this.height(SCALES[this.data.y.scale].place(value));
  }

  height(place) {
    const { plot: { top, bottom }, y: { low, high } } = this.data;
    const at = clamp(place, low, high);
    return bottom - ((at - this.yLow) / (this.yHigh - this.yLow)) * (bottom - top);
  }

  /** Where a value of the vertical axis was before any zoom. */
  before(value) {
    const { plot: { top, bottom }, y: { scale, low, high } } = this.data;
    if (value === null) return bottom;
    const at = clamp(SCALES[scale].place(value), low, high);
    return bottom - ((at - low) / (high - low)) * (bottom - top);
  }

  // -- reading values --

  /** The value of a line at a place, with the place it belongs to; null where it has none. */
  read({ x, y }, at) {
    const value = this.scaleOfX.value(at);
    let index = x.findLastIndex((known) => known <= value * (1 + 1e-12));
    if (this.data.reading === "at_or_before") {
      // beyond its last point a distribution function is known only from below
      const isBeyond = index === x.length - 1 && y[index] < 1 && value > x[index];
      return { at, value: index < 0 ? 0 : y[index], isBeyond };
    }
    const place = (i) => this.scaleOfX.place(x[i]);
    if (index < 0) index = 0;
    if (index + 1 < x.length && place(index + 1) - at < at - place(index)) index += 1;
    return y[index] === null ? null : { at: place(index), value: y[index], index };
  }

  /** Where on the vertical axis a line crosses a place, as the scale places it; null in a gap. */
  crossing({ x, y }, at) {
    const across = (i) => this.scaleOfX.place(x[i]);
    const { scale, low, high } = this.data.y;
    // what an axis cannot show, as nothing on a logarithm, is drawn at its end
    const up = (i) => clamp(SCALES[scale].place(y[i]), low, high);
    const before = x.findLastIndex((_, index) => across(index) <= at);
    const after = before + 1;
    if (before < 0 || y[before] === null) return null;
    if (across(before) === at) return up(before);
    if (after === x.length || y[after] === null) return null;
    const share = (at - across(before)) / (across(after) - across(before));
    return up(before) + share * (up(after) - up(before));
  }

  /** The place of the point nearest to a place, of those in sight. */
  nearest(series, at) {
    let best = null;
    for (const { x, y } of series) {
      for (let index = 0; index < x.length; index += 1) {
        const place = this.scaleOfX.place(x[index]);
        const isSeen = y[index] !== null && place >= this.xLow && place <= this.xHigh;
        if (isSeen && (best === null || Math.abs(place - at) < Math.abs(best - at))) best = place;
      }
    }
    return best;
  }

  // -- the part in sight --

  /** The vertical axis as it was, or fitted to what is in sight; a linear one still starts at 0. */
  fit() {
    const { y, series } = this.data;
    [this.yLow, this.yHigh] = [y.low, y.high];
    if (!this.zoomed) return;
    const places = series
      .filter((_, index) => !this.hidden.has(index))
      .flatMap((line) => {
        const isInside = (value, index) => {
          const at = this.scaleOfX.place(line.x[index]);
          return value !== null && at >= this.xLow && at <= this.xHigh;
        };
        const values = [line.y, line.low ?? [], line.high ?? []];
        const inside = values.flatMap((of) => of.filter(isInside));
        const ends = [this.xLow, this.xHigh].map((at) => this.crossing(line, at));
        const placed = inside.map((value) => SCALES[y.scale].place(value));
        return [...placed, ...ends.filter((place) => place !== null)];
      })
      .map((place) => clamp(place, y.low, y.high));
    const least = places.reduce((a, b) => Math.min(a, b), Infinity);
    const most = places.reduce((a, b) => Math.max(a, b), -Infinity);
    // a little room around, and not so little in all that nothing but noise is left
    const room = Math.max((most - least) * 0.08, (y.high - y.low) * 0.004);
    if (!Number.isFinite(room)) return;
    if (y.scale !== "linear") this.yLow = Math.max(y.low, least - room);
    this.yHigh = Math.min(y.high, most + room);
  }

  /** The drawing as it was, or the part of it that is zoomed into. */
  draw() {
    this.fit();
    const { zoomed } = this;
    for (const part of [...this.lines, ...this.marks]) {
      if (zoomed) part.group.setAttribute("clip-path", this.clip);
      else part.group.removeAttribute("clip-path");
    }
    for (const line of this.lines) {
      const inSight = () => (line.data.low ? this.banded(line) : this.pieces(line));
      line.group.replaceChildren(...(zoomed ? inSight() : line.before));
    }
    for (const mark of this.marks) this.move(mark);
    this.moveNames();
    const frame = zoomed ? this.framed() : this.frame.map(({ before }) => before);
    this.frame.forEach(({ group }, index) => group.replaceChildren(...frame[index]));
  }

  /** The bands of a line; broken where it has no interval. */
  bands({ x, low, high, class: colour }) {
    const pieces = [[]];
    for (const [index, value] of x.entries()) {
      const across = this.across(this.scaleOfX.place(value));
      if (low[index] === null || high[index] === null) pieces.push([]);
      else pieces.at(-1).push([across, this.up(low[index]), this.up(high[index])]);
    }
    return pieces.filter((piece) => piece.length > 1).map((piece) => {
      const above = piece.map(([across, , up]) => `${across.toFixed(1)},${up.toFixed(1)}`);
      const below = piece.map(([across, up]) => `${across.toFixed(1)},${up.toFixed(1)}`);
      const points = [...above, ...below.reverse()].join(" ");
      return drawn("polygon", { class: `f-${colour}`, "fill-opacity": 0.18, points });
    });
  }

  /** A line with its band and its points. */
  banded(line) {
    const { x, y, class: colour } = line.data;
    const dots = x.flatMap((value, index) => {
      const [cx, cy] = [this.across(this.scaleOfX.place(value)), this.up(y[index])];
      return y[index] === null ? [] : [drawn("circle", { cx, cy, r: 2.5, class: `f-${colour}` })];
    });
    return [...this.bands(line.data), ...this.pieces(line), ...dots];
  }

  /** A line in sight, with its neighbours beyond both ends; broken where it has no value. */
  pieces({ data: { x, y, class: colour }, before }) {
    const model = before.find((node) => node.nodeName === "polyline");
    const pieces = [[]];
    x.forEach((value, index) => {
      const inSight = (i) => {
        const at = i in x ? this.scaleOfX.place(x[i]) : NaN;
        return at >= this.xLow && at <= this.xHigh;
      };
      const crosses = index + 1 in x && this.scaleOfX.place(value) < this.xLow
        && this.scaleOfX.place(x[index + 1]) > this.xHigh;
      const crossed = index > 0 && this.scaleOfX.place(x[index - 1]) < this.xLow
        && this.scaleOfX.place(value) > this.xHigh;
      const isNeeded = inSight(index) || inSight(index - 1) || inSight(index + 1);
      if (y[index] === null) pieces.push([]);
      else if (isNeeded || crosses || crossed) {
        pieces.at(-1).push([this.across(this.scaleOfX.place(value)), this.up(y[index])]);
      }
    });
    const filled = pieces.filter((piece) => piece.length > 0);
    return filled.map((piece) => {
      if (piece.length === 1) {
        return drawn("circle", { cx: piece[0][0], cy: piece[0][1], r: 2, class: `f-${colour}` });
      }
      const line = model ? model.cloneNode() : drawn("polyline", { class: `s-${colour}` });
      const points = piece.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`);
      line.setAttribute("points", points.join(" "));
      return line;
    });
  }

  /** Stretches the rule of a mark and moves what stands at its point. */
  move({ group, data: { x, y }, rule, points: before }) {
    const atPoint = group.querySelector(".at-point");
    if (!this.zoomed) {
      group.classList.remove("away");
      rule.setAttribute("points", before);
      atPoint.removeAttribute("transform");
      return;
    }
    const { left, right, top, bottom } = this.data.plot;
    const { low, high } = this.data.x;
    const at = x === null ? this.xLow : this.scaleOfX.place(x);
    const pixel = this.across(at);
    const was = x === null ? pixel : left + ((at - low) / (high - low)) * (right - left);
    const height = y === null ? bottom : this.up(y);
    const isAway = y !== null && (height < top - 1 || height > bottom + 1);
    group.classList.toggle("away", isAway);
    let points = [[left, height], [pixel, height], [pixel, bottom]];
    if (x === null) points = [[left, height], [right, height]];
    if (y === null) points = [[pixel, bottom], [pixel, top]];
    rule.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    atPoint.setAttribute("transform", `translate(${pixel - was} ${height - this.before(y)})`);
  }

  /** Names at line ends go with their lines, as near as they can without touching. */
  moveNames() {
    if (!this.leaders[0]) return;
    const { top, bottom } = this.data.plot;
    const ends = this.leaders.map(({ line, points }, index) => {
      const [from, to] = points.split(" ").map((point) => point.split(",").map(Number));
      const place = this.crossing(this.data.series[index], this.xHigh);
      const wanted = place === null ? to[1] : clamp(this.height(place), top, bottom);
      return { entry: this.entries[index], line, points, from, to, wanted };
    });
    for (const [end, centre] of spread(ends, bottom)) {
      const { entry, line, points, from, to, wanted } = end;
      const by = centre - to[1];
      if (this.zoomed) {
        entry.setAttribute("transform", `translate(0 ${by})`);
        line.setAttribute("points", `${from[0]},${wanted - by} ${to.join(",")}`);
      } else {
        entry.removeAttribute("transform");
        line.setAttribute("points", points);
      }
    }
  }

  /** Labels of both axes and the rules across, of the part that is zoomed into. */
  framed() {
    const { x, y, plot: { left, right, top, bottom } } = this.data;
    const [across, up, rules] = this.frame.map(({ before }) => (
      before.find((node) => node.nodeType === Node.ELEMENT_NODE)
    ));
    const label = (model, place, text) => {
      const made = model.cloneNode();
      made.removeAttribute("textLength");
      for (const [key, value] of Object.entries(place)) made.setAttribute(key, value.toFixed(1));
      made.append(text);
      return made;
    };
    const perPixel = (this.xHigh - this.xLow) / (right - left);
    const intervals = clamp(Math.floor((right - left) / 90), 2, 8);
    const below = ticks(x, this.xLow, this.xHigh, intervals, (set) => fitAcross(set, perPixel));
    const unitsPerPixel = (this.yHigh - this.yLow) / (bottom - top);
    const fitUp = (set) => set.every(({ at }, index) => (
      index === 0 || Math.abs(at - set[index - 1].at) / unitsPerPixel >= BETWEEN_RULES
    ));
    const beside = ticks(y, this.yLow, this.yHigh, 5, fitUp);
    return [
      below.map(({ at, label: text }) => label(across, { x: this.across(at) }, text)),
      beside.map(({ at, label: text }) => label(up, { y: this.height(at) + BASELINE }, text)),
      beside.map(({ at }) => {
        const rule = rules.cloneNode();
        const height = this.height(at).toFixed(1);
        rule.setAttribute("points", `${left},${height} ${right},${height}`);
        return rule;
      }),
    ];
  }
}

/** Places for names: downwards from the highest, then up again from where the plot ends. */
function spread(ends, bottom) {
  const sorted = [...ends].sort((a, b) => a.wanted - b.wanted);
  const places = [];
  for (const { wanted } of sorted) {
    places.push(Math.max(wanted, (places.at(-1) ?? -Infinity) + BETWEEN_NAMES));
  }
  let limit = bottom;
  for (let index = places.length - 1; index >= 0; index -= 1) {
    places[index] = Math.min(places[index], limit);
    limit = places[index] - BETWEEN_NAMES;
  }
  return sorted.map((end, index) => [end, places[index]]);
}

