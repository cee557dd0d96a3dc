// One order, and its saga as it happens.

import * as api from "./api.js";
import * as session from "./session.js";
import { amount, announce, badge, el, moment, outcome } from "./dom.js";
import { delay, follow } from "./stream.js";
import { lanes } from "./lanes.js";

const settleTries = 12; // how often the services are asked how they ended, with growing pauses

// Why orders are cancelled.
const reasons = {
  INVENTORY_UNAVAILABLE: "Inventory did not have all of it. Nothing was set aside, and nobody is charged.",
  PAYMENT_FAILED: "The payment failed. What inventory had set aside was given back.",
  TIMEOUT: "It was pending for too long. What was set aside or charged is given back.",
  CUSTOMER_REQUEST: "Somebody asked for it. What was set aside or charged is given back.",
};

/** saga is the view of an order. */
export function saga(id, _, signal) {
  const about = { order: null, events: [], reservation: null, payment: null, notifications: [], stock: new Map() };
  const summary = el("div", { id: "order" }, el("p", {}, "Reading the order…"));
  const live = el("p", { class: "live", id: "live" });
  const drawing = lanes(signal);
  const stopped = new AbortController(); // the view is left, or nothing more is to come
  signal.addEventListener("abort", () => stopped.abort());
  const refresh = coalesced(async () => {
    await read(id, about, signal);
    if (!signal.aborted) show();
    if (signal.aborted || !settled(about)) return;
    stopped.abort();
    live.textContent = "Settled";
    live.classList.remove("on");
  });
  const show = () => {
    summary.replaceChildren(...describe(about, refresh));
    drawing.draw(about);
  };
  follow(api.address("order", `/api/orders/${encodeURIComponent(id)}/events`), {
    event(type, data) {
      const { event } = JSON.parse(data);
      if (about.events.some((e) => e.id === event.id)) return;
      about.events.push(event);
      announce(`${event.type}, ${event.service}`);
      drawing.draw(about);
      refresh();
    },
    live(connected) {
      live.textContent = connected ? "Live" : "Not live: the connection was lost, and is tried again.";
      live.classList.toggle("on", connected);
      if (!connected) refresh();
    },
    refused(problem) {
      live.textContent = problem.message;
      live.classList.remove("on");
    },
  }, stopped.signal);

  refresh().then(() => settle(about, refresh, stopped.signal));
  return [
    el("p", {}, el("a", { href: "#/orders" }, "All orders")),
    el("h1", { tabindex: "-1" }, "Order ", el("code", {}, id)),
    summary, live, drawing.node,
  ];
}

const ended = (order) => order?.status === "COMPLETED" || order?.status === "CANCELLED";

// settle asks the services until each has come to its end: not all of that is told
// by events.
async function settle(about, refresh, signal) {
  let pause = 250;
  for (let tries = 0; tries < settleTries && !signal.aborted && about.problem?.status !== 404; ) {
    await delay(ended(about.order) ? pause : 1000, signal);
    if (about.order?.status === "PENDING") continue; // its events say when to look
    if (!signal.aborted) await refresh();
    tries++;
    pause = Math.min(2 * pause, 4000);
  }
}

// ends are the events that go with a payment's state.
const ends = { PROCESSED: ["PaymentProcessed"], FAILED: ["PaymentFailed"], REFUNDED: ["PaymentProcessed", "PaymentRefunded"], VOIDED: [] };

// settled tells whether nothing more is to come: no service has anything to do for
// the order, and all events that have led there are known.
function settled({ order, events, reservation, payment, notifications }) {
  if (!ended(order)) return false;
  const completed = order.status === "COMPLETED";
  const happened = new Set(events.map((event) => event.type));
  const last = completed ? "OrderConfirmed" : "OrderCancelled";
  const expected = [last, ...(ends[payment?.status] ?? []), ...(!completed && happened.has("InventoryReserved") ? ["InventoryReleased"] : [])];
  const ids = new Set(events.map((event) => event.id));
  return expected.every((type) => happened.has(type))
    && events.every((event) => !event.causation_id || ids.has(event.causation_id))
    && (!session.may.operate() || !session.configured("inventory") || ["COMMITTED", "RELEASED", "REJECTED"].includes(reservation?.status))
    && (!session.configured("payment") || (payment?.status in ends && (completed || payment.status !== "PROCESSED")))
    && (!session.configured("notification") || (notifications.some((n) => n.type === last) && notifications.every((n) => n.delivered_at)));
}

