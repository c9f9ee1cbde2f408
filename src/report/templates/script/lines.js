// ---- charts of lines ---------------------------------------------------------------------------

// most lines told of at once
const TOLD = 14;

/** A plot under a reader's hand: values at the pointer, zoom, lines that can be hidden. */
class LineChart extends Plot {
  constructor(figure, svg, data) {
    super(svg, data);
    this.figure = figure;
    this.tip = new Tip(figure, svg);
    this.prepare();
    this.key();
    this.listen();
  }

  /** Parts of the drawing that only a script has use for. */
  prepare() {
    const { left, top, right, bottom } = this.data.plot;
    const area = { x: left, y: top, width: right - left, height: bottom - top };
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
    this.svg.append(this.selection, this.cursor, this.pointer);
    this.svg.setAttribute("role", "group");
    this.reset = element("button", { type: "button", class: "reset", hidden: "" }, ["Show all"]);
    this.reset.addEventListener("click", () => this.zoom(this.data.x.low, this.data.x.high));
    this.figure.append(this.reset);
  }

  /** Names in the key, or at line ends, are buttons that hide and show their line. */
  key() {
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

  // -- values at the pointer --

  /** Reads all lines at a pixel, or, of lines made of points, at the point nearest to it. */
  show(pixel, height) {
    let at = this.at(pixel);
    const visible = this.data.series.filter((_, index) => !this.hidden.has(index));
    if (this.data.reading === "nearest") at = this.nearest(visible, at);
    if (at === null) return this.leave();
    const isHere = ({ read }) => read !== null && Math.abs(read.at - at) < 1e-9 * this.range;
    const found = visible.map((series) => ({ series, read: this.read(series, at) })).filter(isHere);
    if (found.length === 0) return this.leave();
    this.focus = at;
    const { quantity } = this.data.y;
    const away = ({ read: { value } }) => Math.abs(this.up(value) - height);
    const told = new Set([...found].sort((a, b) => away(a) - away(b)).slice(0, TOLD));
    const rows = found.filter((line) => told.has(line)).map(({ series, read }) => ({
      name: series.name,
      value: `${read.isBeyond ? "≥ " : ""}${shown(quantity, read.value)}${
        interval(quantity, series, read)
      }`,
      mark: this.swatch(series),
    }));
    if (found.length > TOLD) rows.push({ name: `and ${found.length - TOLD} more`, value: "" });
    const { left, right, top, bottom } = this.data.plot;
    const x = clamp(this.across(at), left, right);
    const inSight = found.filter(({ read: { value, isBeyond } }) => {
      const pixel = this.up(value);
      return !isBeyond && pixel >= top - 1 && pixel <= bottom + 1;
    });
    const dots = inSight.map(({ series, read: { value } }) => (
      drawn("circle", { cx: x, cy: this.up(value), r: 3.5, class: `f-${series.class} s-paper` })
    ));
    this.cursor.replaceChildren(
      drawn("line", { x1: x, x2: x, y1: top, y2: bottom, class: "s-axis" }),
      ...dots,
    );
    this.cursor.setAttribute("visibility", "visible");
    const place = written(this.data.x, this.scaleOfX.value(at));
    const relation = this.data.reading === "nearest" ? "at" : "within";
    return this.tip.show(`${relation} ${place}`, rows, [x, height]);
  }

  /** A short piece of the line of a series. */
  swatch(series) {
    const { before } = this.lines[this.data.series.indexOf(series)];
    const model = before.find((node) => node.nodeName === "polyline");
    const dash = model?.getAttribute("stroke-dasharray") ?? "none";
    const look = { class: `s-${series.class}`, "stroke-dasharray": dash };
    const line = drawn("line", { x1: 0, x2: 22, y1: 5, y2: 5, ...look });
    return drawn("svg", { width: 22, height: 10, "aria-hidden": "true" }, [line]);
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
    this.draw();
    this.reset.hidden = !this.zoomed;
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
    this.draw();
  }
}

/** Half of the interval of a value, where it has one. */
function interval(quantity, { low, high }, { index }) {
  const half = low && low[index] !== null ? (high[index] - low[index]) / 2 : 0;
  return half > 0 ? ` ± ${shown(quantity, half)}` : "";
}

