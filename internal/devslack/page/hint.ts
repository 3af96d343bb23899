// The first visit's hint: what to type. It goes once it has been done.

import { h, VNode } from "./dom";
import { icon } from "./icons";
import { State } from "./types";
import { redraw } from "./ui";

let leaving = false;

/** learned is called when a command was sent. */
export function learned(): void {
  if (localStorage.getItem("learned")) return;
  leaving = true;
  localStorage.setItem("learned", "yes");
  redraw();
  setTimeout(() => { leaving = false; redraw(); }, 600);
}

export function hint(s: State, put: (words: string) => void): VNode | null {
  if (!s.allowed || !leaving && localStorage.getItem("learned")) return null;
  return h("div", { class: leaving ? "coach leaving" : "coach", key: "coach", role: "note" },
    h("span.wave", { "aria-hidden": "true" }, "👋"),
    h("p", null, h("strong", null, "New here? "), "Type ", h("code", null, s.command), " and press Enter to ask for access to a database. ",
      "Then become somebody else at the left, and answer."),
    h("button.btn", { onclick: () => put(s.command + " ") }, `Type ${s.command} for me`),
    h("button.square", { "aria-label": "Dismiss hint", onclick: learned }, icon("close")));
}
