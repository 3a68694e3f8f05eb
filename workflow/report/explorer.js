// The explorer: what is chosen, its address, the controls, and a function for each card of the page.

const state = {
  experiment: null, setting: 0, repetition: 0, against: "iteration",
  rival: null, // {experiment, setting} to compare with; null for the reference of the experiment
  layer: null, // null for the layer of the features
  unit: null, // {part, index} of the unit whose panel is open; part counts the models of concatenated features
  classifier: null, // of the confusion matrix
};

// What is chosen

const current = () => byName.get(state.experiment);
const settingOf = (index) => current().settings[index];
const repeated = () => settingOf(0).members.length > 1;

// A setting with all that cards need of it. Another experiment may have fewer repetitions.
function viewOf(experiment, index) {
  const setting = experiment.settings[index];
  const repetition = Math.min(state.repetition, setting.members.length - 1);
  return { experiment, index, setting, repetition, models: setting.members[repetition].map((place) => models[place]) };
}

const now = () => viewOf(current(), state.setting);

// What the current setting is compared with: the chosen rival, otherwise the reference, which has none.
function rival() {
  if (state.rival) return viewOf(byName.get(state.rival.experiment), state.rival.setting);
  return state.setting === 0 ? null : viewOf(current(), 0);
}

const rivalName = ({ experiment, setting }) =>
  (state.rival ? (experiment === current() ? setting.label : `${experiment.title}: ${setting.label}`) : words.reference);
const layerOf = (view, part) => Math.min(state.layer ?? view.setting.layers[part], view.models[part].layers.length);

// The address of the view

function address() {
  const parts = [["experiment", state.experiment], ["setting", state.setting]];
  if (state.repetition) parts.push(["repetition", state.repetition]);
  if (state.against !== "iteration") parts.push(["against", state.against]);
  if (state.rival) parts.push(["with", state.rival.experiment], ["with_setting", state.rival.setting]);
  if (state.layer) parts.push(["layer", state.layer]);
  if (state.unit) parts.push(["unit", state.unit.index + 1]);
  if (state.unit && state.unit.part) parts.push(["part", state.unit.part]);
  if (state.classifier) parts.push(["classifier", state.classifier]);
  return "#" + parts.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const within = (key, count, start = 0) => {
    const value = Number(asked.get(key) ?? NaN) - start;
    return Number.isInteger(value) && value >= 0 && value < count ? value : null;
  };
  const experiment = byName.get(asked.get("experiment")) || current() || experiments[0];
  state.experiment = experiment.name;
  state.setting = within("setting", experiment.settings.length) ?? 0;
  state.repetition = within("repetition", experiment.settings[state.setting].members.length) ?? 0;
  state.against = asked.get("against") === "seconds" ? "seconds" : "iteration";
  const other = byName.get(asked.get("with"));
  const setting = other ? within("with_setting", other.settings.length) : null;
  state.rival = setting === null ? null : { experiment: other.name, setting };
  const place = within("layer", Math.max(...now().models.map(({ layers }) => layers.length)), 1);
  state.layer = place === null ? null : place + 1;
  const part = within("part", now().models.length) ?? 0;
  const index = within("unit", shownUnits(now(), part), 1);
  state.unit = index === null ? null : { part, index };
  state.classifier = asked.get("classifier") in classifiers ? asked.get("classifier") : null;
}

const shownUnits = (view, part) => view.models[part].layers[layerOf(view, part) - 1].shown;

function go(changes) {
  Object.assign(state, changes);
  if (state.unit && !(now().models[state.unit.part] && state.unit.index < shownUnits(now(), state.unit.part))) state.unit = null;
  location.replace(address());
  // At once: the event of the new address may come after the next key. A unit changes nothing but its panel, and the
  // mosaic keeps the keyboard.
  if (Object.keys(changes).join() === "unit") renderUnit();
  else render();
}

