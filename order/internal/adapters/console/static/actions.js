// The record of who replayed and discarded what.

import * as session from "./session.js";
import { badge, el, moment, table } from "./dom.js";

/** actionTable shows the newest actions of all services; ask(service) returns a
 * page of one's. */
export async function actionTable(ask) {
  const faults = [];
  const all = await Promise.all(session.settings.services.map(async (service) => {
    try {
      const { items } = await ask(service);
      return items.map((action) => ({ ...action, service }));
    } catch (problem) {
      faults.push(el("p", { class: "fault" }, `${service}: ${problem.message}`));
      return [];
    }
  }));
  const newest = all.flat().sort((a, b) => Date.parse(b.requested_at) - Date.parse(a.requested_at));
  const rows = newest.map((a) => el("tr", {},
    el("td", {}, moment(a.requested_at)), el("td", {}, a.operator), el("td", {}, a.action), el("td", {}, a.service),
    el("td", {}, a.reason), el("td", {}, a.type || "-"),
    el("td", {}, a.order_id ? el("a", { href: `#/orders/${encodeURIComponent(a.order_id)}` }, el("code", {}, a.order_id)) : "-"),
    el("td", {}, badge(a.outcome), a.detail && ` ${a.detail}`)));
  if (!rows.length) rows.push(el("tr", {}, el("td", { colspan: "8", class: "quiet" }, "Nobody did anything yet.")));
  return el("div", {}, faults,
    table("Who did what, and when", ["When (UTC)", "Who", "What", "Service", "Reason", "Type", "Order", "Outcome"], el("tbody", {}, rows), { id: "actions" }),
    el("p", { class: "hint" }, "The newest 50 of each service; orderctl dead actions shows all."));
}
