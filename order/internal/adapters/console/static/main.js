// Which view is shown: the part of the address behind the # says it.

import * as session from "./session.js";
import { el } from "./dom.js";
import { tokenForm, caller } from "./token.js";
import { orders } from "./orders.js";
import { saga } from "./saga.js";
import { stock } from "./stock.js";
import { rates } from "./rates.js";
import { dead } from "./dead.js";
import * as feed from "./feed.js";

const { may } = session;

// A view is made by show(part of the path, query, signal), which ends when another
// one is shown. The first that the caller may see is where the console begins.
const views = [
  { path: "orders", title: "Orders", allowed: () => may.read() || may.place(), show: orders, one: saga },
  { path: "stock", title: "Stock", allowed: may.seeStock, show: stock },
  { path: "rates", title: "Rates", allowed: may.read, show: rates },
  { path: "dead-letters", title: "Dead letters", allowed: may.operate, show: dead },
];

const main = document.getElementById("main");
let shown = new AbortController();

/** route shows what the address says. */
function route() {
  shown.abort();
  shown = new AbortController();
  document.getElementById("caller").replaceChildren(...caller(leave));
  if (!session.known()) {
    document.getElementById("nav").replaceChildren();
    return mount("Token", tokenForm(start));
  }
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, part] = path.split("/");
  const allowed = views.filter((view) => view.allowed());
  const view = allowed.find((v) => v.path === name) ?? allowed[0];
  document.getElementById("nav").replaceChildren(...links(allowed, view));
  if (!view) {
    return mount("Nothing here", el("h1", { tabindex: "-1" }, "This token allows nothing here"),
      el("p", {}, `Its scopes: ${session.scopes().join(", ") || "none"}.`));
  }
  const query = new URLSearchParams(search);
  if (part && view.one) return mount(view.title, view.one(decoded(part), query, shown.signal));
  mount(view.title, view.show(query, shown.signal));
}

// decoded undoes an escape; what is none is taken as it is.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function links(allowed, current) {
  return allowed.map((view) => el("a", { href: `#/${view.path}`, "aria-current": view === current && "page" }, view.title));
}

// start begins with a caller who is known, or need not be.
function start() {
  if (session.known() && may.read()) feed.begin();
  route();
}

let begun = false;

// mount shows nodes. After the first time, what is new is where the focus goes, as
// it would with another page.
function mount(title, ...nodes) {
  document.title = `${title} · Orders`;
  main.replaceChildren(...nodes.flat());
  if (begun) (main.querySelector("h1") ?? main).focus();
  begun = true;
}

function leave(reason = "") {
  feed.end();
  session.forget();
  route();
  if (reason) main.querySelector(".fault").textContent = reason;
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the part behind the # is taken
  main.focus();
});
window.addEventListener("unknown-caller", (event) => session.known() && session.settings.authentication && leave(event.detail));

try {
  await session.begin();
  window.addEventListener("hashchange", route); // not before: no view can do without what the session says
  start();
} catch (problem) {
  mount("Not ready", el("h1", { tabindex: "-1" }, "The console can't begin"), el("p", {}, problem.message),
    el("button", { onclick: () => location.reload() }, "Try again"));
}