// Controls

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
  $("answer").innerHTML = experiment.answer; // HTML that the report's sentences were turned into
  $("answer").hidden = !experiment.answer;
  $("comment").textContent = experiment.comment;
  $("comment").hidden = !experiment.comment;
  if (experiment.axis) slider(experiment);
  else if (experiment.settings.length > 1) {
    pills("settings", words.setting, experiment.order.map((setting) => ({
      value: setting, text: settingOf(setting).label, badge: setting === 0 ? words.reference : "",
    })), state.setting, (setting) => go({ setting }));
  } else show("settings");
  if (repeated()) {
    pills("repetitions", words.repetition, settingOf(0).members.map((_, n) => ({ value: n, text: whole(n + 1) })),
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
  $("with").value = state.rival ? JSON.stringify([state.rival.experiment, state.rival.setting]) : "";
}

// Every setting of every experiment, to compare the current one with.
function buildRivals() {
  const groups = experiments.map(({ name, title, order, settings }) => element("optgroup", { label: title },
    ...order.map((setting) => element("option", { value: JSON.stringify([name, setting]) }, settings[setting].label))));
  show("with", element("option", { value: "" }, words.none), ...groups);
  $("with").addEventListener("change", () => {
    const [experiment, setting] = $("with").value ? JSON.parse($("with").value) : [];
    go({ rival: experiment ? { experiment, setting } : null });
  });
}

// Settings of a model and of its features, as text.
const textsOf = (view, part) => ({ ...view.models[part].settings, ...view.setting.views[part] });
const settingName = (key) => data.settings[key] || (key === "seed" ? words.repetition : key);

function renderDiffering() {
  const other = rival();
  $("differing").textContent = "";
  if (!other || other.models.length > 1 || now().models.length > 1) return;
  const [here, there] = [textsOf(now(), 0), textsOf(other, 0)];
  // A setting that one of them lacks follows from its learner.
  const keys = Object.keys(here).filter((key) => key !== "seed" && key in there && here[key] !== there[key]);
  const list = keys.map((key) => filled(words.instead, { name: settingName(key), now: here[key], other: there[key] }));
  $("differing").textContent = filled(words.compared, { name: rivalName(other), list: list.join("; ") || words.equal });
}

// Measures of every setting: curves against the slider, or rows where no single number varies

const SHARES = ["oriented_share", "effective_share", "explained_variance"];
const CURVES = ["oriented_share", "effective_share", "explained_variance", "loss"];
const WITHIN = ["oriented_share", "effective_share"]; // no interval leaves 0 to 100 percent
const BOUNDED = [0, 100];

// What is drawn for each measure: its points in percent or in its own unit.
function drawnMeasures(experiment) {
  const found = [];
  if (experiment.axis) {
    for (const { classifier, accuracy } of experiment.pixels) {
      const points = experiment.settings.flatMap((one, setting) => one.accuracy
        .filter((row) => row.classifier === classifier)
        .map((row) => measuredPoint(setting, row.accuracy, row.low, row.high, 100)));
      const name = filled(words.accuracy_of, { name: classifiers[classifier] || classifier });
      found.push({ key: `accuracy ${classifier}`, name, points, level: 100 * accuracy, within: BOUNDED });
    }
  }
  for (const key of experiment.untrained ? [] : CURVES) {
    const factor = SHARES.includes(key) ? 100 : 1;
    const points = (experiment.means[key] || []).map(({ setting, mean, low, high }) => measuredPoint(setting, mean, low, high, factor));
    found.push({ key, name: words[key], points, level: null, within: WITHIN.includes(key) ? BOUNDED : undefined });
  }
  return found.filter(({ points }) => points.length > 1);
}

function measuredPoint(setting, value, low, high, factor) {
  const [at, from, to] = [value, low, high].map((one) => (one === null ? null : factor * one));
  const interval = from === null ? "" : ` [${number(from)}, ${number(to)}]`;
  const mean = repeated() ? `, ${current().mean_of}` : "";
  return { setting, value: at, low: from, high: to, label: settingOf(setting).label, text: `${number(at)}${interval}${mean}` };
}

function renderCurves() {
  const experiment = current();
  const shown = experiment.settings.length > 1 ? drawnMeasures(experiment) : [];
  $("curves-card").hidden = !shown.length;
  if (!shown.length) return;
  const room = $("curves").clientWidth;
  const most = Math.max(1, Math.min(4, Math.floor(room / (experiment.axis ? 260 : 330))));
  const columns = Math.ceil(shown.length / Math.ceil(shown.length / most)); // rows of equal length
  const width = Math.floor((room - 20 * (columns - 1)) / columns);
  const other = rival();
  const same = other && other.experiment === experiment ? other.index : null;
  show("curves", ...shown.map((measure) => element("figure", { class: "chart" },
    element("figcaption", {}, measure.name, ...(repeated() ? [element("span", { class: "mean-of" }, experiment.mean_of)] : [])),
    experiment.axis ? sweep(experiment, measure, same, width) : rows(experiment, measure, width))));
  $("curves").style.setProperty("--columns", columns);
  $("curves-note").textContent = words.curves_note;
}

function sweep(experiment, measure, same, width) {
  const { key, values } = experiment.axis;
  const points = measure.points.map((point) => ({ ...point, at: values[point.setting] }));
  return sweepChart({ ...measure, axis: data.settings[key] || key, points, chosen: state.setting, rival: same, width, go });
}

function rows(experiment, { key, name, points, within }, width) {
  const entries = experiment.order.flatMap((setting) => points.filter((point) => point.setting === setting)
    .map((found) => ({ kind: "setting", setting, text: found.label, found })));
  const label = `${name}: ${settingOf(state.setting).label}`;
  return rowChart({
    rows: entries, axis: name, within, chosen: state.setting, width, text: (value) => number(value), label, go,
    attributes: { "data-measure": key },
  });
}

// Filters, or what excites the units of deeper layers

function renderFilters() {
  const view = now();
  const depth = Math.max(...view.models.map(({ layers }) => layers.length));
  if (depth > 1) {
    pills("layers", words.layer, [...Array(depth).keys()].map((n) => ({ value: n + 1, text: whole(n + 1) })),
      layerOf(view, 0), (layer) => go({ layer, unit: null }));
  } else show("layers");
  const layer = layerOf(view, 0);
  $("filters-title").textContent = layer > 1 ? filled(words.responses, { number: whole(layer) }) : words.filters;
  $("filters-note").textContent = layer > 1 ? words.responses_note : words.filters_note;
  const views = state.rival ? [view, rival()] : [view];
  const most = views.flatMap(({ models: of }) => of).length > 1 ? 3 : 99; // several mosaics are smaller
  show("filters", ...views.flatMap((one) => one.models.map((model, part) => {
    const name = one === view ? view.setting.parts[part] : one.models.length > 1 ? one.setting.parts[part] : rivalName(one);
    const caption = views.length > 1 || view.models.length > 1 ? [element("figcaption", {}, name)] : [];
    const attributes = one === view ? {} : { class: "rival" };
    return element("figure", attributes, ...caption, ...mosaic(one, part, name, most));
  })));
  $("unit").textContent = EMPTY;
}

// The units of one model as a mosaic. Units of the current setting can be chosen, those of a rival are only shown.
function mosaic(view, part, name, most) {
  const layer = layerOf(view, part);
  const model = view.models[part];
  const { source, width, height, columns, tile, shown } = model.layers[layer - 1];
  const room = Math.min(560, $("filters").clientWidth);
  const scale = Math.max(1, Math.min(most, Math.floor(room / width)));
  const count = model.sizes[layer - 1];
  const text = filled(layer > 1 ? words.units_of : words.filters_of, { count: whole(count), name });
  const picture = element("img", { src: source, width: width * scale, height: height * scale, alt: text });
  const more = shown < count
    ? [element("p", { class: "note" }, filled(words.first_filters, { shown: whole(shown), count: whole(count) }))] : [];
  if (view.experiment !== current() || view.index !== state.setting) return [element("div", { class: "mosaic" }, picture), ...more];
  const [mark, pin] = ["mark", "pin"].map((kind) => element("span", { class: kind, hidden: true }));
  const frame = element("div", { class: "mosaic", tabindex: 0, role: "group", "aria-label": text, "data-part": part }, picture, mark, pin);
  const place = (box, index) => {
    box.hidden = index < 0;
    Object.assign(box.style, {
      left: `${(index % columns) * tile * scale}px`, top: `${Math.floor(index / columns) * tile * scale}px`,
      width: `${(tile + 1) * scale}px`, height: `${(tile + 1) * scale}px`,
    });
  };
  frame.pinned = (index) => place(pin, index);
  chooseUnits(frame, { columns, shown, at: (event) => {
    const box = picture.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / (tile * scale));
    const row = Math.floor((event.clientY - box.top) / (tile * scale));
    return column >= 0 && column < columns && row >= 0 ? row * columns + column : -1;
  }, mark: (index) => {
    place(mark, index);
    $("unit").textContent = index < 0 ? EMPTY : readout(model, layer, index);
  }, open: (index) => go({ unit: { part, index } }) });
  return [frame, ...more];
}

