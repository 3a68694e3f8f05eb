"use strict";
(() => {
  const [words, data] = ["words", "data"].map((id) => JSON.parse(document.getElementById(id).textContent));
  const { measures, experiments, models, classifiers, language } = data;
  const byName = new Map(experiments.map((experiment) => [experiment.name, experiment]));
  const $ = (id) => document.getElementById(id);
  const MISSING = "–";
  const state = { experiment: null, setting: 0, repetition: 0, against: "iteration" };

  // Text and numbers

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const formats = new Map();
  function number(value, options) {
    if (value === null || value === undefined) return MISSING;
    const least = Number.isInteger(value) ? 1 : 3;
    const chosen = options || { minimumSignificantDigits: least, maximumSignificantDigits: 3 };
    if (!options && value !== 0 && Math.abs(value) < 1e-4) {
      const power = Math.floor(Math.log10(Math.abs(value)));
      return `${number(value / 10 ** power, { maximumSignificantDigits: 2 })}·10${superscript(power)}`;
    }
    const key = JSON.stringify(chosen);
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(language, chosen));
    return formats.get(key).format(value).replace("-", "\u2212"); // the minus sign
  }
  const superscript = (power) => String(power).replace(/[-0-9]/g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
  const whole = (value) => number(value, { maximumFractionDigits: 0 });
  const percent = (value, sign = "auto") =>
    number(value === null ? null : 100 * value, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: sign });

  // Elements

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }
  function drawn(name, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  const datum = (value, ...content) => element("data", { value: value === null ? "" : value }, ...content);
  function show(id, ...children) {
    $(id).replaceChildren(...children);
  }

  // The view and its address

  const current = () => byName.get(state.experiment);
  const settingOf = (index) => current().settings[index];
  const membersOf = (index) => settingOf(index).members[Math.min(state.repetition, settingOf(index).members.length - 1)];
  const modelsOf = (index) => membersOf(index).map((place) => models[place]);

  function address() {
    const parts = [["experiment", state.experiment], ["setting", state.setting]];
    if (state.repetition) parts.push(["repetition", state.repetition]);
    if (state.against !== "iteration") parts.push(["against", state.against]);
    return "#" + parts.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
  }
  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const experiment = byName.get(asked.get("experiment")) || current() || experiments[0];
    const within = (key, count) => {
      const value = Number(asked.get(key));
      return Number.isInteger(value) && value >= 0 && value < count ? value : 0;
    };
    state.experiment = experiment.name;
    state.setting = within("setting", experiment.settings.length);
    state.repetition = within("repetition", experiment.settings[state.setting].members.length);
    state.against = asked.get("against") === "seconds" ? "seconds" : "iteration";
  }
  function go(changes) {
    Object.assign(state, changes);
    location.replace(address());
    render(); // at once: the event of the new address may come after the next key
  }

  // Controls

  function pills(id, legend, entries, chosen, choose) {
    const name = `choice-${id}`;
    show(id, element("legend", {}, legend), ...entries.map(({ value, text, badge }) =>
      element("label", {},
        element("input", { type: "radio", name, value, checked: value === chosen, onchange: () => choose(value) }),
        text, ...(badge ? [element("span", { class: "badge" }, badge)] : []))));
    $(id).classList.add("pills");
    $(id).classList.remove("slider");
  }
  function slider(experiment) {
    const { axis, order } = experiment;
    const title = data.settings[axis.key] || axis.key;
    const input = element("input", {
      type: "range", min: 0, max: order.length - 1, step: 1, "aria-label": title,
      oninput: () => go({ setting: order[Number(input.value)] }),
    });
    const ticks = order.map((setting) => element("button", {
      type: "button", tabindex: -1, value: setting, onclick: () => go({ setting }),
    }, number(axis.values[setting], { maximumSignificantDigits: 6 }),
    ...(setting === 0 ? [element("span", { class: "badge" }, words.reference)] : [])));
    show("settings", element("legend", {}, filled(words.values_of, { name: title })), input,
      element("div", { class: "ticks" }, ...ticks));
    $("settings").classList.add("slider");
    $("settings").classList.remove("pills");
    $("settings").style.setProperty("--count", order.length);
  }
  function renderControls() {
    const experiment = current();
    $("title").textContent = experiment.title;
    $("question").textContent = experiment.question;
    $("comment").textContent = experiment.comment;
    $("comment").hidden = !experiment.comment;
    if (experiment.axis) slider(experiment);
    else if (experiment.settings.length > 1) {
      pills("settings", words.setting, experiment.order.map((setting) => ({
        value: setting, text: settingOf(setting).label, badge: setting === 0 ? words.reference : "",
      })), state.setting, (setting) => go({ setting }));
    } else show("settings");
    const count = settingOf(0).members.length;
    if (count > 1) {
      pills("repetitions", words.repetition, [...Array(count).keys()].map((n) => ({ value: n, text: whole(n + 1) })),
        state.repetition, (repetition) => go({ repetition }));
    } else show("repetitions");
    for (const link of $("experiments").querySelectorAll("a")) {
      if (link.dataset.name === experiment.name) {
        link.setAttribute("aria-current", "page");
        $("experiments").scrollLeft = link.offsetLeft - $("experiments").offsetLeft - 20; // on narrow pages they are in one line
      } else link.removeAttribute("aria-current");
    }
  }
  function updateControls() {
    const experiment = current();
    if (experiment.axis) {
      const input = $("settings").querySelector("input");
      input.value = experiment.order.indexOf(state.setting);
      input.setAttribute("aria-valuetext", settingOf(state.setting).label);
      for (const tick of $("settings").querySelectorAll("button")) {
        tick.setAttribute("aria-pressed", Number(tick.value) === state.setting);
      }
    }
    const choices = { settings: state.setting, repetitions: state.repetition, against: state.against };
    for (const [id, value] of Object.entries(choices)) {
      for (const input of $(id).querySelectorAll("input[type=radio]")) input.checked = input.value === String(value);
    }
  }

  // Filters

  function mosaic(model, name) {
    const { source, width, height, columns, tile, shown } = model.filters;
    const room = Math.min(560, $("filters").clientWidth);
    const most = membersOf(state.setting).length > 1 ? 3 : 99; // mosaics of concatenated features are smaller
    const scale = Math.max(1, Math.min(most, Math.floor(room / width)));
    const text = filled(words.filters_of, { count: whole(model.measures.units), name });
    const mark = element("span", { class: "mark", hidden: true });
    const picture = element("img", { src: source, width: width * scale, height: height * scale, alt: text });
    const frame = element("div", { class: "mosaic", tabindex: 0, role: "group", "aria-label": text }, picture, mark);
    let chosen = -1;
    function choose(index) {
      chosen = index;
      mark.hidden = index < 0;
      if (index < 0) {
        $("unit").textContent = "\u00a0";
        return;
      }
      const [edge, mean] = model.units[index];
      Object.assign(mark.style, {
        left: `${(index % columns) * tile * scale}px`, top: `${Math.floor(index / columns) * tile * scale}px`,
        width: `${(tile + 1) * scale}px`, height: `${(tile + 1) * scale}px`,
      });
      $("unit").textContent = filled(words.unit, { number: whole(index + 1), edge: number(edge), mean: number(mean) });
    }
    frame.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / (tile * scale));
      const index = Math.floor((event.clientY - box.top) / (tile * scale)) * columns + column;
      if (column >= 0 && column < columns && index >= 0 && index < shown) choose(index);
    });
    frame.addEventListener("pointerleave", () => choose(-1));
    frame.addEventListener("blur", () => choose(-1));
    frame.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = chosen < 0 ? 0 : chosen + step;
      if (next >= 0 && next < shown) choose(next);
    });
    const more = shown < model.measures.units
      ? [element("p", { class: "note" }, filled(words.first_filters, { shown: whole(shown), count: whole(model.measures.units) }))]
      : [];
    return [frame, ...more];
  }
  function renderFilters() {
    const names = settingOf(state.setting).parts; // one per model of concatenated features
    const several = names.length > 1;
    show("filters", ...modelsOf(state.setting).map((model, place) => element("figure", {},
      ...(several ? [element("figcaption", {}, names[place])] : []), ...mosaic(model, names[place]))));
    $("unit").textContent = "\u00a0";
  }

  // Measures

  const shownMeasures = {
    oriented_units: (model) => filled(words.of, { part: whole(model.measures.oriented_units), whole: whole(model.measures.units) }),
    constant_units: (model) => whole(model.measures.constant_units),
    dead_units: (model) => whole(model.measures.dead_units),
    iterations: (model) => whole(model.measures.iterations),
    iterations_to_settle: (model) => whole(model.measures.iterations_to_settle),
  };
  function renderMeasures() {
    const now = modelsOf(state.setting);
    const reference = state.setting === 0 ? [] : modelsOf(0);
    const names = settingOf(state.setting).parts; // one per model of concatenated features
    const cell = (key, kind) => (model) => element("td", { class: `number ${kind}` },
      datum(model.measures[key], shownMeasures[key] ? shownMeasures[key](model) : number(model.measures[key])));
    const rows = Object.entries(measures)
      .filter(([key]) => [...now, ...reference].some((model) => model.measures[key] !== null))
      .map(([key, { name, about }]) => element("tr", { "data-measure": key },
        element("th", { scope: "row" }, name, element("small", {}, about)),
        ...now.map(cell(key, "now")), ...reference.map(cell(key, "reference"))));
    const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, words.measure),
      ...now.map((_, place) => element("th", { scope: "col", class: "number" }, names[place])),
      ...reference.map((_, place) => element("th", { scope: "col", class: "number" },
        reference.length > 1 ? partNames(0)[place] : words.reference))));
    show("measures", head, element("tbody", {}, ...rows));
    $("collapsed").hidden = !now.some((model) => model.measures.collapsed);
    const keys = [...new Set(now.flatMap((model) => Object.keys(model.settings)))];
    show("model", element("tbody", {}, ...keys.map((key) => element("tr", {},
      element("th", { scope: "row" }, data.settings[key] || (key === "seed" ? words.repetition : key)),
      ...now.map((model) => {
        const value = model.settings[key];
        return element("td", { class: "number" }, value === undefined ? MISSING : key === "seed" ? whole(Number(value) + 1) : value);
      })))));
  }

  // Charts

  function tickText(value) {
    const power = Math.round(Math.log10(Math.abs(value)));
    if (value && Math.abs(10 ** power / value - 1) < 1e-9 && (power > 4 || power < -3)) return `10${superscript(power)}`;
    return number(value, { maximumSignificantDigits: 4 });
  }
  function wrapped(text, letters) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (longer.length > letters && lines.at(-1)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  }
  function niceStep(span, count) {
    const raw = span / count;
    const unit = 10 ** Math.floor(Math.log10(raw));
    return unit * [1, 2, 5, 10].find((factor) => factor * unit >= raw);
  }
  function linearTicks(low, high, count) {
    const step = niceStep(high - low, count);
    const ticks = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) ticks.push(Number((n * step).toPrecision(12)));
    return ticks.length > 1 ? ticks : linearTicks(low, high, 2 * count);
  }
  function logTicks(low, high, count) {
    for (const factors of [[1], [1, 3], [1, 2, 5]]) {
      const ticks = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
        for (const factor of factors) {
          const value = Number((factor * 10 ** power).toPrecision(12));
          if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push(value);
        }
      }
      if (ticks.length >= 3) {
        const every = Math.ceil(ticks.length / count);
        return ticks.filter((_, place) => place % every === 0);
      }
    }
    return linearTicks(low, high, count);
  }
  function logScale([low, high], [start, end]) {
    const span = Math.log(high / low) || 1;
    return (value) => start + (Math.log(value / low) / span) * (end - start);
  }
  function bounds(values) {
    const low = Math.min(...values);
    const high = Math.max(...values);
    return low < high ? [low, high] : [low / 1.5, high * 1.5];
  }

  function renderConvergence() {
    const key = state.against;
    const experiment = current();
    const all = experiment.order.flatMap((setting) =>
      modelsOf(setting).map((model, part) => ({ setting, part, model })).filter(({ model }) => model.curve));
    const now = all.filter(({ setting }) => setting === state.setting);
    if (!all.length) {
      show("convergence", element("p", { class: "empty" }, words.no_curve));
      show("legend");
      $("point").textContent = "\u00a0";
      return;
    }
    const names = settingOf(state.setting).parts; // one per model of concatenated features
    const others = all.filter(({ setting }) => setting !== state.setting && setting !== 0);
    const reference = state.setting === 0 ? [] : all.filter(({ setting }) => setting === 0);
    const width = Math.max(260, $("convergence").clientWidth);
    const [height, left, right, top, bottom] = [300, 58, 16, 10, 44];
    const xs = bounds(all.flatMap(({ model }) => model.curve[key]));
    const ys = bounds(all.flatMap(({ model }) => model.curve.loss));
    const x = logScale(xs, [left, width - right]);
    const y = logScale(ys, [height - bottom, top]);
    const chart = drawn("svg", {
      viewBox: `0 0 ${width} ${height}`, height, role: "img",
      "aria-label": `${words.convergence}: ${settingOf(state.setting).label}`,
    });
    for (const value of logTicks(...ys, 6)) {
      chart.append(drawn("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
        drawn("text", { class: "y-tick", x: left - 8, y: y(value) + 4, "text-anchor": "end", "data-value": value }, tickText(value)));
    }
    for (const value of logTicks(...xs, width < 400 ? 4 : 7)) {
      chart.append(drawn("line", { class: "grid", x1: x(value), x2: x(value), y1: top, y2: height - bottom }),
        drawn("text", { class: "x-tick", x: x(value), y: height - bottom + 18, "text-anchor": "middle", "data-value": value }, tickText(value)));
    }
    chart.append(
      drawn("text", { class: "axis-title", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, words[key]),
      drawn("text", { class: "axis-title", transform: `translate(13 ${(top + height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, words.loss_axis));
    const line = ({ setting, part, model }, kind) => {
      const { loss } = model.curve;
      const points = model.curve[key].map((at, n) => `${x(at).toFixed(1)},${y(loss[n]).toFixed(1)}`);
      return drawn("path", { class: `curve ${kind}`, d: `M${points.join("L")}`, "data-setting": setting, "data-part": part },
        drawn("title", {}, settingOf(setting).label));
    };
    chart.append(...others.map((one) => line(one, "")), ...reference.map((one) => line(one, "reference")),
      ...now.map((one) => line(one, one.part ? "now other" : "now")));
    for (const { model, part } of now) {
      const { loss } = model.curve;
      chart.append(drawn("circle", { class: part ? "end other" : "end", r: 4, cx: x(model.curve[key].at(-1)), cy: y(loss.at(-1)) }));
    }
    const finger = drawn("line", { class: "finger", y1: top, y2: height - bottom, visibility: "hidden" });
    chart.append(finger);
    chart.addEventListener("pointermove", (event) => {
      if (!now.length) return;
      const place = ((event.clientX - chart.getBoundingClientRect().left) / chart.getBoundingClientRect().width) * width;
      const { loss } = now[0].model.curve;
      const at = now[0].model.curve[key];
      let nearest = 0;
      at.forEach((value, n) => { if (Math.abs(x(value) - place) < Math.abs(x(at[nearest]) - place)) nearest = n; });
      finger.setAttribute("visibility", "visible");
      for (const side of ["x1", "x2"]) finger.setAttribute(side, x(at[nearest]));
      $("point").textContent = filled(words.point, { x: words[key], at: number(at[nearest]), loss: number(loss[nearest], { maximumSignificantDigits: 4 }) });
    });
    chart.addEventListener("pointerleave", () => {
      finger.setAttribute("visibility", "hidden");
      $("point").textContent = "\u00a0";
    });
    show("convergence", chart, ...(now.length ? [] : [element("p", { class: "note" }, words.no_curve)]));
    const entry = (kind, text) => {
      const swatch = drawn("svg", { width: 30, height: 8, "aria-hidden": "true" }, drawn("line", { class: `curve ${kind}`, x1: 0, x2: 30, y1: 4, y2: 4 }));
      return element("li", { class: "chart-key" }, swatch, text);
    };
    show("legend", ...now.map(({ part }) => entry(part ? "now other" : "now", names[part])),
      ...(reference.length ? [entry("reference", `${settingOf(0).label} (${words.reference})`)] : []));
    $("point").textContent = "\u00a0";
  }

  function renderAccuracy() {
    const experiment = current();
    const { order, pixels, settings } = experiment;
    const setting = settingOf(state.setting);
    show("comparisons");
    if (!pixels.length) {
      show("accuracy", element("p", { class: "empty" }, words.no_accuracy));
      $("accuracy-note").textContent = "";
      return;
    }
    $("accuracy-note").textContent = `${words.accuracy_note} ${experiment.means}`;
    const width = Math.max(260, $("accuracy").clientWidth);
    const [line, spacing, header, top, bottom] = [24, 14, 26, 4, 40];
    const left = Math.round(Math.min(230, width * 0.36));
    const right = 52;
    const rows = [];
    for (const level of pixels) {
      if (pixels.length > 1 || rows.length === 0) rows.push({ kind: "group", text: classifiers[level.classifier] || level.classifier });
      rows.push({ kind: "pixels", text: words.pixels, found: level });
      for (const at of order) {
        const found = settings[at].accuracy.find(({ classifier }) => classifier === level.classifier);
        if (found) rows.push({ kind: "setting", at, text: settings[at].label, found });
      }
    }
    const values = rows.filter(({ found }) => found).map(({ found }) => found);
    const margin = 0.01;
    const low = Math.max(0, Math.min(...values.map((one) => one.low ?? one.accuracy)) - margin);
    const high = Math.min(1, Math.max(...values.map((one) => one.high ?? one.accuracy)) + margin);
    const x = (value) => left + ((value - low) / (high - low)) * (width - left - right);
    const letters = Math.floor(left / 6.4) - 2;
    for (const row of rows) {
      row.lines = row.kind === "group" ? [row.text] : wrapped(row.text, letters);
      row.height = row.kind === "group" ? header : line + spacing * (row.lines.length - 1);
    }
    const height = top + bottom + rows.reduce((sum, row) => sum + row.height, 0);
    const chart = drawn("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": `${words.accuracy}: ${setting.label}` });
    for (const value of linearTicks(100 * low, 100 * high, width < 460 ? 3 : 5)) {
      const middle = x(value / 100);
      chart.append(drawn("line", { class: "grid", x1: middle, x2: middle, y1: top, y2: height - bottom }),
        drawn("text", { class: "x-tick", x: middle, y: height - bottom + 17, "text-anchor": "middle", "data-value": value }, number(value)));
    }
    chart.append(drawn("text", { class: "axis-title", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, words.accuracy_axis));
    let place = top;
    for (const [rank, { kind, text, lines, found, at, height: tall }] of rows.entries()) {
      if (kind === "group") {
        chart.append(drawn("text", { class: "group", x: 0, y: place + header - 8 }, text));
        place += header;
        continue;
      }
      const middle = place + tall / 2;
      const chosen = at === state.setting;
      const row = drawn("g", {
        class: kind === "pixels" ? "pixels" : `row${chosen ? " chosen" : ""}`,
        "data-classifier": found.classifier, "data-setting": kind === "pixels" ? -1 : at, "data-value": found.accuracy,
      });
      row.append(drawn("title", {}, text), drawn("rect", { class: "band", x: 0, y: place, width, height: tall, rx: 5 }),
        ...lines.map((part, n) => drawn("text", { x: 8, y: middle + 4 + spacing * (n - (lines.length - 1) / 2) }, part)));
      if (kind === "pixels") {
        const below = rows.slice(rank + 1);
        const end = below.findIndex((one) => one.kind !== "setting");
        const length = below.slice(0, end < 0 ? below.length : end).reduce((sum, one) => sum + one.height, tall / 2);
        row.append(drawn("line", { class: "level", x1: x(found.accuracy), x2: x(found.accuracy), y1: middle, y2: middle + length }));
      }
      if (found.low !== null) row.append(drawn("line", { class: "interval", x1: x(found.low), x2: x(found.high), y1: middle, y2: middle }));
      row.append(kind === "pixels"
        ? drawn("rect", { class: "dot", x: x(found.accuracy) - 4.5, y: middle - 4.5, width: 9, height: 9 })
        : drawn("circle", { class: "dot", cx: x(found.accuracy), cy: middle, r: chosen ? 6 : 4.5 }));
      row.append(drawn("text", { x: width, y: middle + 4, "text-anchor": "end" }, percent(found.accuracy)));
      if (kind === "setting") row.addEventListener("click", () => go({ setting: at }));
      chart.append(row);
      place += tall;
    }
    show("accuracy", chart);
    const head = [words.classifier, words.pixels, words.features, words.difference, words.p_value];
    const interval = (one) => [percent(one.difference, "always"),
      element("small", {}, `${percent(one.low, "always")} … ${percent(one.high, "always")}`)];
    show("comparisons",
      element("caption", { class: "hidden" }, setting.label),
      element("thead", {}, element("tr", {}, ...head.map((text, n) => element("th", { scope: "col", class: n ? "number" : "" }, text)))),
      element("tbody", {}, ...setting.comparisons.map((one) => element("tr", { "data-classifier": one.classifier },
        element("th", { scope: "row" }, classifiers[one.classifier] || one.classifier),
        element("td", { class: "number" }, datum(one.accuracy_against, percent(one.accuracy_against))),
        element("td", { class: "number" }, datum(one.accuracy, percent(one.accuracy))),
        element("td", { class: "number" }, datum(one.difference, ...interval(one))),
        element("td", { class: "number" }, datum(one.p_corrected,
          one.p_corrected < 0.001 ? `< ${number(0.001, {})}` : number(one.p_corrected, { maximumFractionDigits: 3 })))))));
  }

  // All of it

  let built = null;
  let shown = null; // the address of the view on the page
  function render() {
    shown = address();
    if (built !== state.experiment) {
      renderControls();
      built = state.experiment;
    }
    updateControls();
    renderFilters();
    renderMeasures();
    renderConvergence();
    renderAccuracy();
    const { label } = settingOf(state.setting);
    $("status").textContent = `${current().title}, ${label}`;
    document.title = `${current().title}: ${label} – ${data.title}`;
  }
  function build() {
    show("experiments", ...experiments.map((experiment) => element("li", {},
      element("a", { href: `#experiment=${encodeURIComponent(experiment.name)}&setting=0`, "data-name": experiment.name }, experiment.title))));
    pills("against", words.against, ["iteration", "seconds"].map((value) => ({ value, text: words[value] })), state.against,
      (against) => go({ against }));
    $("against").querySelector("legend").classList.add("hidden");
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      $("results").focus();
    });
    $("link").addEventListener("click", async () => {
      const link = location.href.split("#")[0] + address();
      try {
        await navigator.clipboard.writeText(link);
        $("link").textContent = words.copied;
      } catch {
        window.prompt(words.link, link); // a browser may keep the clipboard from a page of a file
      }
      setTimeout(() => { $("link").textContent = words.link; }, 1500);
    });
    window.addEventListener("hashchange", () => {
      readAddress();
      if (address() !== shown) render();
    });
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth !== width) requestAnimationFrame(render);
      width = window.innerWidth;
    });
  }
  readAddress();
  build();
  render();
})();
