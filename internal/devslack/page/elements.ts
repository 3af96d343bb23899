// Block Kit's interactive elements.

import { text } from "./blocks";
import { confirmed } from "./confirm";
import { h } from "./dom";
import { plain } from "./mrkdwn";
import { Json, Obj, State, Values } from "./types";

/** Form is a message or modal: what is typed into it, and what it does. */
export interface Form {
  /** id names an input in the document. */
  id(block: string): string;
  errors?: Record<string, string>;
  /** typed is what the person typed and the server may not know yet. */
  typed: Values;
  /** server is Slack's state of the same. */
  server: Record<string, Record<string, Obj>>;
  /** press tells the app: a button was pressed, something was chosen. */
  press(block: string, action: string, value: Json): Promise<void>;
}

/** current is an element's value in the words of acts: text, an option's value, or a list. */
function current(b: Obj, e: Obj, form: Form): Json {
  const typed = form.typed[b.block_id]?.[e.action_id];
  if (typed !== undefined) return typed;
  const s = form.server[b.block_id]?.[e.action_id];
  if (!s) return null;
  if (s.selected_options) return s.selected_options.map((o: Obj) => o.value);
  if (s.selected_option) return s.selected_option.value;
  return s.value ?? s.selected_date ?? s.selected_time ?? s.selected_user ?? s.selected_users ?? s.selected_conversation ?? s.selected_channel ?? null;
}

/** prune forgets what was typed into elements that are no longer there. */
export function prune(typed: Values, blocks: Obj[]): Values {
  for (const [block, actions] of Object.entries(typed)) {
    const b = blocks.find((x) => x.block_id === block);
    const there: Obj[] = b ? [b.element, b.accessory, ...(b.type === "actions" ? b.elements : [])].filter(Boolean) : [];
    for (const action of Object.keys(actions)) if (!there.some((e) => e.action_id === action)) delete actions[action];
    if (!Object.keys(actions).length) delete typed[block];
  }
  return typed;
}

function type(b: Obj, e: Obj, form: Form, value: Json): void {
  (form.typed[b.block_id] ??= {})[e.action_id] = value;
}

/** change is what a choice does: inputs wait for submission, others tell the app at once. */
async function change(b: Obj, e: Obj, form: Form, value: Json): Promise<void> {
  type(b, e, form, value);
  if (b.type !== "input" || b.dispatch_action) await form.press(b.block_id, e.action_id, value);
}

/** element draws one of them. */
export function element(b: Obj, e: Obj, state: State, form: Form): HTMLElement {
  const name = b.type === "input" ? undefined : e.accessibility_label ?? e.placeholder?.text ?? e.action_id;
  const common = { "data-action": e.action_id, "data-block": b.block_id, "aria-label": name };
  switch (e.type) {
    case "button": return button(b, e, state, form);
    case "plain_text_input": return textInput(b, e, form, common);
    case "email_text_input": case "url_text_input": case "number_input": case "datepicker": case "timepicker":
      return lineInput(b, e, form, common);
    case "static_select": case "multi_static_select": case "users_select": case "multi_users_select":
    case "conversations_select": case "channels_select": case "overflow":
      return select(b, e, state, form, common);
    case "radio_buttons": case "checkboxes":
      return choices(b, e, state, form);
  }
  return h("span", { class: "b-unknown" }, `This page does not draw “${e.type}”.`);
}