function readout(model, layer, index) {
  if (layer > 1) return filled(words.unit_number, { number: whole(index + 1) });
  const [edge, mean] = model.units[index];
  return filled(words.unit, { number: whole(index + 1), edge: number(edge), mean: number(mean) });
}

// Lets pointer and keyboard choose a unit of a mosaic: pointing or arrows read its measures, a click or Enter opens it.
function chooseUnits(frame, { columns, shown, at, mark, open }) {
  let chosen = -1;
  const choose = (index) => {
    chosen = index;
    mark(index);
  };
  frame.addEventListener("pointermove", (event) => {
    const index = at(event);
    if (index >= 0 && index < shown) choose(index);
  });
  frame.addEventListener("click", (event) => {
    const index = at(event);
    if (index >= 0 && index < shown) open(index);
  });
  frame.addEventListener("pointerleave", () => choose(-1));
  frame.addEventListener("blur", () => choose(-1));
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (event.key === "Escape") go({ unit: null });
    if ((event.key === "Enter" || event.key === " ") && chosen >= 0) open(chosen);
    if (step) {
      const next = chosen < 0 ? 0 : chosen + step;
      if (next >= 0 && next < shown) choose(next);
    }
    if (step || event.key === " ") event.preventDefault(); // the page does not scroll
  });
}

