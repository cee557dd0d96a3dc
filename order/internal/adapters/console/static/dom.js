// Nodes are made of texts, never of markup: much of what is shown was written by
// others.

/** el makes an element. Attributes that are functions listen to the event they are
 * named after (onclick); false, null and undefined are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

/** svg makes an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** number is the name of a column of numbers. */
export const number = (text) => ({ text, class: "number" });

/** table makes a table that can be scrolled on its own where it doesn't fit. */
export function table(caption, header, body, attributes = {}) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", attributes,
      el("caption", { class: "visually-hidden" }, caption),
      el("thead", {}, el("tr", {}, heads(header))),
      body));
}

/** heads are the cells of a table's header. */
export function heads(header) {
  return header.map((h) => el("th", { scope: "col", class: h.class }, h.text ?? h));
}

/** announce has screen readers say something. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** moment shows a time in UTC, as orderctl and the logs do. */
export function moment(text) {
  if (!text) return "-";
  return el("time", { datetime: text, title: text }, text.slice(0, 19).replace("T", " "));
}

/** amount shows money with its two decimals. */
export const amount = (value) => (value == null ? "-" : value.toFixed(2));

/** badge shows a status. Its colour says nothing that its text doesn't. */
export function badge(status, text = status) {
  return el("span", { class: `badge ${status.toLowerCase().replaceAll("_", "-")}` }, text);
}

/** outcome is an order's status, and why it was cancelled: as orderctl has it. */
export function outcome(order) {
  let text = order.status;
  if (order.cancellation_reason) text += ` (${order.cancellation_reason})`;
  if (order.refunded_at) text += ", refunded";
  return text;
}

/** liveness makes a text that says whether what is shown is kept up to date. */
export function liveness() {
  const node = el("p", { class: "live" });
  return {
    node,
    show(connected) {
      node.textContent = connected ? "Live" : "Not live: the connection is tried again.";
      node.classList.toggle("on", connected);
    },
  };
}

let ids = 0;

/** field makes a labelled control; its hint and its fault are read with it. */
export function field(label, control, hint) {
  control.id ||= `field-${++ids}`;
  const fault = el("span", { class: "fault", id: `${control.id}-fault` });
  control.setAttribute("aria-describedby", [hint && `${control.id}-hint`, fault.id].filter(Boolean).join(" "));
  return el("div", { class: "field" },
    el("label", { for: control.id }, label), control,
    hint && el("span", { class: "hint", id: `${control.id}-hint` }, hint), fault);
}

/** setFault shows what is wrong with a control's value; "" for nothing. */
export function setFault(control, text) {
  document.getElementById(`${control.id}-fault`).textContent = text;
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

/** options makes a select of [value, text]. */
export function options(attributes, pairs, chosen) {
  return el("select", attributes,
    pairs.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
}
