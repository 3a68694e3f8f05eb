"use strict";
(() => {
  const [words, data] = ["words", "data"].map((id) => JSON.parse(document.getElementById(id).textContent));
  const { columns, rows, language } = data;
  const $ = (id) => document.getElementById(id);
  const FIRST = 300; // rows that are drawn at once
  const texts = rows.map((row) => row.map((cell) => (cell === null ? "" : String(cell))));
  const lower = texts.map((row) => row.join("\u0000").toLowerCase());
  const order = new Intl.Collator(language, { numeric: true });
  let sorted = { column: -1, direction: 1 };
  let all = false;

  // The tables number the settings of an experiment; -1 stands for pixels, which are not a setting.
  const settings = columns.findIndex(({ name }) => name === "setting");
  // Long fractions are shown short; the tooltip has all digits.
  function shown(cell, text) {
    return typeof cell === "number" && !Number.isInteger(cell) && text.length > 7 ? String(Number(cell.toPrecision(4))) : text;
  }
  function compare(one, other) {
    const [a, b] = [rows[one][sorted.column], rows[other][sorted.column]];
    if (a === null || b === null) return (a === null) - (b === null); // missing ones last in either direction
    const found = columns[sorted.column].numeric ? a - b : order.compare(String(a), String(b));
    return sorted.direction * found;
  }
  function render() {
    const wanted = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = [...rows.keys()].filter((place) => wanted.every((word) => lower[place].includes(word)));
    if (sorted.column >= 0) matching.sort(compare);
    const drawn = all ? matching : matching.slice(0, FIRST);
    $("body").replaceChildren(...drawn.map((place) => {
      const line = document.createElement("tr");
      rows[place].forEach((cell, column) => {
        const made = document.createElement("td");
        made.className = columns[column].numeric ? "number" : "text";
        made.textContent = column === settings && cell === -1 ? words.pixels : shown(cell, texts[place][column]);
        if (made.textContent !== texts[place][column] || made.textContent.length > 40) made.title = texts[place][column];
        line.append(made);
      });
      return line;
    }));
    $("count").textContent = words.rows.replace("{shown}", drawn.length).replace("{count}", rows.length);
    $("more").hidden = drawn.length === matching.length;
    [...$("head").querySelectorAll("th")].forEach((heading, column) => {
      if (column === sorted.column) heading.setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
      else heading.removeAttribute("aria-sort");
    });
  }

  const explained = new Set();
  const line = document.createElement("tr");
  columns.forEach(({ name, names, numeric, meaning }, column) => {
    const heading = document.createElement("th");
    heading.scope = "col";
    heading.className = numeric ? "number" : "";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    if (meaning) {
      const [term, about] = ["dt", "dd"].map((kind) => document.createElement(kind));
      term.textContent = names; // those that are explained together, in the order of the explanation
      about.innerHTML = meaning; // escaped by lib.words.markup.coded
      button.title = `${names}: ${about.textContent}`;
      if (!explained.has(meaning)) $("meanings").append(term, about);
      explained.add(meaning);
    }
    button.addEventListener("click", () => {
      sorted = { column, direction: sorted.column === column ? -sorted.direction : 1 };
      render();
    });
    heading.append(button);
    line.append(heading);
  });
  $("head").append(line);
  $("others").addEventListener("change", () => { location.href = $("others").value; });
  // Snakemake's report shows this page alone, without the files next to it.
  $("pages").hidden = self !== top;
  $("search").addEventListener("input", render);
  $("more").addEventListener("click", () => {
    all = true;
    render();
  });
  render();
})();