// The panel of a unit

function renderUnit() {
  shown = address();
  for (const frame of $("filters").querySelectorAll(".mosaic[data-part]")) {
    frame.pinned(state.unit && Number(frame.dataset.part) === state.unit.part ? state.unit.index : -1);
  }
  $("unit-panel").hidden = !state.unit;
  if (!state.unit) return;
  const view = now();
  const { part, index } = state.unit;
  const layer = layerOf(view, part);
  const name = view.models.length > 1 ? view.setting.parts[part] : layer > 1 ? filled(words.layer_number, { number: whole(layer) }) : "";
  $("unit-title").textContent = filled(name ? words.unit_of : words.unit_number, { number: whole(index + 1), name });
  show("unit-pictures", unitFilter(view.models[part], layer, index), ...unitExamples(view.models[part], layer, index));
}

// A filter with its measures, and the template that fits it; the mean patch of a unit of a deeper layer.
function unitFilter(model, layer, index) {
  const sprite = model.layers[layer - 1];
  const scale = magnification(sprite, 96);
  const caption = layer > 1 ? words.mean_patch : words.filter;
  const figures = [captioned(tiles(sprite, index, 1, scale, caption), caption)];
  if (layer === 1) {
    const [edge, mean, colour] = model.units[index];
    const text = filled(words.template, { edge: number(edge) });
    if (model.examples) figures.push(captioned(tiles(model.examples.templates, index, 1, magnification(model.examples.templates, 96), text), text));
    const measured = [`${measures.mean_activation.name}: ${number(mean)}`];
    if (colour !== null) measured.push(filled(words.colour, { share: number(100 * colour) })); // grey images have none
    figures[0].querySelector("figcaption").append(...measured.flatMap((line) => [element("br"), line]));
  }
  return element("div", { class: "figures" }, ...figures);
}

const magnification = ({ tile, gap }, room) => Math.max(1, Math.floor(room / (tile - gap)));

