// ---- lines -------------------------------------------------------------------------------------

// most lines told of at once
const TOLD = 14;
// least pixels between rules
const BETWEEN_RULES = 24;
// from the middle of the digits of a label to its baseline
const BASELINE = 4.4;
let clips = 0;

/** Lines over a horizontal axis. */
class LineChart {
  constructor(figure, svg, data) {
    Object.assign(this, { figure, svg, data });
    [this.xLow, this.xHigh] = [data.x.low, data.x.high];
    [this.yLow, this.yHigh] = [data.y.low, data.y.high];
    this.hidden = new Set();
    this.tip = new Tip(figure, svg);
    this.frame = ["x-ticks", "y-ticks", "rules"].map((name) => {
      const group = svg.querySelector(`.${name}`);
      return { group, before: [...group.childNodes] };
    });
    this.lines = this.groups(".series", data.series);
    this.marks = this.groups(".mark", data.marks).map((mark) => {
      const rule = mark.group.querySelector("polyline");
      return { ...mark, rule, points: rule.getAttribute("points") };
    });
    this.prepare();
    this.key();
    this.listen();
  }

  /** The groups of the drawing that belong to data, with what is in them. */
  groups(selector, data) {
    const groups = [...this.svg.querySelectorAll(selector)];
    const part = (group, index) => (
      { group, data: data[index], before: [...group.childNodes] }
    );
    return groups.map(part);
  }

  /** Parts of the drawing that only a script has use for. */
  prepare() {
    const { left, top, right, bottom } = this.data.plot;
    const area = { x: left, y: top, width: right - left, height: bottom - top };
    const clip = `plot-${(clips += 1)}`;
    this.clip = `url(#${clip})`;
    const loose = { x: left, y: top - 1, width: right - left, height: bottom - top + 2 };
    this.cursor = drawn("g", { class: "cursor", visibility: "hidden" });
    this.selection = drawn("rect", { ...area, class: "selection", visibility: "hidden" });
    this.pointer = drawn("rect", {
      ...area,
      class: "pointer",
      tabindex: 0,
      role: "application",
      "aria-label": `${this.svg.getAttribute("aria-label")} Arrow keys read values, plus and minus `
        + "zoom, 0 shows all.",
    });
    this.svg.append(
      drawn("clipPath", { id: clip }, [drawn("rect", loose)]),
      this.selection,
      this.cursor,
      this.pointer,
    );
    this.svg.setAttribute("role", "group");
    this.reset = element("button", { type: "button", class: "reset", hidden: "" }, ["Show all"]);
    this.reset.addEventListener("click", () => this.zoom(this.data.x.low, this.data.x.high));
    this.figure.append(this.reset);
  }

