// A click on a heading sorts the table by that column; another one turns it around.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], headings = [...table.tHead.rows[0].cells];
  const value = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const up = heading.ariaSort !== "ascending";
      headings.forEach(other => { other.ariaSort = null; });
      heading.ariaSort = up ? "ascending" : "descending";
      const order = new Intl.Collator(undefined, {numeric: true}).compare;
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [value(a, column), value(b, column)];
        if (x === "" || y === "") return (x === "") - (y === "");
        const both = x - y;
        return (up ? 1 : -1) * (Number.isNaN(both) ? order(x, y) : both);
      });
      body.append(...rows);
    });
  });
}
