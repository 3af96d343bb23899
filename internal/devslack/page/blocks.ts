// Block Kit: what stands in messages, modals and App Home.

import { Child, h, VNode } from "./dom";
import { element } from "./elements";
import { control, Form } from "./forms";
import { icon } from "./icons";
import { mrkdwn, plain } from "./mrkdwn";
import { rich, table } from "./rich";
import { undrawn } from "./server";
import { Obj, State } from "./types";

/** text is a text object. */
export function text(t: Obj | undefined, s: State): Child {
  if (!t) return null;
  return t.type === "mrkdwn" ? mrkdwn(t.text, s) : plain(t.text);
}

/** blocks draws them all. form knows what is typed and what happens on a click. */
export function blocks(list: Obj[], s: State, form: Form): VNode[] {
  return list.map((b) => {
    const v = block(b, s, form);
    v.key = v.props.key = b.block_id ?? "";
    v.props["data-block-id"] = b.block_id;
    return v;
  });
}

function block(b: Obj, s: State, form: Form): VNode {
  switch (b.type) {
    case "header":
      return h("h3.b-header", null, plain(b.text.text));
    case "divider":
      return h("hr.b-divider", null);
    case "section":
      return section(b, s, form);
    case "context":
      return h("div.b-context", null,
        b.elements.map((e: Obj) => e.type === "image" ? image(e) : h("span", null, text(e, s))));
    case "actions":
      return h("div.b-actions", null, b.elements.map((e: Obj) => element(b, e, s, form)));
    case "input":
      return input(b, s, form);
    case "rich_text":
      return h("div.b-rich", null, b.elements.map((e: Obj) => rich(e, s)));
    case "table":
      return table(b, s);
    case "image":
      return h("figure.b-image", null, b.title && h("figcaption", null, plain(b.title.text)), image(b));
    case "markdown":
      return h("div.b-text", null, b.text);
  }
  undrawn("block " + b.type);
  return h("div.b-unknown", { role: "note" }, `This page does not draw blocks of type “${b.type}”.`);
}

function section(b: Obj, s: State, form: Form): VNode {
  const a = b.accessory;
  return h("div.b-section", null,
    h("div.b-body", null,
      b.text && h("div.b-text", null, text(b.text, s)),
      b.fields && h("div.b-fields", null, b.fields.map((f: Obj) => h("div.b-text", null, text(f, s))))),
    a && h("div", { class: a.type === "radio_buttons" || a.type === "checkboxes" ? "b-accessory full" : "b-accessory" },
      a.type === "image" ? image(a) : element(b, a, s, form)));
}

/** image shows its words only: the page loads nothing from elsewhere. */
function image(e: Obj): VNode {
  return h("span.b-alt", { role: "img", "aria-label": e.alt_text }, icon("file"), e.alt_text);
}

/** input is a labelled input with its hint, and its error under it. */
function input(b: Obj, s: State, form: Form): VNode {
  const id = control(form, b, b.element), error = form.errors?.[b.block_id];
  const group = b.element.type === "radio_buttons" || b.element.type === "checkboxes";
  const label: Child[] = [plain(b.label.text), b.optional ? h("span.optional", null, " (optional)") : null];
  const said = [error && id + "-error", b.hint && id + "-hint"].filter(Boolean).join(" ") || undefined;
  return h("div", { class: error ? "b-input wrong" : "b-input", ...(group ? { role: "group", "aria-labelledby": id + "-label", "aria-describedby": said } : {}) },
    group ? h("div.b-label", { id: id + "-label" }, label) : h("label.b-label", { id: id + "-label", for: id }, label),
    element(b, b.element, s, form, { id, "aria-describedby": said, "aria-invalid": error ? "true" : undefined, "aria-required": b.optional ? undefined : "true" }),
    error && h("div.error", { id: id + "-error" }, error),
    b.hint && h("div.hint", { id: id + "-hint" }, plain(b.hint.text)));
}
