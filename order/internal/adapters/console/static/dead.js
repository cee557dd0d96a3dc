// Dead letters: what the services could not handle. Each is asked for its own; the
// names of things are those of orderctl dead.

import * as api from "./api.js";
import * as session from "./session.js";
import { announce, el, field, number, table } from "./dom.js";
import { actionTable } from "./actions.js";
import { confirmed } from "./confirm.js";
import { letters } from "./letters.js";

// Why messages become dead letters.
const meanings = {
  malformed: "It is no CloudEvent in JSON.",
  unsupported_version: "It has another version of CloudEvents.",
  unknown_type: "It is no event of this system.",
  too_large: "It is larger than 256 KiB.",
  invalid: "Its data breaks the contract.",
  contradiction: "It can't follow from what happened to the order: a restored backup, or a foreign publisher.",
  unknown_order: "The order service never took this order.",
  failed: "Its handler failed five times.",
  panic: "Its handler failed five times.",
  delivery_limit: "It was delivered 100 times without an acknowledgement.",
};

/** dead is the view. */
export function dead(query, signal) {
  const groups = el("tbody");
  const found = el("div");
  const actions = el("div");
  const faults = el("div", { role: "alert" });
  const result = el("p", { class: "notice", id: "result", tabindex: "-1", hidden: true });
  const chosen = query.get("service") && { service: query.get("service"), reason: query.get("reason"), type: query.get("type") ?? "" };

  const read = async () => {
    faults.replaceChildren();
    const summaries = await each((service) => api.get(service, "/api/dead-letters/summary", {}, signal), faults);
    if (signal.aborted) return;
    const rows = summaries.flatMap(([service, summary]) => rowsOf(service, summary, act));
    groups.replaceChildren(...(rows.length ? rows : [el("tr", {}, el("td", { colspan: "5", class: "quiet" }, "No message waits."))]));
    if (chosen) found.replaceChildren(await letters(chosen, query.get("cursor"), act, signal));
    actions.replaceChildren(await actionTable((service, cursor) => api.get(service, "/api/dead-letter-actions", { limit: 50, cursor }, signal)));
  };
  // act does something with messages, says what came of it, and looks again.
  const act = async (button, work) => {
    button.disabled = true;
    let text;
    try {
      text = await work();
    } catch (problem) {
      text = problem.message;
    }
    button.disabled = false;
    if (text === undefined || signal.aborted) return; // it was not meant
    result.textContent = text;
    result.hidden = false;
    announce(text);
    result.focus();
    await read();
  };
  read();
  return [
    el("h1", { tabindex: "-1" }, "Dead letters"),
    el("p", {}, "Messages that a service could not handle wait here until somebody replays or discards them. Looking takes nothing away."),
    result, faults,
    el("section", { class: "card", "aria-labelledby": "groups-heading" },
      el("h2", { id: "groups-heading" }, "What waits, by cause"),
      el("div", { class: "row" }, !session.settings.authentication && operator(), el("button", { id: "look", onclick: (event) => act(event.target, async () => "Looked again.") }, "Look again")),
      table("What waits, by cause", ["Service", "Reason", "Type", number("Count"), "Do"], groups, { id: "groups" })),
    found,
    el("section", { class: "card", "aria-labelledby": "actions-heading" },
      el("h2", { id: "actions-heading" }, "Who did what, and when"), actions),
  ];
}

// each asks all services that can be asked, and returns the answers of those that
// did.
async function each(ask, faults) {
  const answers = await Promise.all(session.settings.services.map(async (service) => {
    try {
      return [service, await ask(service)];
    } catch (problem) {
      if (problem.status !== undefined) faults.append(el("p", { class: "fault" }, `${service}: ${problem.message}`));
      return null;
    }
  }));
  return answers.filter(Boolean);
}

function operator() {
  const input = el("input", { id: "operator", autocomplete: "off", value: session.operator(), oninput: () => session.setOperator(input.value) });
  return field("Your name, for the record", input);
}

function rowsOf(service, summary, act) {
  const unseen = summary.waiting - summary.seen;
  const rows = summary.groups.map((group) => {
    const name = [group.reason, group.type].filter(Boolean).join(", ");
    const all = summary.groups.filter((g) => !group.type && g.reason === group.reason).reduce((sum, g) => sum + g.count, 0) || group.count;
    const body = { reason: group.reason, ...(group.type && { type: group.type }) };
    const behind = unseen > 0 ? `, and those like them among the ${unseen} that were not looked at` : "";
    const query = new URLSearchParams({ service, reason: group.reason, type: group.type });
    const replay = (event) => act(event.target, () => onGroup(service, "replay", body));
    const discard = (event) => act(event.target, async () => {
      const sure = await confirmed(`Discard ${messages(all)} of ${service}${behind}?`, `${name}: they are gone afterwards, and what they would have done is not done.`, "Discard");
      return sure ? onGroup(service, "discard", body) : undefined;
    });
    return el("tr", { "data-service": service, "data-reason": group.reason },
      el("td", {}, service),
      el("td", {}, el("a", { href: `#/dead-letters?${query}` }, el("code", {}, group.reason)), el("span", { class: "hint" }, meanings[group.reason] ?? "")),
      el("td", {}, group.type || "-"), el("td", { class: "number" }, group.count),
      el("td", {}, el("div", { class: "actions" },
        el("button", { onclick: replay, "aria-label": `Replay all: ${service}, ${name}` }, `Replay ${all}`),
        el("button", { class: "danger", onclick: discard, "aria-label": `Discard all: ${service}, ${name}` }, `Discard ${all}`))));
  });
  if (unseen > 0) {
    rows.push(el("tr", { "data-service": service },
      el("td", {}, service), el("td", { colspan: "2", class: "quiet" }, "(not looked at)", el("span", { class: "hint" }, "One look goes through the oldest 10,000.")),
      el("td", { class: "number" }, unseen), el("td")));
  }
  return rows;
}

const messages = (n) => (n === 1 ? "1 message" : `${n} messages`);

// onGroup asks again until nothing is left, or no more can be done: no more than
// waited when it began, since what is replayed may come back at once. The service
// looks at its oldest 10,000 each time; what it finds none of the group among may
// still have some behind them.
async function onGroup(service, verb, body) {
  let done = 0;
  let first;
  for (;;) {
    const tally = await api.post(service, `/api/dead-letters/${verb}`, body, api.asOperator());
    first ??= tally.done + tally.left + tally.unseen;
    done += tally.done;
    const did = `${verb === "replay" ? "Replayed" : "Discarded"} ${messages(done)} of ${service}`;
    if (tally.left + tally.unseen === 0) return `${did}.`;
    if (tally.done === 0 || done >= first) return `${did}; ${remaining(tally)}.`;
    announce(did);
  }
}

function remaining({ left, unseen }) {
  const behind = unseen > 0 && `${messages(unseen)} behind the oldest 10,000 not looked at`;
  return [(left > 0 || !behind) && `${messages(left)} left`, behind].filter(Boolean).join(", ");
}
