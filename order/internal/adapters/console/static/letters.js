// The dead letters of one group, each with its headers and its body.

import * as api from "./api.js";
import { el, moment, table } from "./dom.js";
import { confirmed } from "./confirm.js";

/** letters shows a page of a group. */
export async function letters({ service, reason, type }, cursor, act, signal) {
  const section = el("section", { class: "card", id: "letters", "aria-labelledby": "letters-heading" },
    el("h2", { id: "letters-heading" }, `${service}: ${[reason, type].filter(Boolean).join(", ")}`));
  try {
    const found = await api.getExact(service, "/api/dead-letters", { reason, type, limit: 20, cursor }, signal);
    section.append(...found.items.map((l) => letter(service, l, act)));
    if (!found.items.length) section.append(el("p", { class: "quiet" }, "No message waits for this reason."));
    if (found.next_cursor) {
      const next = new URLSearchParams({ service, reason, type, cursor: found.next_cursor });
      section.append(el("nav", { class: "pages", "aria-label": "Pages" }, el("a", { href: `#/dead-letters?${next}` }, "Older")));
    }
  } catch (problem) {
    section.append(el("p", { class: "fault", role: "alert" }, problem.message));
  }
  return section;
}

function letter(service, l, act) {
  const body = el("div", {}, ...contents(l));
  const one = (verb) => async () => {
    const path = `/api/dead-letters/${encodeURIComponent(l.id)}/${verb}`;
    const action = await api.post(service, path, undefined, api.asOperator());
    const about = `${l.type || "message"} ${l.message_id || l.id} of ${service}`;
    if (action.outcome === "failed") return `The ${about} waits still: ${action.detail}`;
    return `${verb === "replay" ? "Replayed" : "Discarded"}: ${about}.`;
  };
  const discard = async () => {
    const sure = await confirmed("Discard this message?", "It is gone afterwards, and what it would have done is not done.", "Discard");
    return sure ? one("discard")() : undefined;
  };
  const whole = async (event) => {
    try {
      body.replaceChildren(...contents(await api.getExact(service, `/api/dead-letters/${encodeURIComponent(l.id)}`)));
      event.target.remove();
    } catch (problem) {
      event.target.after(el("span", { class: "fault", role: "alert" }, problem.message));
    }
  };
  return el("article", { class: "letter", "data-letter": l.id },
    el("h3", {}, l.type || "(no type)", l.copies > 1 && ` × ${l.copies}`),
    l.detail && el("p", {}, l.detail),
    el("dl", { class: "facts" },
      fact("Order", l.order_id ? el("a", { href: `#/orders/${encodeURIComponent(l.order_id)}` }, el("code", {}, l.order_id)) : "-"),
      fact("Message", el("code", {}, l.message_id || "-")), fact("Routing key", l.original_routing_key || "-"),
      fact("Published (UTC)", moment(l.published_at)), fact("Size", `${l.size} bytes`), fact("Id", el("code", {}, l.id))),
    el("details", {}, el("summary", {}, "Body and headers"), body, l.truncated && el("button", { onclick: whole }, "Show all of it")),
    el("div", { class: "actions" },
      el("button", { onclick: (event) => act(event.target, one("replay")) }, "Replay"),
      el("button", { class: "danger", onclick: (event) => act(event.target, discard) }, "Discard")));
}

const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

function contents(l) {
  const text = l.body_encoding === "json" ? JSON.stringify(l.body, null, 2) : l.body;
  const headers = Object.entries(l.headers).sort();
  return [
    el("pre", { tabindex: "0", "aria-label": `Body, ${l.body_encoding}` }, text, l.truncated && " …"),
    headers.length
      ? table("Headers", ["Header", "Value"], el("tbody", {}, headers.map(([name, value]) =>
        el("tr", {}, el("td", {}, el("code", {}, name)), el("td", {}, typeof value === "string" ? value : JSON.stringify(value))))))
      : el("p", { class: "quiet" }, "No headers of its own."),
  ];
}