  /** Names in the key, or at line ends, are buttons that hide and show their line. */
  key() {
    this.entries = [...this.svg.querySelectorAll(".entry")];
    for (const [index, entry] of this.entries.entries()) {
      const box = entry.getBBox();
      const [x, y, width, height] = [box.x - 3, box.y - 2, box.width + 6, box.height + 4];
      entry.prepend(drawn("rect", { x, y, width, height, rx: 3, class: "hit" }));
      entry.setAttribute("role", "button");
      entry.setAttribute("tabindex", "0");
      entry.setAttribute("aria-pressed", "true");
      entry.setAttribute("aria-label", this.data.series[index].name);
      entry.addEventListener("click", () => this.toggle(index));
      entry.addEventListener("dblclick", () => this.single(index));
      entry.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.toggle(index);
      });
    }
  }

  listen() {
    const on = (name, handle) => this.pointer.addEventListener(name, handle);
    on("pointermove", (event) => this.moved(event));
    on("pointerdown", (event) => this.pressed(event));
    on("pointerup", (event) => this.released(event));
    on("pointercancel", () => this.select(null));
    on("pointerleave", () => this.leave());
    on("blur", () => this.leave());
    on("dblclick", () => this.zoom(this.data.x.low, this.data.x.high));
    on("keydown", (event) => this.typed(event));
    this.pointer.addEventListener("wheel", (event) => {
      // without Ctrl the wheel scrolls the page, as it does everywhere else
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.scale(Math.exp(clamp(event.deltaY, -100, 100) / 300), placeIn(this.svg, event)[0]);
    }, { passive: false });
  }

  // -- places and values --

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
    const { top, bottom } = this.data.plot;
    const { scale, low, high } = this.data.y;
    const at = clamp(SCALES[scale].place(value), low, high);
    return bottom - ((at - this.yLow) / (this.yHigh - this.yLow)) * (bottom - top);
  }

  get scaleOfX() {
    return SCALES[this.data.x.scale];
  }

  get zoomed() {
    return this.xLow > this.data.x.low || this.xHigh < this.data.x.high;
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
    return y[index] === null ? null : { at: place(index), value: y[index], isBeyond: false };
  }

  /** Reads all lines at a pixel, or, of lines made of points, at the point nearest to it. */
  show(pixel, height) {
    let at = this.at(pixel);
    const visible = this.data.series.filter((_, index) => !this.hidden.has(index));
    if (this.data.reading === "nearest") at = this.nearest(visible, at);
    if (at === null) return this.leave();
    const found = visible
      .map((series) => ({ series, read: this.read(series, at) }))
      .filter((line) => line.read !== null);
    if (found.length === 0) return this.leave();
    this.focus = at;
    const { quantity } = this.data.y;
    const away = ({ read: { value } }) => Math.abs(this.up(value) - height);
    const told = new Set([...found].sort((a, b) => away(a) - away(b)).slice(0, TOLD));
    const rows = found.filter((line) => told.has(line)).map(({ series, read }) => ({
      name: series.name,
      value: `${read.isBeyond ? "≥ " : ""}${shown(quantity, read.value)}`,
      mark: swatch(series),
    }));
    if (found.length > TOLD) rows.push({ name: `and ${found.length - TOLD} more`, value: "" });
    const { left, right, top, bottom } = this.data.plot;
    const x = clamp(this.across(at), left, right);
    const inSight = found.filter(({ read: { value } }) => {
      const pixel = this.up(value);
      return pixel >= top - 1 && pixel <= bottom + 1;
    });
    const dots = inSight.map(({ series, read: { value } }) => (
      drawn("circle", { cx: x, cy: this.up(value), r: 3.5, class: `f-${series.class} s-paper` })
    ));
    this.cursor.replaceChildren(
      drawn("line", { x1: x, x2: x, y1: top, y2: bottom, class: "s-axis" }),
      ...dots,
    );
    this.cursor.setAttribute("visibility", "visible");
    const place = shown(this.data.x.quantity, this.scaleOfX.value(at));
    const relation = this.data.reading === "nearest" ? "at" : "within";
    return this.tip.show(`${relation} ${place}`, rows, [x, height]);
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

  leave() {
    this.cursor.setAttribute("visibility", "hidden");
    this.tip.hide();
  }

  // -- pointer and keys --

  moved(event) {
    const [x, y] = placeIn(this.svg, event);
    if (this.from === undefined) return this.show(x, y);
    return this.select([this.from, x]);
  }

  pressed(event) {
    // a finger scrolls the page
    if (event.button !== 0 || event.pointerType === "touch") return;
    this.pointer.setPointerCapture(event.pointerId);
    [this.from] = placeIn(this.svg, event);
    this.leave();
  }

  released(event) {
    if (this.from === undefined) return;
    const ends = [this.from, placeIn(this.svg, event)[0]].sort((a, b) => a - b);
    this.select(null);
    if (ends[1] - ends[0] > 5) this.zoom(this.at(ends[0]), this.at(ends[1]));
  }

  /** Marks the range between two pixels, or none. */
  select(ends) {
    if (ends === null) this.from = undefined;
    this.selection.setAttribute("visibility", ends === null ? "hidden" : "visible");
    if (ends === null) return;
    const { left, right } = this.data.plot;
    const [start, end] = ends.map((end) => clamp(end, left, right)).sort((a, b) => a - b);
    this.selection.setAttribute("x", start);
    this.selection.setAttribute("width", end - start);
  }

  typed(event) {
    const { left, right, top } = this.data.plot;
    const step = (right - left) / 100;
    const keys = {
      ArrowLeft: () => this.step(-step),
      ArrowRight: () => this.step(step),
      "+": () => this.scale(0.5, this.middle()),
      "=": () => this.scale(0.5, this.middle()),
      "-": () => this.scale(2, this.middle()),
      0: () => this.zoom(this.data.x.low, this.data.x.high),
      Escape: () => this.zoom(this.data.x.low, this.data.x.high),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
    if (event.key.startsWith("Arrow")) this.show(this.across(this.focus), top + 30);
  }

  /** The pixel that was read last, or the middle of the plot. */
  middle() {
    const { left, right } = this.data.plot;
    const isSeen = this.focus >= this.xLow && this.focus <= this.xHigh;
    return isSeen ? this.across(this.focus) : (left + right) / 2;
  }

  /** Moves what is read by about a step, to another point where lines are made of them. */
  step(pixels) {
    const { left, right } = this.data.plot;
    const start = this.at(this.middle());
    this.focus ??= start;
    let pixel = this.middle();
    for (let tries = 0; tries < 100; tries += 1) {
      pixel = clamp(pixel + pixels, left, right);
      const at = this.at(pixel);
      const visible = this.data.series.filter((_, index) => !this.hidden.has(index));
      const found = this.data.reading === "nearest" ? this.nearest(visible, at) : at;
      if (found === null) return;
      if ((found - start) * pixels > 1e-12) {
        this.focus = found;
        return;
      }
    }
  }

  // -- zoom --

  /** Shows a `factor` of the range in sight, around a pixel that stays where it is. */
  scale(factor, pixel) {
    const at = this.at(pixel);
    this.zoom(at - (at - this.xLow) * factor, at + (this.xHigh - at) * factor);
  }

  /** Shows a range of the horizontal axis, all of it at most and a few points at least. */
  zoom(low, high) {
    const { x, series } = this.data;
    const points = Math.max(2, ...series.map((line) => line.x.length));
    const least = x.scale === "log" ? 0.02 : ((x.high - x.low) * 4) / points;
    const width = clamp(high - low, Math.min(least, x.high - x.low), x.high - x.low);
    this.xLow = clamp((low + high - width) / 2, x.low, x.high - width);
    this.xHigh = this.xLow + width;
    if (x.high - x.low - width < 1e-12) [this.xLow, this.xHigh] = [x.low, x.high];
    this.leave();
    this.fit();
    this.draw();
  }

  /** The vertical axis as it was, or fitted to what is in sight; a linear one still starts at 0. */
  fit() {
    const { y, series } = this.data;
    [this.yLow, this.yHigh] = [y.low, y.high];
    if (!this.zoomed) return;
    const values = series
      .filter((_, index) => !this.hidden.has(index))
      .flatMap((line) => {
        const ends = [this.xLow, this.xHigh].map((at) => this.read(line, at)?.value ?? null);
        const inside = line.y.filter((_, index) => {
          const at = this.scaleOfX.place(line.x[index]);
          return at >= this.xLow && at <= this.xHigh;
        });
        return [...inside, ...ends].filter((value) => value !== null);
      })
      .map((value) => clamp(SCALES[y.scale].place(value), y.low, y.high));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    // a little room around, and not so little in all that nothing but noise is left
    const room = Math.max((most - least) * 0.08, (y.high - y.low) * 0.004);
    if (!Number.isFinite(room)) return;
    if (y.scale !== "linear") this.yLow = Math.max(y.low, least - room);
    this.yHigh = Math.min(y.high, most + room);
  }

  /** The drawing as it was, or the part of it that is zoomed into. */
  draw() {
    const { zoomed } = this;
    this.svg.classList.toggle("zoomed", zoomed);
    this.reset.hidden = !zoomed;
    for (const part of [...this.lines, ...this.marks]) {
      if (zoomed) part.group.setAttribute("clip-path", this.clip);
      else part.group.removeAttribute("clip-path");
    }
    for (const line of this.lines) {
      line.group.replaceChildren(...(zoomed ? this.pieces(line) : line.before));
    }
    for (const mark of this.marks) this.move(mark);
    const frame = zoomed ? this.framed() : this.frame.map(({ before }) => before);
    this.frame.forEach(({ group }, index) => group.replaceChildren(...frame[index]));
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

  /** Where a value of the vertical axis was before any zoom. */
  before(value) {
    const { plot: { top, bottom }, y: { scale, low, high } } = this.data;
    if (value === null) return bottom;
    const at = clamp(SCALES[scale].place(value), low, high);
    return bottom - ((at - low) / (high - low)) * (bottom - top);
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
    const height = (at) => bottom - (at - this.yLow) / unitsPerPixel;
    return [
      below.map(({ at, label: text }) => label(across, { x: this.across(at) }, text)),
      beside.map(({ at, label: text }) => label(up, { y: height(at) + BASELINE }, text)),
      beside.map(({ at }) => {
        const rule = rules.cloneNode();
        rule.setAttribute("points", `${left},${height(at)} ${right},${height(at)}`);
        return rule;
      }),
    ];
  }

  // -- lines that can be hidden --

  toggle(index) {
    if (this.hidden.has(index)) this.hidden.delete(index);
    else this.hidden.add(index);
    this.mark();
  }

  /** Hides all but one line, or shows all where that is so already. */
  single(index) {
    const others = this.lines.map((_, other) => other).filter((other) => other !== index);
    const isAlone = !this.hidden.has(index) && others.every((other) => this.hidden.has(other));
    this.hidden = new Set(isAlone ? [] : others);
    this.mark();
  }

  mark() {
    for (const [index, entry] of this.entries.entries()) {
      entry.setAttribute("aria-pressed", String(!this.hidden.has(index)));
    }
    for (const [index, line] of this.lines.entries()) {
      line.group.classList.toggle("off", this.hidden.has(index));
    }
    this.leave();
    this.fit();
    this.draw();
  }
}

/** A short line in the colour of a series. */
function swatch(series) {
  const line = drawn("line", { x1: 0, x2: 16, y1: 5, y2: 5, class: `s-${series.class}` });
  return drawn("svg", { width: 16, height: 10, "aria-hidden": "true" }, [line]);
}

