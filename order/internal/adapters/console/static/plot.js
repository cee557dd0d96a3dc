// Curves over the last minutes.

import { el, heads, number, svg } from "./dom.js";

const height = 200; // px
const margin = { left: 48, right: 12, top: 10, bottom: 24 };

/** plot draws curves of values, null where nothing is known, whose last one is of
 * now. It returns nothing: it fills the figure. */
export function plot(figure, { title, unit, times, series, known }) {
  const parts = (figure.parts ??= frame(figure, title));
  const width = Math.max(figure.clientWidth, 280);
  const top = nice(Math.max(1, ...series.flatMap((s) => s.values.filter((v) => v !== null))));
  const x = (i) => margin.left + (i * (width - margin.left - margin.right)) / Math.max(1, times.length - 1);
  const y = (value) => height - margin.bottom - (value * (height - margin.top - margin.bottom)) / top;
  const nodes = [];
  const unknown = times.findIndex((at) => at >= known);
  if (unknown !== 0) {
    const until = unknown < 0 ? x(times.length - 1) : x(unknown);
    nodes.push(svg("rect", { class: "unknown", x: margin.left, y: margin.top, width: until - margin.left, height: height - margin.top - margin.bottom }));
  }
  for (const value of [0, top / 2, top]) {
    nodes.push(svg("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }));
    nodes.push(svg("text", { x: margin.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(value)));
  }
  const minute = 60_000;
  const now = times.at(-1);
  times.forEach((at, i) => {
    const ago = Math.round((now - at) / minute);
    if ((now - at) % minute === 0) {
      const anchor = i === 0 ? "start" : ago === 0 ? "end" : "middle";
      nodes.push(svg("text", { x: x(i), y: height - 6, "text-anchor": anchor }, ago ? `${ago} min ago` : "now"));
    }
  });
  for (const { colour, values } of series) {
    let path = "";
    values.forEach((value, i) => {
      if (value !== null) path += `${values[i - 1] == null ? "M" : "L"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    });
    // A value between two unknown ones is a line of no length, which has round ends.
    nodes.push(svg("g", { class: colour }, svg("path", { class: "curve", "stroke-linecap": "round", d: path.replace(/M([\d. ]+)(?=M|$)/g, "M$1L$1") })));
  }
  parts.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  parts.svg.replaceChildren(...nodes);
  parts.svg.setAttribute("aria-label", `${title}. ${series.map((s) => `${s.name}: ${shown(last(s.values))} ${unit}`).join(", ")}.`);
  parts.legend.replaceChildren(...series.map((s) => el("li", { class: s.colour },
    svg("svg", { viewBox: "0 0 24 8", width: "24", height: "8", "aria-hidden": "true" }, svg("path", { class: "curve", d: "M0 4H24" })),
    ` ${s.name} `, el("strong", {}, shown(last(s.values))), ` ${unit}`)));
  if (parts.details.open) {
    parts.table.replaceChildren(
      el("thead", {}, el("tr", {}, heads(["Time (UTC)", ...series.map((s) => number(`${s.name} (${unit})`))]))),
      el("tbody", {}, times.map((at, i) => el("tr", {}, el("td", {}, new Date(at).toISOString().slice(11, 19)),
        series.map((s) => el("td", { class: "number" }, shown(s.values[i]))))).reverse()));
  }
}

function frame(figure, title) {
  const parts = {
    svg: svg("svg", { class: "plot", role: "img" }),
    legend: el("ul", { class: "legend" }),
    table: el("table"),
  };
  parts.details = el("details", {}, el("summary", {}, "As a table"), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, parts.table));
  figure.replaceChildren(el("figcaption", {}, title), parts.legend, parts.svg, parts.details);
  return parts;
}

// last is the newest bucket that is over: the present one has only begun.
const last = (values) => values.at(-2) ?? null;
const shown = (value) => (value === null ? "-" : value >= 100 ? value.toFixed(0) : String(Math.round(value * 10) / 10));

// nice rounds up to 1, 2 or 5 times a power of ten.
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value);
}