function button(b: Obj, e: Obj, state: State, form: Form): HTMLElement {
  const el = h("button", {
    type: "button", class: "btn " + (e.style ?? ""), "aria-label": e.accessibility_label, "data-action": e.action_id, "data-block": b.block_id,
    onclick: async () => {
      if (e.confirm && !(await confirmed(e.confirm, state))) return;
      if (e.url && /^https?:\/\//i.test(e.url)) window.open(e.url, "_blank", "noopener,noreferrer");
      el.disabled = true;
      el.classList.add("busy");
      try {
        await form.press(b.block_id, e.action_id, null);
      } finally {
        el.disabled = false;
        el.classList.remove("busy");
      }
    },
  }, plain(e.text.text), e.url && h("span", { "aria-hidden": "true" }, " ↗"));
  return el;
}

function textInput(b: Obj, e: Obj, form: Form, common: Obj): HTMLElement {
  const value = current(b, e, form) ?? "";
  const props = {
    ...common, class: "field", placeholder: e.placeholder?.text, maxlength: e.max_length, autofocus: e.focus_on_load,
    oninput: (ev: Event) => type(b, e, form, (ev.target as HTMLInputElement).value),
  };
  if (e.multiline) {
    const el = h("textarea", { ...props, rows: 4 });
    el.value = String(value);
    return el;
  }
  const el = h("input", {
    ...props, type: "text",
    onkeydown: (ev: KeyboardEvent) => {
      if (ev.key === "Enter" && b.dispatch_action) {
        ev.preventDefault();
        void form.press(b.block_id, e.action_id, el.value);
      }
    },
  });
  el.value = String(value);
  return el;
}

function lineInput(b: Obj, e: Obj, form: Form, common: Obj): HTMLElement {
  const kinds: Record<string, string> = {
    email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time",
  };
  const picker = e.type === "datepicker" || e.type === "timepicker";
  const el = h("input", {
    ...common, type: kinds[e.type], class: "field", placeholder: e.placeholder?.text,
    min: e.min_value, max: e.max_value, step: e.type === "number_input" && e.is_decimal_allowed ? "any" : undefined,
    oninput: () => type(b, e, form, el.value || null),
    onchange: () => void (picker && change(b, e, form, el.value || null)),
  });
  el.value = String(current(b, e, form) ?? "");
  return el;
}

interface Option { value: string; label: string; group?: string }

function optionsOf(e: Obj, state: State): Option[] {
  const plainOption = (o: Obj, group?: string): Option => ({ value: o.value, label: plain(o.text.text), group });
  if (e.type.includes("users_select")) {
    return state.users.filter((u) => !u.bot).map((u) => ({ value: u.id, label: `${u.real} (${u.name})` }));
  }
  if (e.type === "conversations_select" || e.type === "channels_select") {
    return state.channels.filter((c) => !c.dm).map((c) => ({ value: c.id, label: "#" + c.name }));
  }
  return [
    ...(e.options ?? []).map((o: Obj) => plainOption(o)),
    ...(e.option_groups ?? []).flatMap((g: Obj) => g.options.map((o: Obj) => plainOption(o, g.label.text))),
  ];
}

function select(b: Obj, e: Obj, state: State, form: Form, common: Obj): HTMLElement {
  const many = e.type.startsWith("multi_"), value = current(b, e, form);
  const el = h("select", {
    ...common, class: "field", multiple: many, size: many ? 5 : undefined,
    onchange: async () => {
      const chosen = [...el.selectedOptions].map((o) => o.value).filter((v) => v !== "");
      const before = value;
      if (e.confirm && !(await confirmed(e.confirm, state))) {
        el.value = typeof before === "string" ? before : "";
        return;
      }
      await change(b, e, form, many ? chosen : chosen[0] ?? null);
    },
  });
  if (!many) el.append(h("option", { value: "" }, e.placeholder?.text ?? (e.type === "overflow" ? "…" : "Select an item")));
  const groups = new Map<string, HTMLOptGroupElement>();
  for (const o of optionsOf(e, state)) {
    const option = h("option", { value: o.value }, o.label);
    option.selected = Array.isArray(value) ? value.includes(o.value) : value === o.value;
    if (o.group && !groups.has(o.group)) {
      const group = h("optgroup", { label: o.group });
      groups.set(o.group, group);
      el.append(group);
    }
    (groups.get(o.group ?? "") ?? el).append(option);
  }
  return el;
}

function choices(b: Obj, e: Obj, state: State, form: Form): HTMLElement {
  const many = e.type === "checkboxes", value = current(b, e, form);
  const chosen = new Set<string>(Array.isArray(value) ? value as string[] : typeof value === "string" ? [value] : []);
  const name = form.id(b.block_id) + "-" + e.action_id;
  return h("div", { class: "choices", "data-action": e.action_id, "data-block": b.block_id }, e.options.map((o: Obj, i: number) => {
    const box = h("input", {
      type: many ? "checkbox" : "radio", name, id: `${name}-${i}`, value: o.value,
      onchange: () => {
        if (!many) chosen.clear();
        if (box.checked) chosen.add(o.value);
        else chosen.delete(o.value);
        void change(b, e, form, many ? [...chosen] : o.value);
      },
    });
    box.checked = chosen.has(o.value);
    return h("label", { class: "choice", for: `${name}-${i}` }, box,
      h("span", null, text(o.text, state), o.description && h("span", { class: "hint" }, text(o.description, state))));
  }));
}
