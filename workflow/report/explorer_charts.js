// Charts of the explorer: a measure against the slider, a measure of every setting in rows, trainings, confusions.
// None of them knows the state of the page: each gets what it draws and what happens at a click.

const WIDE = 10; // a varied number whose largest value is so many times the smallest has a logarithmic axis

// Places of the values of an axis. Zero has no place on a logarithmic axis: its values have equal distances.
function axisScale(values, range) {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (high / Math.max(low, 0) < WIDE) return linearScale([low, high], range);
  if (low > 0) return logScale([low, high], range);
  const ranks = linearScale([0, sorted.length - 1], range);
  return (value) => ranks(sorted.indexOf(value));
}

// Limits of an axis that has room for all values and their intervals; those of a share end at 0 and 100 %.
function limits(points, level, [least, most] = [-Infinity, Infinity]) {
  const values = points.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  if (level !== null) values.push(level);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.08 * (high - low) || Math.abs(high) * 0.1 || 1;
  return [Math.max(low - margin, least), Math.min(high + margin, most)];
}

// Labels of values along the axis, without those that would overlap the one before; the chosen one is always there.
function axisLabels(values, place, chosen) {
  const room = (value) => 7 * tickText(value).length + 8;
  const kept = [chosen];
  for (const value of [...values].sort((a, b) => a - b)) {
    const free = kept.every((other) => Math.abs(place(other) - place(value)) > (room(other) + room(value)) / 2);
    if (free) kept.push(value);
  }
  return kept;
}

function horizontalGrid(chart, ticks, place, left, right) {
  for (const value of ticks) {
    chart.append(
      drawn("line", { class: "grid", x1: left, x2: right, y1: place(value), y2: place(value) }),
      drawn("text", { class: "y-tick", x: left - 8, y: place(value) + 4, "text-anchor": "end", "data-value": value }, tickText(value)));
  }
}

function axisTitle(chart, text, x, y) {
  chart.append(drawn("text", { class: "axis-title", x, y, "text-anchor": "middle" }, text));
}

// A measure against the number that the slider moves. points: setting, at, value, low, high, text.
function sweepChart({ key, name, axis, points, level, within, chosen, rival, width, go }) {
  const [height, left, right, top, bottom] = [220, 52, 18, 12, 42];
  const values = points.map(({ at }) => at);
  const x = axisScale(values, [left + 8, width - right]);
  const [low, high] = limits(points, level, within);
  const y = linearScale([low, high], [height - bottom, top]);
  const now = points.find(({ setting }) => setting === chosen);
  const chart = drawn("svg", {
    viewBox: `0 0 ${width} ${height}`, height, role: "img", "data-measure": key,
    "aria-label": filled(words.curve_of, { name, axis, label: now ? now.label : MISSING, value: now ? now.text : MISSING }),
  });
  horizontalGrid(chart, linearTicks(low, high, 4), y, left, width - right);
  for (const value of axisLabels(values, x, now ? now.at : values[0])) {
    chart.append(drawn("text", { class: "x-tick", x: x(value), y: height - bottom + 18, "text-anchor": "middle", "data-value": value }, tickText(value)));
  }
  axisTitle(chart, axis, (left + width - right) / 2, height - 6);
  if (level !== null) chart.append(drawn("line", { class: "level", x1: left, x2: width - right, y1: y(level), y2: y(level) }));
  if (now) chart.append(drawn("line", { class: "current", x1: x(now.at), x2: x(now.at), y1: top, y2: height - bottom }));
  const sorted = [...points].sort((one, other) => one.at - other.at);
  chart.append(drawn("path", { class: "curve now", d: `M${sorted.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join("L")}` }));
  for (const point of sorted) chart.append(sweepPoint(point, x(point.at), y, point.setting === chosen, point.setting === rival, go));
  return chart;
}

function sweepPoint({ setting, value, low, high, label, text }, place, y, chosen, rival, go) {
  const kind = `sweep-point${chosen ? " chosen" : ""}${rival ? " rival" : ""}`;
  const point = drawn("g", { class: kind, "data-setting": setting, "data-value": value }, drawn("title", {}, `${label}: ${text}`));
  if (low !== null) point.append(drawn("line", { class: "interval", x1: place, x2: place, y1: y(low), y2: y(high) }));
  point.append(drawn("circle", { class: "dot", cx: place, cy: y(value), r: chosen ? 6.5 : 4.5 }),
    drawn("circle", { class: "target", cx: place, cy: y(value), r: 14 })); // a finger needs more room than a dot
  point.addEventListener("click", () => go({ setting }));
  return point;
}

