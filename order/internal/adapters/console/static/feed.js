// What happens to all orders: kept for the plots of the last minutes, and told to
// whoever shows a list.

import * as api from "./api.js";
import { follow } from "./stream.js";

export const span = 300_000; // ms that are kept
export const width = 5_000; // ms of a bucket
const mostPages = 5; // of the past
const mostLatencies = 500; // of a bucket; more are thinned out

const told = new Set(["OrderCreated", "OrderConfirmed", "OrderCancelled", "PaymentRefunded"]);
const listeners = new Set();

let current = new AbortController();
let buckets, pending, from, missed;

/** state is what there is to show. */
export const state = {
  live: false,
  /** since is when what is known begins. */
  get since() {
    return from;
  },
  bucket: (at) => buckets.get(Math.floor(at / width)),
};

/** listen has event called for each event that changes an order's status, and live
 * when the connection comes and goes: now, and what was read before it came may be
 * out of date. */
export function listen(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
  listener.live(state.live);
}

function setLive(connected) {
  state.live = connected;
  for (const listener of listeners) listener.live(connected);
}

/** begin follows all orders that the caller may see. */
export function begin() {
  end();
  current = new AbortController();
  [buckets, pending, from, missed] = [new Map(), new Map(), Infinity, []];
  const { signal } = current;
  follow("/api/events", {
    event(type, data) {
      if (!told.has(type)) return; // unread: under load there are many
      const event = JSON.parse(data);
      if (missed) missed.push(event);
      else take(event);
      for (const listener of listeners) listener.event(event);
    },
    live(connected) {
      setLive(connected);
      if (connected && from === Infinity) readPast(signal);
    },
    refused() {
      setLive(false);
    },
  }, signal);
}

/** end forgets all of it. */
export function end() {
  current.abort();
  setLive(false);
}

// A page that was out of sight for long begins anew, instead of reading all of
// what has happened since.
let hidden = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hidden = Date.now();
  else if (!current.signal.aborted && Date.now() - hidden > span) begin();
});

// readPast reads the orders of the last minutes. What happens meanwhile waits in
// missed, and may be in the past already.
async function readPast(signal) {
  const begin = api.clock.now() - span;
  from = begin;
  const past = new Map();
  try {
    let cursor = "";
    for (let page = 0; page < mostPages && cursor !== null; page++) {
      const query = { created_from: new Date(begin).toISOString(), limit: 200, cursor };
      const found = await api.get("order", "/api/orders", query, signal);
      for (const order of found.items) past.set(order.id, order);
      cursor = found.next_cursor;
    }
    if (cursor !== null) from = Date.parse([...past.values()].at(-1).created_at);
  } catch {
    from = api.clock.now(); // what comes is known all the same
  }
  if (signal.aborted) return;
  for (const order of past.values()) takeOrder(order);
  for (const event of missed) {
    const order = past.get(event.order_id);
    const known = order && (event.event.type === "OrderCreated" || order.status !== "PENDING");
    if (!known) take(event);
  }
  missed = null;
}

function takeOrder(order) {
  const placed = Date.parse(order.created_at);
  count(placed).placed++;
  if (order.status === "PENDING") {
    pending.set(order.id, placed);
    return;
  }
  const last = Date.parse(order.updated_at);
  if (!order.refunded_at) ended(order.status, last, last - placed); // a refund is an update, too
}

function take({ order_id: id, event: { type, time } }) {
  const at = Date.parse(time);
  if (type === "OrderCreated") {
    count(at).placed++;
    pending.set(id, at);
  } else if (type !== "PaymentRefunded") {
    const placed = pending.get(id);
    pending.delete(id);
    ended(type === "OrderConfirmed" ? "COMPLETED" : "CANCELLED", at, placed && at - placed);
  }
}

function ended(status, at, latency) {
  const bucket = count(at);
  bucket[status === "COMPLETED" ? "completed" : "cancelled"]++;
  if (latency === undefined) return;
  bucket.ended++;
  if (bucket.latencies.length < mostLatencies) bucket.latencies.push(latency);
  else if (Math.random() * bucket.ended < mostLatencies) bucket.latencies[Math.floor(Math.random() * mostLatencies)] = latency;
}

// count returns the bucket of a time, and drops those that are too old.
function count(at) {
  const number = Math.floor(at / width);
  if (!buckets.has(number)) {
    buckets.set(number, { placed: 0, completed: 0, cancelled: 0, ended: 0, latencies: [] });
    const oldest = Math.floor((api.clock.now() - span) / width) - 2;
    for (const old of buckets.keys()) if (old < oldest) buckets.delete(old);
  }
  return buckets.get(number);
}
