// Confirmation dialogs.

import { text } from "./blocks";
import { h } from "./dom";
import { Obj, State } from "./types";

/** confirmed asks what a confirm object says. */
export function confirmed(c: Obj, state: State): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean) => () => {
      dialog.close();
      dialog.remove();
      resolve(yes);
    };
    const dialog = h("dialog", { class: "modal confirm", "aria-labelledby": "confirm-title", oncancel: answer(false) },
      h("header", null, h("h2", { id: "confirm-title" }, c.title.text)),
      h("div", { class: "modal-body" }, h("div", { class: "b-text" }, text(c.text, state))),
      h("footer", null,
        h("button", { type: "button", class: "btn", onclick: answer(false) }, c.deny.text),
        h("button", { type: "button", class: "btn " + (c.style === "danger" ? "danger" : "primary"), onclick: answer(true) }, c.confirm.text)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