// Patches that excite a unit most, and where it answers in whole images.
function unitExamples(model, layer, index) {
  const { examples } = model;
  if (!examples) return [element("p", { class: "note" }, words.first_repetition)];
  const sprite = examples.patches[layer - 1];
  const scale = magnification(sprite, Math.min(56, Math.floor(($("filters").clientWidth - 4 * examples.count) / examples.count)));
  const text = filled(words.top_patches, { count: whole(examples.count) });
  const patches = [...Array(examples.count).keys()].map((n) => tiles(sprite, index * examples.count + n, 1, scale, text));
  const images = data.images[examples.images].map((source, image) => {
    const [low, high] = examples.ranges[layer - 1][image][index];
    const name = filled(words.test_image, { number: whole(image + 1) });
    const about = filled(words.map, { low: number(low), high: number(high) });
    return captioned(element("div", { class: "answers-in" },
      element("img", { src: source, alt: name }), activationMap(examples, layer, image, index, about)), `${name}; ${about}`);
  });
  return [captioned(element("div", { class: "patches" }, ...patches), text), element("div", { class: "figures" }, ...images)];
}

// The map as large as the image, each of its cells where its patch has its middle.
function activationMap(examples, layer, image, index, about) {
  const side = 144; // as the style draws the image
  const sprite = examples.maps[layer - 1][image];
  const map = tiles(sprite, index, 1, (side * examples.extent) / sprite.tile, about);
  Object.assign(map.style, { left: `${side * examples.inset}px`, top: `${side * examples.inset}px` });
  return element("div", { class: "map" }, map);
}

// Reconstructions

function renderReconstructions() {
  const views = state.rival ? [now(), rival()] : [now()];
  const found = views.flatMap((view) => view.models.map((model, part) => ({ model, name: view.setting.parts[part] })))
    .filter(({ model }) => model.reconstructions);
  const several = views.flatMap(({ models: of }) => of).length > 1;
  $("reconstructions-card").hidden = !found.length || current().untrained;
  show("reconstructions", ...found.map(({ model, name }) => {
    const { source, width, height } = model.reconstructions;
    const picture = element("img", { class: "strip", src: source, width, height, alt: filled(words.reconstructions_of, { name }) });
    return captioned(picture, ...(several ? [name] : []));
  }));
}

// Measures

// The mean of a measure over the repetitions, by the key that the table of measures has for it.
const MEAN_OF = {
  oriented_units: "oriented_share",
  effective_filters: "effective_share",
  dead_units: "dead_share",
  constant_units: "constant_share",
};
const shownMeasures = {
  oriented_units: (model) => filled(words.of, { part: whole(model.measures.oriented_units), whole: whole(model.measures.units) }),
  constant_units: (model) => whole(model.measures.constant_units),
  dead_units: (model) => whole(model.measures.dead_units),
  iterations: (model) => whole(model.measures.iterations),
  iterations_to_settle: (model) => whole(model.measures.iterations_to_settle),
};

function meanText(key) {
  const found = (current().means[MEAN_OF[key] || key] || []).find(({ setting }) => setting === state.setting);
  if (!repeated() || !found) return [];
  const value = MEAN_OF[key] ? `${percent(found.mean)} %` : number(found.mean);
  return [element("small", {}, `${current().mean_of}: ${value}`)];
}

function measureRow(key, { name, about }, here, there) {
  const cell = (model, kind, ...more) => element("td", { class: `number ${kind}` },
    datum(model.measures[key], shownMeasures[key] ? shownMeasures[key](model) : number(model.measures[key])), ...more);
  const row = element("tr", { "data-measure": key }, element("th", { scope: "row" }, name, element("small", {}, about)),
    ...here.map((model) => cell(model, "now", ...(here.length === 1 ? meanText(key) : []))),
    ...there.map((model) => cell(model, "reference")));
  if (here.length === 1 && there.length === 1) {
    const [one, other] = [here[0].measures[key], there[0].measures[key]];
    const difference = one === null || other === null ? null : one - other;
    row.append(element("td", { class: "number difference" }, datum(difference,
      difference === null ? MISSING : number(difference, { maximumSignificantDigits: 3, signDisplay: "exceptZero" }))));
  }
  return row;
}

