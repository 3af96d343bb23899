// Confirmation dialogs.

import { text } from "./blocks";
import { dialog } from "./dialog";
import { h, VNode } from "./dom";
import { Obj, State } from "./types";
import { redraw } from "./ui";

let open: { c: Obj; answer: (yes: boolean) => void } | null = null;

/** confirmed asks what a confirm object says; without one nothing is asked. */
export function confirmed(c: Obj | undefined): Promise<boolean> {
  if (!c) return Promise.resolve(true);
  return new Promise((resolve) => {
    open = { c, answer: (yes) => { open = null; redraw(); resolve(yes); } };
    redraw();
  });
}

export function confirmDialog(s: State): VNode | null {
  if (!open) return null;
  const { c, answer } = open;
  return dialog({ key: "confirm", class: "modal confirm", role: "alertdialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    () => answer(false),
    h("header", null, h("h2", { id: "confirm-title" }, c.title.text)),
    h("div.modal-body.b-text", { id: "confirm-text" }, text(c.text, s)),
    h("footer", null,
      h("button.btn", { "data-testid": "confirm-deny", onclick: () => answer(false) }, c.deny.text),
      h("button", {
        class: "btn " + (c.style === "danger" ? "danger filled" : "primary"), "data-testid": "confirm-ok", autofocus: true,
        onclick: () => answer(true),
      }, c.confirm.text)));
}
