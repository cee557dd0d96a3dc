// The list of orders, and the form that places one.

import * as api from "./api.js";
import * as feed from "./feed.js";
import * as session from "./session.js";
import { amount, badge, el, field, liveness, moment, number, options, outcome, table } from "./dom.js";
import { placeForm } from "./place.js";

const statuses = ["", "PENDING", "COMPLETED", "CANCELLED"];
const reasons = ["", "INVENTORY_UNAVAILABLE", "PAYMENT_FAILED", "TIMEOUT", "CUSTOMER_REQUEST"];
const all = (values) => values.map((value) => [value, value || "all"]);

/** orders is the view. */
export function orders(query, signal) {
  const placed = el("p", { class: "notice", id: "placed", hidden: true });
  const form = session.may.place() && placeForm(signal, (order) => {
    if (session.may.read()) location.hash = `#/orders/${encodeURIComponent(order.id)}`;
    else placed.replaceChildren(`Order ${order.id} is `, badge(order.status, outcome(order)));
    placed.hidden = session.may.read();
  });
  return [
    el("h1", { tabindex: "-1" }, "Orders"),
    el("div", { class: "columns" }, form && el("div", {}, form, placed), session.may.read() && list(query, signal)),
  ];
}

function list(query, signal) {
  const rows = new Map(); // by the order's id
  const body = el("tbody");
  const fault = el("p", { class: "fault", role: "alert" });
  const pages = el("nav", { class: "pages", "aria-label": "Pages" });
  const news = el("button", { id: "news", hidden: true, onclick: () => read() }, "Show new orders");
  const look = looks(rows, signal);
  const missed = new Set(); // orders of which something was told while the list was read
  let fresh = 0, reading = 0;

  const read = async () => {
    fresh = 0;
    news.hidden = true;
    reading++;
    try {
      const found = await api.get("order", "/api/orders", { limit: 20, ...filter(query) }, signal);
      rows.clear();
      for (const order of found.items) rows.set(order.id, row(order));
      body.replaceChildren(...rows.values());
      if (!rows.size) body.append(el("tr", {}, el("td", { colspan: "6", class: "quiet" }, "No orders.")));
      pages.replaceChildren(...turns(query, found.next_cursor));
      fault.textContent = "";
    } catch (problem) {
      if (!signal.aborted) fault.textContent = problem.message;
    }
    if (--reading) return;
    missed.forEach(look);
    missed.clear();
  };
  const live = liveness();
  feed.listen({
    event({ order_id: id, event }) {
      if (event.type === "OrderCreated") {
        fresh++;
        news.hidden = false;
        news.textContent = fresh === 1 ? "1 new order: show it" : `${fresh} new orders: show them`;
      } else if (reading) missed.add(id);
      else look(id);
    },
    live(connected) {
      live.show(connected);
      if (connected) read();
    },
  }, signal);
  if (!feed.state.live) read();
  return el("section", { class: "card", "aria-labelledby": "list-heading" },
    el("h2", { id: "list-heading" }, "Newest first"), live.node, filters(query), news, fault,
    table("Orders", ["Order", "Customer", number("Total"), "Status", "Placed (UTC)", "Items"], body, { id: "orders" }), pages);
}

function row(order) {
  return el("tr", { "data-order": order.id },
    el("td", {}, el("a", { href: `#/orders/${encodeURIComponent(order.id)}` }, el("code", {}, order.id))),
    el("td", {}, order.customer_id),
    el("td", { class: "number" }, amount(order.total_amount)),
    el("td", {}, badge(order.status, outcome(order))),
    el("td", {}, moment(order.created_at)),
    el("td", {}, order.items.map((i) => `${i.product_id}=${i.quantity}`).join(" ")));
}

// looks returns what brings an order's row up to date, if there is one. Answers may come in
// another order than they were asked for, so there is one look at a time at an order, and
// the last begins after the last that was told of it.
function looks(rows, signal) {
  const again = new Map(); // orders that are being looked at: whether something was told since
  return async (id) => {
    if (again.has(id)) return void again.set(id, true);
    do {
      again.set(id, false);
      await update(id, rows, signal);
    } while (again.get(id));
    again.delete(id);
  };
}

// update changes the status in an order's row; the row stays, and with it the focus.
async function update(id, rows, signal) {
  if (!rows.has(id)) return;
  try {
    const order = await api.get("order", `/api/orders/${encodeURIComponent(id)}`, {}, signal);
    rows.get(id)?.children[3].replaceChildren(badge(order.status, outcome(order)));
  } catch {
    // The list shows what it has until it is read again.
  }
}

const names = ["status", "cancellation_reason", "customer_id", "created_from", "created_before", "cursor"];

// filter takes what the service knows of the address. Times are to the minute, in UTC.
function filter(query) {
  return Object.fromEntries(names.map((name) => {
    const value = query.get(name) ?? "";
    return [name, name.startsWith("created_") && value ? `${value}:00Z` : value];
  }));
}

function filters(query) {
  const value = (name) => query.get(name) ?? "";
  const controls = {
    status: options({}, all(statuses), value("status")),
    cancellation_reason: options({}, all(reasons), value("cancellation_reason")),
    customer_id: el("input", { value: value("customer_id"), autocomplete: "off" }),
    created_from: el("input", { type: "datetime-local", value: value("created_from") }),
    created_before: el("input", { type: "datetime-local", value: value("created_before") }),
  };
  for (const [name, control] of Object.entries(controls)) control.id = `filter-${name}`;
  const submit = (event) => {
    event.preventDefault();
    const chosen = Object.entries(controls).map(([name, control]) => [name, control.value.trim()]).filter(([, text]) => text);
    location.hash = `#/orders?${new URLSearchParams(chosen)}`;
  };
  const others = session.customer() === "";
  return el("details", { open: names.some((name) => value(name)) },
    el("summary", {}, "Filter"),
    el("form", { id: "filters", class: "row", onsubmit: submit, role: "search" },
      field("Status", controls.status), field("Reason", controls.cancellation_reason), others && field("Customer", controls.customer_id),
      field("From (UTC)", controls.created_from), field("Before (UTC)", controls.created_before),
      el("button", {}, "Filter"), el("a", { href: "#/orders" }, "All orders")));
}

function turns(query, cursor) {
  const to = (text, value) => {
    const next = new URLSearchParams(query);
    if (value) next.set("cursor", value);
    else next.delete("cursor");
    return el("a", { href: `#/orders?${next}` }, text);
  };
  return [query.get("cursor") && to("Newest"), cursor && to("Older", cursor)].filter(Boolean);
}
