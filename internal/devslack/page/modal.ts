// The person's modals: a stack of up to three, the top one in reach.

import { appIcon } from "./avatar";
import { blocks } from "./blocks";
import { dialog } from "./dialog";
import { h, VNode } from "./dom";
import { Form, viewForm } from "./forms";
import { icon } from "./icons";
import { State, View } from "./types";
import { run, ui } from "./ui";

let shown = ""; // what the focus was last moved for

export function modals(s: State): VNode | null {
  const top = s.views.at(-1);
  if (!top) {
    shown = "";
    return null;
  }
  return dialog({
    key: "modals", class: `modal depth${s.views.length}`, "aria-labelledby": top.id + "-title", "data-view-id": top.id, "data-depth": s.views.length,
    oncreate: (el) => settle(el, top), onupdate: (el) => settle(el, top),
  }, () => close(top), s.views.map((v) => view(v, s, v === top)));
}

const close = (v: View): void => void run("close", { view: v.id });

function view(v: View, s: State, onTop: boolean): VNode {
  const form = viewForm(v), busy = ui.busy.has("submit " + v.id);
  return h("form.modal-form", { key: v.id, hidden: !onTop, novalidate: true, "data-view-id": v.id, "aria-busy": busy || undefined,
    onsubmit: (e) => { e.preventDefault(); submit(v, form); },
    onkeydown: (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && v.submit) submit(v, form); },
  },
    h("header", null,
      s.views.length > 1
        ? h("button.square", { "aria-label": "Back", onclick: () => close(v) }, icon("left"))
        : appIcon(),
      h("h2", { id: v.id + "-title" }, v.title),
      h("button.square.close", { "aria-label": "Close dialog", onclick: () => close(v) }, icon("close"))),
    h("div.modal-body.blocks", { key: "body" },
      v.problem && h("div.problem", { role: "alert", key: "problem" }, icon("close"), v.problem),
      blocks(v.blocks, s, form)),
    h("footer", null,
      (v.close || !v.submit) && h("button.btn", { key: "close", onclick: () => close(v) }, v.close || "Close"),
      v.submit && h("button", { type: "submit", class: busy ? "btn primary busy" : "btn primary", key: "submit", "aria-busy": busy || undefined }, h("span", null, v.submit))));
}

function submit(v: View, form: Form): void {
  if (v.submit && !ui.busy.has("submit " + v.id)) void run("submit", { view: v.id, values: form.typed }, "submit " + v.id);
}

/** settle moves the focus to what is new: a view, an error, or what is left after a change. */
function settle(el: HTMLElement, v: View): void {
  const form = el.querySelector<HTMLElement>("form:not([hidden])")!, errors = JSON.stringify(v.errors ?? "");
  const lost = !form.contains(document.activeElement) && !document.querySelector("dialog.confirm");
  const wrong = v.errors && shown !== v.id + errors ? form.querySelector<HTMLElement>("[aria-invalid=true],.wrong input") : null;
  if (wrong) {
    wrong.focus();
    wrong.closest(".b-input")?.scrollIntoView({ block: "nearest" });
  } else if (lost || !shown.startsWith(v.id)) {
    const best = ["[autofocus]", ".modal-body :is(input,textarea)", ".modal-body .btn", "footer .primary", "footer .btn"];
    best.map((b) => form.querySelector<HTMLElement>(b)).find(Boolean)?.focus({ preventScroll: true }); // it is read from its beginning
  }
  shown = v.id + errors;
}
