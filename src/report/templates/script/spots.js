// ---- bars, cells, points -----------------------------------------------------------------------

/** Bars, cells or points that tell more when pointed at. */
class SpotChart {
  constructor(figure, svg, { spots }) {
    Object.assign(this, { svg, spots, index: -1, tip: new Tip(figure, svg) });
    this.frame = drawn("rect", { class: "frame", rx: 3, visibility: "hidden" });
    svg.append(this.frame);
    svg.setAttribute("role", "application");
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("pointermove", (event) => this.moved(placeIn(svg, event)));
    svg.addEventListener("pointerleave", () => this.show(-1));
    svg.addEventListener("blur", () => this.show(-1));
    svg.addEventListener("keydown", (event) => this.typed(event));
  }

  moved([x, y]) {
    const away = (at, start, length) => Math.max(start - at, at - start - length, 0);
    const distances = this.spots.map(({ left, top, width, height }) => (
      Math.hypot(away(x, left, width), away(y, top, height))
    ));
    const least = Math.min(...distances);
    this.show(least <= 12 ? distances.indexOf(least) : -1, [x, y]);
  }

  typed(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.show(clamp(this.index + step, 0, this.spots.length - 1));
  }

  /** Shows what there is to tell of a spot, beside a place or its middle; of -1 nothing. */
  show(index, place) {
    this.index = index;
    this.frame.setAttribute("visibility", index < 0 ? "hidden" : "visible");
    if (index < 0) {
      this.tip.hide();
      return;
    }
    const { left, top, width, height, title, rows } = this.spots[index];
    const frame = { x: left + 1, y: top + 1, width: width - 2, height: height - 2 };
    for (const [key, value] of Object.entries(frame)) this.frame.setAttribute(key, value);
    const beside = place ?? [left + width / 2, top + height / 2];
    this.tip.show(title, rows.map(([name, value]) => ({ name, value })), beside);
  }
}

