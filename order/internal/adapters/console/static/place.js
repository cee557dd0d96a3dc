// Placing an order.

import * as api from "./api.js";
import * as session from "./session.js";
import { announce, el, field, options, setFault } from "./dom.js";

// The test payment methods of the simulated gateway.
const methods = [
  ["", "none: one attempt in five fails by chance"],
  ["sim_success", "sim_success: is charged"],
  ["sim_decline", "sim_decline: is declined"],
  ["sim_unavailable", "sim_unavailable: the gateway fails every time"],
  ["sim_timeout", "sim_timeout: is charged, but the answer is lost"],
];

/** placeForm is a form that shows an order that was placed by calling placed. */
export function placeForm(signal, placed) {
  const customer = el("input", {
    id: "customer", required: true, autocomplete: "off", readonly: session.customer() !== "",
    value: session.customer() || "customer-123",
  });
  const total = el("input", { id: "total", required: true, inputmode: "decimal", autocomplete: "off", value: "50.00" });
  const method = options({ id: "method" }, methods, "sim_success");
  const products = el("datalist", { id: "products" });
  const lines = el("div", { class: "lines" });
  const fault = el("p", { class: "fault", role: "alert", id: "place-fault" });
  const button = el("button", { class: "primary", id: "place" }, "Place the order");
  let key = api.newKey();

  const add = (product = "") => {
    const row = line(product, () => {
      row.remove();
      (lines.querySelector("input") ?? more).focus();
    });
    lines.append(row);
    return row;
  };
  const more = el("button", { type: "button", onclick: () => add().querySelector("input").focus() }, "Add a product");
  add("product-A");
  if (session.may.seeStock()) suggest(products, signal);

  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true; // until there is an answer
    const controls = { customer_id: customer, total_amount: total, payment_method: method };
    const items = [...lines.children].map((row, i) => {
      const [product, quantity] = row.querySelectorAll("input");
      Object.assign(controls, { [`items[${i}].product_id`]: product, [`items[${i}].quantity`]: quantity });
      return { product_id: product.value.trim(), quantity: number(quantity.value) };
    });
    for (const control of Object.values(controls)) setFault(control, "");
    fault.textContent = "";
    const body = { customer_id: customer.value.trim(), items, total_amount: number(total.value), ...(method.value && { payment_method: method.value }) };
    try {
      // The key stays the same until there is an answer: sent twice, placed once.
      const order = await api.post("order", "/api/orders", body, { "Idempotency-Key": key, ...(!session.may.read() && { Prefer: "wait=10" }) });
      key = api.newKey();
      announce(`Order ${order.id} is placed`);
      placed(order);
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500) key = api.newKey();
      fault.textContent = problem.message;
      for (const { field: name, detail } of problem.fields ?? []) controls[name] && setFault(controls[name], detail);
      document.querySelector("#place-form [aria-invalid]")?.focus();
    } finally {
      button.disabled = false;
    }
  };
  return el("section", { class: "card place", "aria-labelledby": "place-heading" },
    el("h2", { id: "place-heading" }, "Place an order"),
    el("form", { id: "place-form", onsubmit: submit, novalidate: true },
      field("Customer", customer),
      el("fieldset", {}, el("legend", {}, "Items"), products, lines, more),
      field("Total", total),
      field("Payment method", method),
      fault, button));
}

function line(product, remove) {
  const id = el("input", { class: "product", list: "products", required: true, autocomplete: "off", value: product });
  const quantity = el("input", { class: "quantity", required: true, inputmode: "numeric", autocomplete: "off", value: "1" });
  return el("div", { class: "line" }, field("Product", id), field("Quantity", quantity),
    el("button", { type: "button", class: "remove", "aria-label": "Remove this product", onclick: remove }, "Remove"));
}

// number reads a text as one; what is none is sent as it is, for the service to say
// what is wrong with it.
const number = (text) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

async function suggest(list, signal) {
  try {
    const { items } = await api.get("inventory", "/api/products", { limit: 200 }, signal);
    list.replaceChildren(...items.map((p) => el("option", { value: p.product_id }, `${p.available} available`)));
  } catch {
    // Only suggestions: the stock view says what is wrong.
  }
}
