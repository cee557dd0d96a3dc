// What is in stock, and setting it.

import * as api from "./api.js";
import * as feed from "./feed.js";
import * as session from "./session.js";
import { announce, el, field, moment, number, table } from "./dom.js";

const between = 1000; // ms at least from one look to the next

/** stock is the view. */
export function stock(query, signal) {
  const rows = new Map(); // by the product's id
  const more = new Set(); // products that are shown and on no page
  const body = el("tbody");
  const fault = el("p", { class: "fault", role: "alert" });
  const pages = el("nav", { class: "pages", "aria-label": "Pages" });
  const show = (product) => {
    if (!rows.has(product.product_id)) {
      rows.set(product.product_id, row(product, set));
      body.append(rows.get(product.product_id).node);
    }
    rows.get(product.product_id).show(product);
  };
  const read = async () => {
    try {
      if (!only) {
        const found = await api.get("inventory", "/api/products", { limit: 50, cursor: query.get("cursor") }, signal);
        found.items.forEach(show);
        pages.replaceChildren(...turns(query, found.next_cursor));
        for (const { product_id: id } of found.items) more.delete(id);
      }
      for (const id of more) show(await api.get("inventory", path(id), {}, signal));
      fault.textContent = "";
    } catch (problem) {
      if (!signal.aborted) fault.textContent = problem.message;
    }
  };
  const set = async (id, available) => {
    try {
      show(await api.put("inventory", path(id), { available }));
      more.add(id);
      announce(`${id}: ${available} available`);
      fault.textContent = "";
    } catch (problem) {
      fault.textContent = `${id}: ${problem.message}`;
    }
  };
  const only = query.get("product");
  if (only) more.add(only);
  let waiting = false;
  feed.listen({
    event() {
      if (waiting) return;
      waiting = true; // many events, one look
      setTimeout(() => {
        waiting = false;
        if (!signal.aborted) read();
      }, between);
    },
    live: (connected) => connected && read(),
  }, signal);
  if (!feed.state.live) read();
  const header = ["Product", number("Available"), number("Reserved"), number("Sold"), "Updated (UTC)", ...(session.may.setStock() ? ["Set"] : [])];
  return [
    el("h1", { tabindex: "-1" }, "Stock"), fault,
    el("section", { class: "card" }, find(only), table("Stock", header, body, { id: "stock" }), pages),
    session.may.setStock() && newProduct(set),
  ].filter(Boolean);
}

const path = (id) => `/api/products/${encodeURIComponent(id)}`;

function find(only) {
  const input = el("input", { id: "find-product", autocomplete: "off", value: only ?? "" });
  const submit = (event) => {
    event.preventDefault();
    location.hash = input.value.trim() ? `#/stock?${new URLSearchParams({ product: input.value.trim() })}` : "#/stock";
  };
  return el("form", { class: "row", role: "search", onsubmit: submit },
    field("Product", input), el("button", { id: "find" }, "Find"), only && el("a", { href: "#/stock" }, "All products"));
}

function row(product, set) {
  const id = product.product_id;
  const cells = ["available", "reserved", "sold"].map((name) => [name, el("td", { class: "number" })]);
  const updated = el("td");
  const input = el("input", { class: "quantity", inputmode: "numeric", value: product.available, "aria-label": `Available of ${id}` });
  const submit = (event) => {
    event.preventDefault();
    set(id, typed(input));
  };
  return {
    node: el("tr", { "data-product": id }, el("th", { scope: "row" }, id), cells.map(([, cell]) => cell), updated,
      session.may.setStock() && el("td", {}, el("form", { class: "row set", onsubmit: submit },
        input, el("button", { "aria-label": `Set available of ${id}` }, "Set")))),
    show(now) {
      for (const [name, cell] of cells) cell.textContent = now[name];
      // An old number must not be there to be set again, but what is being typed stays.
      const untouched = input.value === input.defaultValue && document.activeElement !== input;
      if (untouched || input.value === String(now.available)) input.defaultValue = input.value = now.available;
      updated.replaceChildren(moment(now.updated_at));
    },
  };
}

function newProduct(set) {
  const id = el("input", { id: "new-product", required: true, autocomplete: "off" });
  const available = el("input", { id: "new-available", inputmode: "numeric", value: "10" });
  const submit = (event) => {
    event.preventDefault();
    set(id.value.trim(), typed(available));
  };
  return el("section", { class: "card narrow-left", "aria-labelledby": "add-heading" },
    el("h2", { id: "add-heading" }, "Add a product"),
    el("form", { class: "row", onsubmit: submit }, field("Product", id), field("Available", available), el("button", {}, "Add")));
}

// typed reads a number; what is none is sent for the service to refuse.
const typed = ({ value }) => (value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value);

function turns(query, cursor) {
  const to = (text, value) => el("a", { href: `#/stock${value ? `?cursor=${encodeURIComponent(value)}` : ""}` }, text);
  return [query.get("cursor") && to("First"), cursor && to("More", cursor)].filter(Boolean);
}