// Networks that classifiers train

function renderNetworks() {
  const view = now();
  const other = rival();
  const of = (one) => one.experiment.networks.filter(({ setting }) => setting === one.index);
  const here = of(view);
  $("networks-card").hidden = !here.length;
  if (!here.length) return;
  const there = other ? of(other) : [];
  const classifier = (row) => classifiers[row.classifier] || row.classifier;
  const columns = [...here.map(classifier), ...there.map((row) => `${rivalName(other)}, ${classifier(row)}`)];
  const cell = (row, key, factor, kind) => {
    const value = row[key] === null ? null : factor * row[key];
    const interval = key === "f1_macro" ? [element("small", {}, `${number(row.f1_low)} … ${number(row.f1_high)}`)] : [];
    return element("td", { class: `number ${kind}` }, datum(value, value === null ? MISSING : number(value), ...interval));
  };
  const known = Object.entries(data.network_measures).filter(([key]) => [...here, ...there].some((row) => row[key] !== null));
  show("networks", element("thead", {}, element("tr", {}, element("th", { scope: "col" }, words.measure),
    ...columns.map((text) => element("th", { scope: "col", class: "number" }, text)))),
  element("tbody", {}, ...known.map(([key, { name, factor }]) => element("tr", { "data-measure": key },
    element("th", { scope: "row" }, name), ...here.map((row) => cell(row, key, factor, "now")),
    ...there.map((row) => cell(row, key, factor, "reference"))))));
}

function partNames(view) {
  return view.models.length > 1 ? view.setting.parts : [rivalName(view)];
}

function renderMeasures() {
  const view = now();
  const other = rival();
  const [here, there] = [view.models, other ? other.models : []];
  const list = Object.entries(measures).filter(([key]) => [...here, ...there].some((model) => model.measures[key] !== null));
  const names = view.setting.parts.map((name) => (repeated() ? `${name}, ${filled(words.repetition_number, { number: whole(state.repetition + 1) })}` : name));
  const columns = [...names, ...(other ? partNames(other) : []), ...(here.length === 1 && there.length === 1 ? [words.plain_difference] : [])];
  const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, words.measure),
    ...columns.map((name) => element("th", { scope: "col", class: "number" }, name))));
  const { untrained } = current();
  $("untrained").hidden = !untrained;
  if (untrained) show("measures");
  else show("measures", head, element("tbody", {}, ...list.map(([key, about]) => measureRow(key, about, here, there))));
  $("collapsed").hidden = untrained || !here.some((model) => model.measures.collapsed);
  renderSettings(view, other);
}

// All settings of the models and their features; those that differ from the rival's are marked.
function renderSettings(view, other) {
  const texts = [...view.models.map((_, part) => textsOf(view, part)), ...(other ? other.models.map((_, part) => textsOf(other, part)) : [])];
  const keys = [...new Set(texts.flatMap((one) => Object.keys(one)))];
  show("model", element("tbody", {}, ...keys.map((key) => {
    const values = texts.map((one) => one[key]);
    const differs = values.some((value) => value !== values[0]);
    return element("tr", { class: differs ? "differs" : null }, element("th", { scope: "row" }, settingName(key)),
      ...values.map((value) => element("td", { class: "number" },
        value === undefined ? MISSING : key === "seed" ? whole(Number(value) + 1) : value)));
  })));
}

// Convergence

