// Block Kit's interactive elements.

import { text } from "./blocks";
import { combo } from "./combo";
import { confirmed } from "./confirm";
import { h, Props, VNode } from "./dom";
import { choose, control, Form, press, type, value } from "./forms";
import { icon } from "./icons";
import { plain } from "./mrkdwn";
import { menu, popupButton } from "./popup";
import { undrawn } from "./server";
import { Json, Obj, State } from "./types";
import { redraw, ui } from "./ui";

/** hooks name an element for tests, by what the app called it. */
export const hooks = (b: Obj, e: Obj): Props => ({ "data-block-id": b.block_id, "data-action-id": e.action_id });

/** element draws one of them; more is what its label, hint and error ask for. */
export function element(b: Obj, e: Obj, s: State, form: Form, more: Props = {}): VNode {
  const v = draw(b, e, s, form, more);
  v.key = v.props.key = e.action_id ?? "";
  return v;
}

function draw(b: Obj, e: Obj, s: State, form: Form, more: Props): VNode {
  const name = b.type === "input" ? undefined : e.accessibility_label ?? e.placeholder?.text ?? e.action_id;
  const common: Props = { id: control(form, b, e), "aria-label": name, ...hooks(b, e), ...more };
  switch (e.type) {
    case "button": case "workflow_button": return button(b, e, form);
    case "plain_text_input": return textInput(b, e, form, common);
    case "email_text_input": case "url_text_input": case "number_input":
    case "datepicker": case "timepicker": case "datetimepicker":
      return lineInput(b, e, form, common);
    case "static_select": case "multi_static_select": case "external_select": case "multi_external_select":
    case "users_select": case "multi_users_select": case "conversations_select": case "multi_conversations_select":
    case "channels_select": case "multi_channels_select":
      return combo(b, e, s, form, common);
    case "overflow": return overflow(b, e, form, common);
    case "radio_buttons": case "checkboxes": return choices(b, e, s, form);
  }
  undrawn("element " + e.type);
  return h("span.b-unknown", { role: "note" }, `This page does not draw “${e.type}”.`);
}

