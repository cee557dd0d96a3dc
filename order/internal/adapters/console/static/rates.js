// Rates and latencies of the last minutes.

import * as api from "./api.js";
import * as feed from "./feed.js";
import { el, liveness } from "./dom.js";
import { plot } from "./plot.js";

/** rates is the view. */
export function rates(_, signal) {
  const live = liveness();
  const orders = el("figure", { class: "card", id: "rates" });
  const latencies = el("figure", { class: "card", id: "latencies" });
  const draw = () => {
    const end = Math.floor(api.clock.now() / feed.width) * feed.width;
    const times = Array.from({ length: feed.span / feed.width + 1 }, (_, i) => end - feed.span + i * feed.width);
    const known = feed.state.since;
    const perSecond = (name) => times.map((at) => (at < known ? null : ((feed.state.bucket(at)?.[name] ?? 0) * 1000) / feed.width));
    const quantile = (q) => times.map((at) => (at < known ? null : quantileOf(feed.state.bucket(at)?.latencies, q)));
    plot(orders, {
      title: "Orders a second", unit: "/s", times, known,
      series: [
        { name: "placed", colour: "one", values: perSecond("placed") },
        { name: "completed", colour: "two", values: perSecond("completed") },
        { name: "cancelled", colour: "three", values: perSecond("cancelled") },
      ],
    });
    plot(latencies, {
      title: "From placing an order to its end", unit: "ms", times, known,
      series: [
        { name: "p50", colour: "one", values: quantile(0.5) },
        { name: "p95", colour: "two", values: quantile(0.95) },
        { name: "p99", colour: "three", values: quantile(0.99) },
      ],
    });
  };
  feed.listen({ event() {}, live: live.show }, signal);
  const timer = setInterval(() => document.hidden || draw(), 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  requestAnimationFrame(draw); // the figures have a width by then
  return [
    el("h1", { tabindex: "-1" }, "Rates"),
    el("p", { class: "quiet" }, `The last ${feed.span / 60_000} minutes, each point ${feed.width / 1000} seconds. Grey is what this page has not seen.`),
    live.node, orders, latencies,
  ];
}

function quantileOf(values, q) {
  if (!values?.length) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
