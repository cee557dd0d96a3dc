// The list of orders, and the form that places one.

import * as api from "./api.js";
import * as session from "./session.js";
import { amount, badge, el, moment, outcome } from "./dom.js";
import { placeForm } from "./place.js";

/** orders is the view. */
export function orders(query, signal) {
  const placed = el("p", { class: "notice", id: "placed", hidden: true });
  const form = session.may.place() && placeForm(signal, (order) => {
    if (session.may.read()) location.hash = `#/orders/${encodeURIComponent(order.id)}`;
    else placed.replaceChildren(`Order ${order.id} is `, badge(order.status, outcome(order)));
    placed.hidden = session.may.read();
  });
  return [el("h1", { tabindex: "-1" }, "Orders"), el("div", { class: "columns" }, form && el("div", {}, form, placed))];
}