// read asks every service about the order. What can't be had is left as it was.
async function read(id, about, signal) {
  const path = encodeURIComponent(id);
  const ask = async (allowed, service, address, query, take) => {
    if (!allowed || !session.configured(service)) return;
    try {
      take(await api.get(service, address, query, signal));
    } catch (problem) {
      if (service === "order") about.problem = problem;
    }
  };
  const operator = session.may.operate();
  await Promise.all([
    ask(true, "order", `/api/orders/${path}`, {}, (order) => Object.assign(about, { order, problem: null })),
    ask(operator, "inventory", "/api/reservations", { order_id: id }, ({ items }) => (about.reservation = items[0] ?? null)),
    ask(true, "payment", `/api/payments/${path}`, {}, (payment) => (about.payment = payment)),
    ask(true, "notification", "/api/notifications", { order_id: id }, ({ items }) => (about.notifications = items)),
  ]);
  if (about.order?.cancellation_reason !== "INVENTORY_UNAVAILABLE" || about.stock.size > 0 || !session.may.seeStock()) return;
  await Promise.all(about.order.items.map(({ product_id: product }) => ask(true, "inventory", `/api/products/${encodeURIComponent(product)}`, {},
    ({ available }) => about.stock.set(product, available))));
}

function describe(about, refresh) {
  const { order, problem } = about;
  if (!order) return [el("p", { class: "fault", role: "alert" }, problem?.message ?? "")];
  const fault = el("p", { class: "fault", role: "alert" });
  const cancel = async (event) => {
    event.target.disabled = true;
    try {
      await api.post("order", `/api/orders/${encodeURIComponent(order.id)}/cancel`);
      await refresh();
    } catch (refusal) {
      fault.textContent = refusal.message;
      event.target.disabled = false;
    }
  };
  return [
    el("p", { class: "outcome" }, badge(order.status, outcome(order)),
      order.cancellation_reason && el("span", { id: "why" }, why(about)),
      order.status === "PENDING" && session.may.cancel() && el("button", { id: "cancel", onclick: cancel }, "Cancel the order")),
    fault,
    el("dl", { class: "facts" },
      fact("Customer", order.customer_id), fact("Total", amount(order.total_amount)),
      fact("Items", order.items.map((i) => `${i.product_id}=${i.quantity}`).join(" ")),
      fact("Payment method", order.payment_method ?? "-"), fact("Placed (UTC)", moment(order.created_at)),
      order.refunded_at && fact("Refunded (UTC)", moment(order.refunded_at))),
  ];
}

const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

function why({ order, payment, stock }) {
  const text = reasons[order.cancellation_reason] ?? "";
  if (stock.size > 0) {
    const lines = order.items.map(({ product_id: id, quantity }) => `${id}: ${quantity} ordered, ${stock.get(id) ?? "none"} available now`);
    return `${text} ${lines.join("; ")}.`;
  }
  if (order.cancellation_reason !== "PAYMENT_FAILED" || !payment?.failure_reason) return text;
  return `${text} The gateway's word: ${payment.failure_reason}, after ${attempts(payment.attempts)}.`;
}

const attempts = (n) => (n === 1 ? "1 attempt" : `${n} attempts`);

// coalesced makes of calls that come while one is running a single one after it.
function coalesced(work) {
  let running = null;
  let again = false;
  return () => {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await work();
      }
      running = null;
    })();
    return running;
  };
}