function renderConvergence() {
  const experiment = current();
  const lines = trainings(experiment);
  $("convergence-card").hidden = !lines.length || current().untrained;
  if ($("convergence-card").hidden) return;
  const drawnNow = lines.filter(({ kind }) => kind.startsWith("now"));
  const chart = trainingChart({
    lines, key: state.against, width: Math.max(260, $("convergence").clientWidth),
    label: `${words.convergence}: ${settingOf(state.setting).label}`,
    read: (point) => {
      $("point").textContent = point
        ? filled(words.point, { x: words[state.against], at: number(point.at), loss: number(point.loss, { maximumSignificantDigits: 4 }) })
        : EMPTY;
    },
  });
  show("convergence", chart, ...(drawnNow.length ? [] : [element("p", { class: "note" }, words.no_curve)]));
  const entry = ({ kind }, text) => {
    const swatch = drawn("svg", { width: 30, height: 8, "aria-hidden": "true" }, drawn("line", { class: `curve ${kind}`, x1: 0, x2: 30, y1: 4, y2: 4 }));
    return element("li", { class: "chart-key" }, swatch, text);
  };
  const compared = lines.find(({ kind }) => kind === "reference");
  const name = compared && (state.rival ? rivalName(rival()) : `${settingOf(0).label} (${words.reference})`);
  show("legend", ...drawnNow.map((line) => entry(line, settingOf(state.setting).parts[line.part])),
    ...(compared ? [entry(compared, name)] : []));
  $("point").textContent = EMPTY;
}

// The trainings of the experiment, those that matter most last: they are drawn over the others.
function trainings(experiment) {
  const other = rival();
  const of = (view, kind) => view.models.map((model, part) => ({
    kind: kind === "now" && part ? "now other" : kind, setting: view.index, part, label: view.setting.label, curve: model.curve,
  })).filter(({ curve }) => curve);
  const rest = experiment.order.filter((index) => index !== state.setting && !(other && other.experiment === experiment && other.index === index));
  return [...rest.flatMap((index) => of(viewOf(experiment, index), "")), ...(other ? of(other, "reference") : []), ...of(now(), "now")];
}

// Accuracy

// Rows of the chart: for each classifier the pixels and every setting, in percent.
function accuracyRows({ order, pixels, settings }) {
  const dot = ({ accuracy, low, high }) => ({ value: 100 * accuracy, low: low === null ? null : 100 * low, high: high === null ? null : 100 * high });
  return pixels.flatMap((level) => {
    const { classifier } = level;
    const of = order.flatMap((setting) => settings[setting].accuracy.filter((found) => found.classifier === classifier)
      .map((found) => ({ kind: "setting", setting, classifier, text: settings[setting].label, found: dot(found) })));
    return [{ kind: "group", text: classifiers[classifier] || classifier },
      { kind: "pixels", setting: -1, classifier, text: words.pixels, found: dot(level) }, ...of];
  });
}

function renderAccuracy() {
  const experiment = current();
  const setting = settingOf(state.setting);
  $("accuracy-card").hidden = !experiment.pixels.length;
  if (!experiment.pixels.length) return;
  $("accuracy-note").textContent = `${words.accuracy_note} ${experiment.repeated}`;
  show("accuracy", rowChart({
    rows: accuracyRows(experiment), axis: words.accuracy_axis, within: BOUNDED, chosen: state.setting,
    width: Math.max(260, $("accuracy").clientWidth), text: (value) => percent(value / 100),
    label: `${words.accuracy}: ${setting.label}`, go,
  }));
  comparisonTable("comparisons", words.pixels, setting.comparisons.filter((one) => one.rival === "pixels"));
  renderRivalAccuracy(setting);
}

// Differences from the rival by classifier. Only those from the reference of the experiment were tested.
function renderRivalAccuracy(setting) {
  const other = rival();
  const reference = other && other.experiment === current() && other.index === 0;
  const tested = setting.comparisons.filter((one) => one.rival === "first");
  const plain = other ? setting.accuracy.flatMap(({ classifier, accuracy }) => other.setting.accuracy
    .filter((one) => one.classifier === classifier)
    .map((one) => ({ classifier, accuracy, accuracy_against: one.accuracy, difference: accuracy - one.accuracy }))) : [];
  comparisonTable("rival-accuracy", other ? rivalName(other) : "", reference ? tested : plain);
}