function openLink(url: string | undefined): void {
  if (url && /^https?:\/\//i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}

function button(b: Obj, e: Obj, form: Form): VNode {
  const busy = ui.busy.has(control(form, b, e));
  return h("button", {
    class: `btn ${e.style ?? ""}${busy ? " busy" : ""}`, "aria-label": e.accessibility_label, "aria-busy": busy || undefined,
    id: control(form, b, e), ...hooks(b, e), "data-value": e.value,
    onclick: async () => {
      if (busy || !(await confirmed(e.confirm))) return;
      openLink(e.url);
      await press(form, b, e, null);
    },
  }, h("span", null, plain(e.text.text)), e.url && icon("out"));
}

const timers = new Map<string, number>();

/** onType says when the app wants to hear of what is being typed. */
function onType(b: Obj, e: Obj, form: Form, now: Json): void {
  type(form, b, e, now);
  if (!b.dispatch_action || !e.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered")) return;
  const id = control(form, b, e);
  clearTimeout(timers.get(id));
  timers.set(id, window.setTimeout(() => void press(form, b, e, now), 500));
}

function textInput(b: Obj, e: Obj, form: Form, common: Props): VNode {
  const props: Props = {
    ...common, class: "field", placeholder: e.placeholder?.text, maxlength: e.max_length, autofocus: e.focus_on_load,
    value: String(value(form, b, e) ?? ""),
    oninput: (ev) => onType(b, e, form, (ev.currentTarget as HTMLInputElement).value),
  };
  if (e.multiline) return h("textarea", { ...props, rows: "4" });
  return h("input", { ...props, type: "text", autocomplete: "off", onkeydown: (ev) => entered(ev, b, e, form) });
}

/** entered: Enter tells the app where it asked for it; elsewhere it submits. */
function entered(ev: KeyboardEvent, b: Obj, e: Obj, form: Form): void {
  if (ev.key !== "Enter" || !b.dispatch_action) return;
  ev.preventDefault();
  void press(form, b, e, value(form, b, e));
}

const two = (n: number) => String(n).padStart(2, "0");

/** local is a moment as the browser's own picker writes it. */
function local(seconds: Json): string {
  if (seconds === null || seconds === "") return "";
  const t = new Date(Number(seconds) * 1000);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}T${two(t.getHours())}:${two(t.getMinutes())}`;
}

function lineInput(b: Obj, e: Obj, form: Form, common: Props): VNode {
  const kinds: Record<string, string> = {
    email_text_input: "email", url_text_input: "url", number_input: "text", datepicker: "date", timepicker: "time", datetimepicker: "datetime-local",
  };
  const picker = e.type.endsWith("picker"), moment = e.type === "datetimepicker";
  const read = (el: HTMLInputElement): Json => {
    if (!el.value) return null;
    return moment ? Math.floor(new Date(el.value).getTime() / 1000) : el.value;
  };
  const now = value(form, b, e);
  return h("input", {
    ...common, type: kinds[e.type], class: "field " + kinds[e.type], placeholder: e.placeholder?.text, autofocus: e.focus_on_load,
    inputmode: e.type === "number_input" ? "decimal" : undefined, autocomplete: "off",
    value: moment ? local(now) : String(now ?? ""),
    oninput: (ev) => {
      const el = ev.currentTarget as HTMLInputElement;
      if (picker) type(form, b, e, read(el));
      else onType(b, e, form, read(el));
    },
    onchange: async (ev) => {
      if (!picker) return;
      const chosen = read(ev.currentTarget as HTMLInputElement);
      if (await confirmed(e.confirm)) choose(form, b, e, chosen);
    },
    onkeydown: (ev) => !picker && entered(ev, b, e, form),
  });
}

function overflow(b: Obj, e: Obj, form: Form, common: Props): VNode {
  const name = "overflow " + control(form, b, e);
  return h("span.popping", null,
    popupButton(name, "menu", { ...common, class: "btn square", "aria-label": e.accessibility_label ?? "More options" }, icon("more")),
    menu(name, "More options", "end", () => e.options.map((o: Obj) => ({
      label: plain(o.text.text), hint: o.description && plain(o.description.text), data: { "data-value": o.value },
      choose: async () => {
        if (!(await confirmed(e.confirm))) return;
        openLink(o.url);
        await press(form, b, e, o.value);
      },
    }))));
}

function choices(b: Obj, e: Obj, s: State, form: Form): VNode {
  const many = e.type === "checkboxes", now = value(form, b, e), id = control(form, b, e);
  const chosen = new Set<string>(Array.isArray(now) ? now as string[] : typeof now === "string" ? [now] : []);
  const group = b.type === "input" ? {} : { role: many ? "group" : "radiogroup", "aria-label": e.accessibility_label ?? e.action_id };
  return h("div.choices", { id, ...group }, e.options.map((o: Obj, i: number) =>
    h("label.choice", { key: o.value, for: `${id}-${i}` },
      h("input", {
        type: many ? "checkbox" : "radio", name: id, id: `${id}-${i}`, "data-value": o.value, checked: chosen.has(o.value), ...hooks(b, e),
        "aria-describedby": o.description ? `${id}-${i}-more` : undefined,
        onchange: async (ev) => {
          const box = ev.currentTarget as HTMLInputElement;
          if (!(await confirmed(e.confirm))) {
            box.checked = chosen.has(o.value);
            redraw();
            return;
          }
          if (!many) chosen.clear();
          if (box.checked) chosen.add(o.value);
          else chosen.delete(o.value);
          choose(form, b, e, many ? [...chosen] : o.value);
        },
      }),
      h("span", null, text(o.text, s), o.description && h("span.hint", { id: `${id}-${i}-more` }, text(o.description, s))))));
}
