// Asking before something is done that can't be undone.

import { el } from "./dom.js";

/** confirmed resolves to whether the user means it. */
export function confirmed(question, text, verb) {
  return new Promise((resolve) => {
    const heading = el("h2", { id: "confirm-heading" }, question);
    const no = el("button", { onclick: () => dialog.close("") }, "Cancel");
    const yes = el("button", { class: "danger", id: "confirm", onclick: () => dialog.close("yes") }, verb);
    const dialog = el("dialog", {
      "aria-labelledby": "confirm-heading",
      onclose: () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes");
      },
    }, heading, el("p", {}, text), el("div", { class: "actions" }, no, yes));
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
