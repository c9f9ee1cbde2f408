// ---- at the start ------------------------------------------------------------------------------

/** Gives every chart with numbers beside it the means to read them. */
function charts() {
  const classes = { lines: LineChart, spots: SpotChart };
  let hint = "Point at a chart to read its values. Drag across a plot to zoom in, or turn the "
    + "wheel with Ctrl; a double click shows all again. Click a name to hide its line, "
    + "double-click it to see it alone.";
  for (const figure of document.querySelectorAll("figure")) {
    const numbers = figure.querySelector('script[type="application/json"]');
    if (!numbers) continue;
    const data = JSON.parse(numbers.textContent);
    new classes[data.kind](figure, figure.querySelector("svg"), data);
    if (hint && data.kind === "lines") {
      figure.closest("section").querySelector("h2").after(element("p", { class: "hint" }, [hint]));
      hint = "";
    }
  }
}

charts();
tables();
