// A saga as it goes from service to service: a lane for each, a card for each event,
// and a line from what caused it.

import { badge, el, svg } from "./dom.js";

const services = ["order", "inventory", "payment", "notification"];

// Events after which something is given back or not done.
const setbacks = new Set(["InventoryUnavailable", "PaymentFailed", "OrderCancelled"]);

/** lanes returns a node, and draw(about) that shows in it what is known. */
export function lanes(signal) {
  const heads = el("div", { class: "lanes" });
  const list = el("ol", { class: "steps" });
  const arrows = svg("svg", { class: "arrows", "aria-hidden": "true" });
  const cards = new Map(); // by the event's id
  let steps = [];
  const connect = () => draw(arrows, list, steps, cards);
  const observer = new ResizeObserver(connect);
  observer.observe(list);
  signal.addEventListener("abort", () => observer.disconnect());
  return {
    node: el("section", { class: "saga", "aria-label": "The order's saga" }, heads, el("div", { class: "board" }, arrows, list)),
    draw(about) {
      heads.replaceChildren(...services.map((service) => head(service, about)));
      steps = inCausalOrder([...about.events, ...told(about.notifications)]);
      for (const [i, step] of steps.entries()) {
        if (!cards.has(step.id)) cards.set(step.id, el("li", { class: `step ${step.service}${setbacks.has(step.type) ? " setback" : ""}` }));
        cards.get(step.id).replaceChildren(...card(step, steps[i - 1]));
      }
      list.replaceChildren(...steps.map((step) => cards.get(step.id)));
      connect();
    },
  };
}

// told makes steps of what notification has told the customer.
function told(notifications) {
  return notifications.filter((n) => n.delivered_at).map((n) => ({
    id: `told-${n.event_id}`, type: `Told of ${n.type}`, service: "notification", time: n.delivered_at, causation_id: n.event_id,
  }));
}

function card(step, before) {
  const since = before && Date.parse(step.time) - Date.parse(before.time);
  return [
    el("span", { class: "service" }, step.service),
    el("strong", {}, step.type),
    el("span", { class: "since" }, since == null ? el("time", { datetime: step.time }, step.time.slice(11, 23)) : `${since < 0 ? "" : "+"}${since} ms`,
      step.attempts > 1 && ` · ${step.attempts} attempts`),
  ];
}

// head shows where a service stands with the order.
function head(service, about) {
  const [state, detail] = states[service](about);
  return el("div", { class: `lane ${service}`, "data-service": service },
    el("h2", {}, service), badge(state ?? "waiting", state ?? "waiting"), el("span", { class: "detail" }, detail ?? ""));
}

const happened = (about, type) => about.events.some((e) => e.type === type);

// first returns the first state whose event has happened.
const first = (about, pairs) => pairs.find(([type]) => happened(about, type))?.[1];

const states = {
  order: ({ order }) => [order?.status],
  inventory: (about) => [about.reservation?.status ?? first(about, [
    ["InventoryUnavailable", "REJECTED"], ["InventoryReleased", "RELEASED"], ["InventoryReserved", "RESERVED"],
  ])],
  payment: (about) => {
    const p = about.payment;
    const state = p?.status ?? first(about, [
      ["PaymentRefunded", "REFUNDED"], ["PaymentFailed", "FAILED"], ["PaymentProcessed", "PROCESSED"],
    ]);
    return [state, p?.attempts ? `${p.attempts === 1 ? "1 attempt" : `${p.attempts} attempts`}${p.failure_reason ? `, ${p.failure_reason}` : ""}` : ""];
  },
  notification: ({ notifications }) => {
    const sent = notifications.filter((n) => n.delivered_at).length;
    if (!notifications.length) return [];
    return [sent === notifications.length ? "sent" : "sending", `${sent} of ${notifications.length}`];
  },
};

// inCausalOrder sorts by time, and puts every event behind the one that caused it:
// the services' clocks may disagree, their causes don't.
function inCausalOrder(steps) {
  const byTime = steps.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time));
  const byID = new Map(byTime.map((step) => [step.id, step]));
  const sorted = new Set();
  for (let step of byTime) {
    const chain = [];
    for (; step && !sorted.has(step) && !chain.includes(step); step = byID.get(step.causation_id)) chain.unshift(step);
    for (const next of chain) sorted.add(next);
  }
  return [...sorted];
}

// draw connects the cards, where the lanes stand side by side.
function draw(arrows, list, steps, cards) {
  arrows.replaceChildren();
  const box = list.getBoundingClientRect();
  arrows.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  for (const step of steps) {
    const from = cards.get(step.causation_id)?.getBoundingClientRect();
    const to = cards.get(step.id)?.getBoundingClientRect();
    if (!from || !to) continue;
    const x = (at) => Math.round(at - box.left);
    const y = (at) => Math.round(at - box.top);
    let [end, path] = [];
    if (from.bottom > to.top) { // beside each other
      end = [x(to.left), y(to.top + to.height / 2)];
      path = `M${x(from.right)} ${end[1]}H${end[0]}`;
    } else {
      const begin = [x(from.left + from.width / 2), y(from.bottom)];
      end = [x(to.left + to.width / 2), y(to.top)];
      const bend = (end[1] - begin[1]) / 2;
      path = `M${begin}C${begin[0]} ${begin[1] + 2 * bend} ${end[0]} ${end[1] - 2 * bend} ${end}`;
    }
    arrows.append(svg("g", { class: step.service }, svg("path", { d: path }), svg("circle", { cx: end[0], cy: end[1], r: 3.5 })));
  }
}