// Rows of labels, each with a dot and its interval. rows: kind (group, pixels or setting), text, and for dots found
// (value, low, high), classifier, setting. Groups are headings; pixels draw a level through the rows below them.
function rowChart({ rows, axis, within, chosen, width, text, label, go, attributes = {} }) {
  const [top, bottom] = [4, 40];
  const left = Math.round(Math.min(230, width * 0.36));
  const right = 52;
  const [low, high] = limits(rows.filter(({ found }) => found).map(({ found }) => found), null, within);
  const x = linearScale([low, high], [left + 12, width - right]); // a dot at the limit does not touch the label
  for (const row of rows) {
    row.lines = row.kind === "group" ? [row.text] : wrapped(row.text, Math.floor(left / 6.4) - 2);
    row.height = row.kind === "group" ? 26 : 24 + 14 * (row.lines.length - 1);
  }
  const height = top + bottom + rows.reduce((sum, row) => sum + row.height, 0);
  const chart = drawn("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label, ...attributes });
  for (const value of linearTicks(low, high, width < 460 ? 3 : 5)) {
    chart.append(
      drawn("line", { class: "grid", x1: x(value), x2: x(value), y1: top, y2: height - bottom }),
      drawn("text", { class: "x-tick", x: x(value), y: height - bottom + 17, "text-anchor": "middle", "data-value": value }, tickText(value)));
  }
  axisTitle(chart, axis, (left + width - right) / 2, height - 6);
  let place = top;
  for (const [rank, row] of rows.entries()) {
    if (row.kind === "group") chart.append(drawn("text", { class: "group", x: 0, y: place + row.height - 8 }, row.text));
    else {
      const middle = place + row.height / 2;
      const below = rows.slice(rank + 1);
      const end = below.findIndex(({ kind }) => kind !== "setting");
      const length = below.slice(0, end < 0 ? below.length : end).reduce((sum, one) => sum + one.height, row.height / 2);
      chart.append(chartRow(row, { x, place, middle, width, length, chosen: row.setting === chosen, text, go }));
    }
    place += row.height;
  }
  return chart;
}

function chartRow({ kind, lines, text: name, found, classifier, setting, height }, { x, place, middle, width, length, chosen, text, go }) {
  const row = drawn("g", {
    class: kind === "pixels" ? "pixels" : `row${chosen ? " chosen" : ""}`,
    "data-classifier": classifier || "", "data-setting": setting, "data-value": found.value,
  });
  row.append(drawn("title", {}, name), drawn("rect", { class: "band", x: 0, y: place, width, height, rx: 5 }),
    ...lines.map((part, n) => drawn("text", { x: 8, y: middle + 4 + 14 * (n - (lines.length - 1) / 2) }, part)));
  const at = x(found.value);
  if (kind === "pixels") row.append(drawn("line", { class: "level", x1: at, x2: at, y1: middle, y2: middle + length }));
  if (found.low !== null) row.append(drawn("line", { class: "interval", x1: x(found.low), x2: x(found.high), y1: middle, y2: middle }));
  row.append(kind === "pixels"
    ? drawn("rect", { class: "dot", x: at - 4.5, y: middle - 4.5, width: 9, height: 9 })
    : drawn("circle", { class: "dot", cx: at, cy: middle, r: chosen ? 6 : 4.5 }));
  row.append(drawn("text", { x: width, y: middle + 4, "text-anchor": "end" }, text(found.value)));
  if (kind === "setting") row.addEventListener("click", () => go({ setting }));
  return row;
}

// Losses of trainings against iterations or seconds. lines: kind, setting, part, label, curve. Readings along the first
// of the current lines go to the function read, null where the pointer leaves.
function trainingChart({ lines, key, width, label, read }) {
  const [height, left, right, top, bottom] = [300, 58, 16, 10, 44];
  const xs = bounds(lines.flatMap(({ curve }) => curve[key]));
  const ys = bounds(lines.flatMap(({ curve }) => curve.loss));
  const x = logScale(xs, [left, width - right]);
  const y = logScale(ys, [height - bottom, top]);
  const chart = drawn("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label });
  horizontalGrid(chart, logTicks(...ys, 6), y, left, width - right);
  for (const value of logTicks(...xs, width < 400 ? 4 : 7)) {
    chart.append(
      drawn("line", { class: "grid", x1: x(value), x2: x(value), y1: top, y2: height - bottom }),
      drawn("text", { class: "x-tick", x: x(value), y: height - bottom + 18, "text-anchor": "middle", "data-value": value }, tickText(value)));
  }
  axisTitle(chart, words[key], (left + width - right) / 2, height - 6);
  chart.append(drawn("text", { class: "axis-title", transform: `translate(13 ${(top + height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, words.loss_axis));
  for (const { kind, setting, part, label: name, curve } of lines) {
    const points = curve[key].map((at, n) => `${x(at).toFixed(1)},${y(curve.loss[n]).toFixed(1)}`);
    chart.append(drawn("path", { class: `curve ${kind}`, d: `M${points.join("L")}`, "data-setting": setting, "data-part": part }, drawn("title", {}, name)));
  }
  const now = lines.filter(({ kind }) => kind.startsWith("now"));
  for (const { part, curve } of now) {
    chart.append(drawn("circle", { class: part ? "end other" : "end", r: 4, cx: x(curve[key].at(-1)), cy: y(curve.loss.at(-1)) }));
  }
  if (now.length) followPointer(chart, now[0].curve, { key, x, top, bottom: height - bottom, width, read });
  return chart;
}

// Shows the point of a curve that is nearest to the pointer.
function followPointer(chart, curve, { key, x, top, bottom, width, read }) {
  const finger = drawn("line", { class: "finger", y1: top, y2: bottom, visibility: "hidden" });
  chart.append(finger);
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * width;
    const at = curve[key];
    let nearest = 0;
    at.forEach((value, n) => { if (Math.abs(x(value) - place) < Math.abs(x(at[nearest]) - place)) nearest = n; });
    finger.setAttribute("visibility", "visible");
    for (const side of ["x1", "x2"]) finger.setAttribute(side, x(at[nearest]));
    read({ at: at[nearest], loss: curve.loss[nearest] });
  });
  chart.addEventListener("pointerleave", () => {
    finger.setAttribute("visibility", "hidden");
    read(null);
  });
}

// Counts of test images by true class (rows) and predicted class (columns). A cell is as dark as its share of the row.
function confusionChart(counts, name, width) {
  const letters = 14;
  const longest = Math.min(letters, Math.max(...classes.map((one) => one.length)));
  const [left, top] = [7 * longest + 22, 7 * longest + 22];
  const cell = Math.max(8, Math.min(34, Math.floor((width - left - 4) / classes.length)));
  const side = cell * classes.length;
  const all = counts.flat().reduce((sum, one) => sum + one, 0);
  const right = counts.reduce((sum, row, n) => sum + row[n], 0);
  const label = filled(words.confusion_of, { name, right: whole(right), all: whole(all) });
  const [across, down] = [left + side + 4, top + side + 4];
  const chart = drawn("svg", { viewBox: `0 0 ${across} ${down}`, width: across, height: down, role: "img", "aria-label": label, class: "matrix" });
  axisTitle(chart, words.predicted_class, left + side / 2, 12);
  chart.append(drawn("text", { class: "axis-title", transform: `translate(12 ${top + side / 2}) rotate(-90)`, "text-anchor": "middle" }, words.true_class));
  classes.forEach((one, n) => {
    const middle = (n + 0.5) * cell + 4;
    chart.append(
      drawn("text", { x: left - 6, y: top + middle, "text-anchor": "end" }, shortened(one, letters)),
      drawn("text", { transform: `translate(${left + middle} ${top - 6}) rotate(-90)` }, shortened(one, letters)));
  });
  counts.forEach((row, from) => {
    const total = row.reduce((sum, one) => sum + one, 0);
    row.forEach((count, to) => chart.append(confusionCell(count, total, from, to, left + to * cell, top + from * cell, cell)));
  });
  return chart;
}

function confusionCell(count, total, from, to, x, y, side) {
  const share = total ? count / total : 0;
  const about = filled(words.confusion_cell, { true: classes[from], predicted: classes[to], count: whole(count), all: whole(total) });
  const made = drawn("g", { class: share > 0.5 ? "cell dark" : "cell", "data-true": from, "data-predicted": to, "data-count": count },
    drawn("title", {}, about),
    drawn("rect", { class: "ground", x, y, width: side, height: side }),
    drawn("rect", { class: "share", x, y, width: side, height: side, "fill-opacity": share.toFixed(3) }));
  const fits = side >= 8 * String(count).length + 4;
  if (count && fits) made.append(drawn("text", { x: x + side / 2, y: y + side / 2 + 4, "text-anchor": "middle" }, whole(count)));
  return made;
}
