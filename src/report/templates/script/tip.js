// ---- charts ------------------------------------------------------------------------------------
// The drawing in the page is complete. Beside it stands what it shows, as numbers: values at the
// pointer, a range of the horizontal axis to zoom into, lines to hide.

// the names of both kinds of elements, which nothing is loaded from
const HTML = document.documentElement.namespaceURI;
const SVG = "http://www.w3.org/2000/svg";

/** An element of a page with attributes and children. */
function element(name, attributes = {}, children = [], namespace = HTML) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** An element of a drawing. */
function drawn(name, attributes, children) {
  return element(name, attributes, children, SVG);
}

/** The box beside the pointer: a title, then names and values. */
class Tip {
  constructor(figure, svg) {
    [this.figure, this.svg] = [figure, svg];
    this.box = element("div", { class: "tip", role: "status", hidden: "" });
    figure.append(this.box);
  }

  /** Shows rows of `{ name, value, mark }` beside a place of the drawing. */
  show(title, rows, [x, y]) {
    const lines = rows.map(({ name, value, mark }) => element("tr", {}, [
      element("td", { class: "swatch" }, mark ? [mark] : []),
      element("th", { scope: "row" }, [name]),
      element("td", {}, [value]),
    ]));
    this.box.replaceChildren(element("strong", {}, [title]), element("table", {}, lines));
    this.box.hidden = false;
    const [outer, inner] = [this.figure, this.svg].map((part) => part.getBoundingClientRect());
    const scale = inner.width / this.svg.viewBox.baseVal.width;
    const left = inner.left - outer.left + x * scale;
    const right = this.figure.clientWidth - this.box.offsetWidth - 4;
    const aside = left + 16 > right ? left - 16 - this.box.offsetWidth : left + 16;
    const below = this.figure.clientHeight - this.box.offsetHeight - 4;
    const top = inner.top - outer.top + y * scale - 20;
    this.box.style.left = `${clamp(aside, 4, Math.max(4, right))}px`;
    this.box.style.top = `${clamp(top, 4, Math.max(4, below))}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}

/** The place of a pointer in the units of a drawing. */
function placeIn(svg, event) {
  const box = svg.getBoundingClientRect();
  const scale = svg.viewBox.baseVal.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

