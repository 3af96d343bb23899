// Block Kit: what stands in messages and modals.

import { Child, h } from "./dom";
import { element, Form } from "./elements";
import { emoji } from "./emoji";
import { channel, group, link, mrkdwn, plain, user } from "./mrkdwn";
import { Obj, State } from "./types";

/** text is a text object. */
export function text(t: Obj | undefined, state: State): Child {
  if (!t) return null;
  return t.type === "mrkdwn" ? mrkdwn(t.text, state) : plain(t.text);
}

/** blocks draws them all. form knows what is typed and what happens on a click. */
export function blocks(list: Obj[], state: State, form: Form): HTMLElement[] {
  return list.map((b) => block(b, state, form));
}

function block(b: Obj, state: State, form: Form): HTMLElement {
  switch (b.type) {
    case "header":
      return h("h3", { class: "b-header" }, plain(b.text.text));
    case "divider":
      return h("hr", { class: "b-divider" });
    case "section":
      return h("div", { class: "b-section" },
        h("div", { class: "b-body" },
          b.text && h("div", { class: "b-text" }, text(b.text, state)),
          b.fields && h("div", { class: "b-fields" }, b.fields.map((f: Obj) => h("div", { class: "b-text" }, text(f, state))))),
        b.accessory && h("div", { class: "b-accessory" }, accessory(b, state, form)));
    case "context":
      return h("div", { class: "b-context" },
        b.elements.map((e: Obj) => e.type === "image" ? image(e) : h("span", null, text(e, state))));
    case "actions":
      return h("div", { class: "b-actions" }, b.elements.map((e: Obj) => element(b, e, state, form)));
    case "input":
      return input(b, state, form);
    case "rich_text":
      return h("div", { class: "b-rich" }, b.elements.map((e: Obj) => rich(e, state)));
    case "table":
      return table(b, state);
    case "image":
      return h("figure", { class: "b-image" }, b.title && h("figcaption", null, plain(b.title.text)), image(b));
    case "markdown":
      return h("div", { class: "b-text" }, b.text);
  }
  return h("div", { class: "b-unknown" }, `This page does not draw blocks of type “${b.type}”.`);
}

/** table draws the first row as the head. */
function table(b: Obj, state: State): HTMLElement {
  const cell = (tag: "th" | "td", c: Obj) =>
    h(tag, null, c.type === "raw_text" ? c.text : c.elements.map((e: Obj) => rich(e, state)));
  const [head, ...rows] = b.rows as Obj[][];
  return h("div", { class: "b-table", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", null,
      h("thead", null, h("tr", null, head.map((c) => cell("th", c)))),
      h("tbody", null, rows.map((r) => h("tr", null, r.map((c) => cell("td", c)))))));
}

function accessory(b: Obj, state: State, form: Form): Child {
  return b.accessory.type === "image" ? image(b.accessory) : element(b, b.accessory, state, form);
}

/** image shows its words only: the page loads nothing from elsewhere. */
function image(e: Obj): HTMLElement {
  return h("span", { class: "b-alt", role: "img", "aria-label": e.alt_text }, "🖼 " + e.alt_text);
}

/** input is a labelled input with its hint, and its error under it. */
function input(b: Obj, state: State, form: Form): HTMLElement {
  const id = form.id(b.block_id), error = form.errors?.[b.block_id];
  const control = element(b, b.element, state, form);
  const group = b.element.type === "radio_buttons" || b.element.type === "checkboxes";
  const target = control.matches("input,textarea,select") ? control : control.querySelector("input,textarea,select");
  const said = [error && id + "-error", b.hint && id + "-hint"].filter(Boolean).join(" ");
  const label: Child[] = [plain(b.label.text), b.optional ? h("span", { class: "optional" }, " (optional)") : null];
  if (!group && target) target.id = id;
  if (target && said) target.setAttribute("aria-describedby", said);
  if (target && error) target.setAttribute("aria-invalid", "true");
  return h("div", { class: error ? "b-input wrong" : "b-input", ...(group ? { role: "group", "aria-labelledby": id + "-label" } : {}) },
    group ? h("div", { class: "b-label", id: id + "-label" }, label) : h("label", { class: "b-label", for: id }, label),
    control,
    error && h("div", { class: "error", id: id + "-error", role: "alert" }, error),
    b.hint && h("div", { class: "hint", id: id + "-hint" }, plain(b.hint.text)));
}

function rich(e: Obj, state: State): HTMLElement {
  const inner = () => e.elements.map((i: Obj) => richInline(i, state));
  switch (e.type) {
    case "rich_text_preformatted": return h("pre", null, inner());
    case "rich_text_quote": return h("blockquote", null, inner());
    case "rich_text_list":
      return h(e.style === "ordered" ? "ol" : "ul", null, e.elements.map((i: Obj) => h("li", null, rich(i, state))));
  }
  return h("div", null, inner());
}

function richInline(e: Obj, state: State): Child {
  switch (e.type) {
    case "text": return styled(e.text, e.style ?? {});
    case "link": return link(e.url, e.text ?? "");
    case "user": return user(e.user_id, state);
    case "usergroup": return group(e.usergroup_id, state);
    case "channel": return channel(e.channel_id, state);
    case "broadcast": return h("span", { class: "mention broadcast" }, "@" + e.range);
    case "emoji": return emoji(e.name);
  }
  return e.fallback ?? "";
}

function styled(words: string, style: Obj): Child {
  let node: Child = words;
  if (style.code) node = h("code", null, node);
  if (style.strike) node = h("s", null, node);
  if (style.italic) node = h("em", null, node);
  if (style.bold) node = h("strong", null, node);
  return node;
}
