// ---- tables ------------------------------------------------------------------------------------
// A click on the head of a column sorts by it: upwards, downwards, and then as it was.

const WORDS = new Intl.Collator("en", { numeric: true });
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

function tables() {
  for (const table of document.querySelectorAll("table[data-sortable]")) sortable(table);
}

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const bodies = [...table.tBodies].map((body) => ({
    body,
    heading: [...body.rows].filter((row) => row.classList.contains("section")),
    rows: [...body.rows].filter((row) => !row.classList.contains("section")),
  }));
  for (const [column, head] of heads.entries()) {
    const button = element("button", { type: "button" }, [...head.childNodes]);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const order = NEXT[head.getAttribute("aria-sort")];
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      for (const { body, heading, rows } of bodies) {
        body.replaceChildren(...heading, ...sorted(rows, column, order));
      }
    });
  }
}

/** Rows in the order of a column; equals as they were, and what has no value last. */
function sorted(rows, column, order) {
  if (order === "none") return rows;
  const keyed = rows.map((row) => ({ row, key: sortKey(row.cells[column]) }));
  const isNothing = ({ key }) => key === "" || Number.isNaN(key);
  const direction = order === "ascending" ? 1 : -1;
  const compare = ({ key: a }, { key: b }) => {
    const isNumeric = typeof a === "number" && typeof b === "number";
    return direction * (isNumeric ? a - b : WORDS.compare(String(a), String(b)));
  };
  const present = keyed.filter((one) => !isNothing(one)).sort(compare);
  return [...present, ...keyed.filter(isNothing)].map(({ row }) => row);
}

/** The number a cell stands for, or its text. */
function sortKey(cell) {
  const value = cell?.dataset.value;
  return value === undefined ? cell?.textContent.trim() ?? "" : Number(value);
}

