// Tools of the explorer: the data of the page, text and numbers, elements, sprites, and scales of charts.

const [words, data] = ["words", "data"].map((id) => JSON.parse(document.getElementById(id).textContent));
const { measures, experiments, models, classifiers, classes, language } = data;
const byName = new Map(experiments.map((experiment) => [experiment.name, experiment]));
const $ = (id) => document.getElementById(id);
const MISSING = "–";
const EMPTY = "\u00a0"; // keeps the height of a line without text

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
  // Python rounds halves to even digits: the page agrees with the report.
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(language, { ...chosen, roundingMode: "halfEven" }));
  return formats.get(key).format(value).replace("-", "\u2212"); // the minus sign
}

const superscript = (power) => String(power).replace(/[-0-9]/g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
const whole = (value) => number(value, { maximumFractionDigits: 0 });
const percent = (value, sign = "auto") =>
  number(value === null ? null : 100 * value, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: sign });

function tickText(value) {
  const power = Math.round(Math.log10(Math.abs(value)));
  if (value && Math.abs(10 ** power / value - 1) < 1e-9 && (power > 4 || power < -3)) return `10${superscript(power)}`;
  return number(value, { maximumSignificantDigits: 4 });
}

// Text in lines of about so many letters, as SVG does not break lines itself.
function wrapped(text, letters) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > letters && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

const shortened = (text, letters) => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);

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

const datum = (value, ...content) => element("data", { value: value === null || value === undefined ? "" : value }, ...content);

function show(id, ...children) {
  $(id).replaceChildren(...children);
}

// A row of radio buttons that look like pills.
function pills(id, legend, entries, chosen, choose) {
  const buttons = entries.map(({ value, text, badge }) => element("label", {},
    element("input", { type: "radio", name: `choice-${id}`, value, checked: value === chosen, onchange: () => choose(value) }),
    text, ...(badge ? [element("span", { class: "badge" }, badge)] : [])));
  show(id, element("legend", {}, legend), ...buttons);
  $(id).classList.add("pills");
  $(id).classList.remove("slider");
}

// Copies text; a browser may keep the clipboard from a page that is a file, which then shows the text to copy.
async function copy(button, text, label) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = words.copied;
  } catch {
    window.prompt(label, text);
  }
  setTimeout(() => { button.textContent = label; }, 1500);
}

// Sprites

// So many neighbouring tiles of a sprite from a number on, magnified: the picture behind a window of their size.
function tiles(sprite, first, count, scale, text) {
  const { source, width, height, columns, tile, gap } = sprite;
  const left = (first % columns) * tile + gap;
  const top = Math.floor(first / columns) * tile + gap;
  const picture = element("img", { src: source, alt: "", width: width * scale, height: height * scale });
  Object.assign(picture.style, { marginLeft: `${-left * scale}px`, marginTop: `${-top * scale}px` });
  const frame = element("span", { class: "tiles", role: "img", "aria-label": text }, picture);
  Object.assign(frame.style, { width: `${(count * tile - gap) * scale}px`, height: `${(tile - gap) * scale}px` });
  return frame;
}

const captioned = (picture, ...caption) => element("figure", {}, picture, element("figcaption", {}, ...caption));

// Scales

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
  if (!(low > 0)) return [];
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

function linearScale([low, high], [start, end]) {
  return (value) => start + ((value - low) / (high - low || 1)) * (end - start);
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