function comparisonTable(id, against, found) {
  if (!found.length) {
    show(id);
    return;
  }
  const tested = found[0].p_corrected !== undefined;
  const head = [words.classifier, against, words.features, tested ? words.difference : words.plain_difference, ...(tested ? [words.p_value] : [])];
  const p = (value) => (value < 0.001 ? `< ${number(0.001, {})}` : number(value, { maximumFractionDigits: 3 }));
  const row = (one) => element("tr", { "data-classifier": one.classifier },
    element("th", { scope: "row" }, classifiers[one.classifier] || one.classifier),
    element("td", { class: "number" }, datum(one.accuracy_against, percent(one.accuracy_against))),
    element("td", { class: "number" }, datum(one.accuracy, percent(one.accuracy))),
    element("td", { class: "number" }, datum(one.difference, percent(one.difference, "always"),
      ...(tested ? [element("small", {}, `${percent(one.low, "always")} … ${percent(one.high, "always")}`)] : []))),
    ...(tested ? [element("td", { class: "number" }, datum(one.p_corrected, p(one.p_corrected)))] : []));
  show(id, element("caption", { class: "hidden" }, `${settingOf(state.setting).label}: ${against}`),
    element("thead", {}, element("tr", {}, ...head.map((text, n) => element("th", { scope: "col", class: n ? "number" : "" }, text)))),
    element("tbody", {}, ...found.map(row)));
}

// Confusion of classes

function renderConfusion() {
  const view = now();
  const names = Object.keys(view.setting.confusion);
  $("confusion-card").hidden = !names.length;
  if (!names.length) return;
  const chosen = names.includes(state.classifier) ? state.classifier : names[0];
  if (names.length > 1) {
    pills("classifier", words.classifier, names.map((value) => ({ value, text: classifiers[value] || value })), chosen,
      (classifier) => go({ classifier }));
    $("classifier").querySelector("legend").classList.add("hidden");
  } else show("classifier");
  const views = (state.rival ? [view, rival()] : [view]).filter(({ setting }) => setting.confusion[chosen]);
  const width = Math.max(260, $("confusion").clientWidth);
  show("confusion", ...views.map((one) => {
    const name = one.index === view.index && one.experiment === view.experiment ? view.setting.label : rivalName(one);
    const chart = confusionChart(one.setting.confusion[chosen], name, width);
    return element("div", { class: "scroll" }, captioned(chart, ...(views.length > 1 ? [name] : [])));
  }));
  const summed = repeated() ? ` ${filled(words.summed, { count: whole(view.setting.members.length) })}` : "";
  $("confusion-note").textContent = words.confusion_note + summed;
}

// All of it

let built = null; // the experiment whose controls the page has
let shown = null; // the address of the view on the page

function render() {
  shown = address();
  if (built !== state.experiment) {
    renderControls();
    built = state.experiment;
  }
  updateControls();
  renderDiffering();
  renderCurves();
  $("filters-card").hidden = current().untrained;
  if (!current().untrained) {
    renderFilters();
    renderUnit();
  }
  renderNetworks();
  renderReconstructions();
  renderMeasures();
  renderConvergence();
  renderAccuracy();
  renderConfusion();
  const { label, file } = settingOf(state.setting);
  $("file").textContent = file;
  $("status").textContent = `${current().title}, ${label}`;
  document.title = `${current().title}: ${label} – ${data.title}`;
}

// Inside Snakemake's report the page has no neighbours that its links could lead to.
function hideLinks() {
  if (window.self === window.top) return;
  $("files").hidden = true;
  $("tables").hidden = true;
}

function build() {
  show("experiments", ...experiments.map((experiment) => element("li", {},
    element("a", { href: `#experiment=${encodeURIComponent(experiment.name)}&setting=0`, "data-name": experiment.name }, experiment.title))));
  pills("against", words.against, ["iteration", "seconds"].map((value) => ({ value, text: words[value] })), state.against,
    (against) => go({ against }));
  $("against").querySelector("legend").classList.add("hidden");
  buildRivals();
  hideLinks();
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("results").focus();
  });
  $("unit-close").addEventListener("click", () => go({ unit: null }));
  $("link").addEventListener("click", () => copy($("link"), location.href.split("#")[0] + address(), words.link));
  $("copy-file").addEventListener("click", () => copy($("copy-file"), $("file").textContent, words.copy_file));
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
