// The token of a caller, where the services ask for one.

import * as session from "./session.js";
import { el, field, setFault } from "./dom.js";

/** tokenForm asks for a token, and calls done when it has one. */
export function tokenForm(done) {
  const input = el("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const submit = (event) => {
    event.preventDefault();
    const fault = session.use(input.value.trim().replace(/^Bearer\s+/i, ""));
    setFault(input, fault);
    if (fault) input.focus();
    else done();
  };
  return el("section", { class: "card narrow" },
    el("h1", { tabindex: "-1" }, "Token"),
    el("p", {}, "The services ask who calls. What the token's scopes allow is what the console shows."),
    el("form", { onsubmit: submit, novalidate: true },
      field("Bearer token", input, "A JSON Web Token. It stays in this tab, and is forgotten with it."),
      el("button", { class: "primary" }, "Use this token")));
}

/** caller shows who calls, and lets them leave. */
export function caller(leave) {
  if (!session.settings.authentication || !session.known()) return [];
  return [
    el("span", { title: `Scopes: ${session.scopes().join(", ")}` }, session.subject()),
    el("button", { id: "forget-token", onclick: () => leave() }, "Forget the token"),
  ];
}
