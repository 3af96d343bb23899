// Selects: a box to type in, and a list under it that what is typed narrows.

import { confirmed } from "./confirm";
import { Child, h, Props, VNode } from "./dom";
import { choose, control, Form, value } from "./forms";
import { icon } from "./icons";
import { plain } from "./mrkdwn";
import { float } from "./popup";
import { act } from "./server";
import { Obj, State } from "./types";
import { me, redraw, report } from "./ui";

interface Option { value: string; label: string; group: string; hint?: string }

/** open is the one list that is open. */
let open: { id: string; query: string; at: number; found: Option[] | null; asked: number } | null = null;

const labels = new Map<string, string>(); // of options that came from the app as somebody typed

const option = (o: Obj, group = ""): Option => ({ value: o.value, label: plain(o.text.text), group, hint: o.description && plain(o.description.text) });

function flat(o: Obj): Option[] {
  return [...(o.options ?? []).map((x: Obj) => option(x)),
    ...(o.option_groups ?? []).flatMap((g: Obj) => g.options.map((x: Obj) => option(x, plain(g.label.text))))];
}

function all(e: Obj, s: State): Option[] {
  if (e.type.includes("users_")) {
    return s.users.filter((u) => !u.bot && u.note !== "deactivated").map((u) => ({ value: u.id, label: u.real, group: "", hint: "@" + u.name }));
  }
  if (e.type.includes("conversations_") || e.type.includes("channels_")) {
    return s.channels.filter((c) => !c.dm).map((c) => ({ value: c.id, label: "#" + c.name, group: "" }));
  }
  return flat(e);
}

/** combo draws a select, of one thing or of several. */
export function combo(b: Obj, e: Obj, s: State, form: Form, common: Props): VNode {
  const id = control(form, b, e), many = e.type.startsWith("multi_"), now = value(form, b, e);
  const chosen = (Array.isArray(now) ? now : now === null || now === "" ? [] : [now]) as string[];
  const known = all(e, s), mine = open?.id === id ? open : null;
  const shown = mine ? matching(e, known, mine).filter((o) => !many || !chosen.includes(o.value)) : [];
  const held = form.server[b.block_id]?.[e.action_id];
  const label = (v: string): string => known.find((o) => o.value === v)?.label ?? labels.get(v) ??
    [held?.selected_option, ...(held?.selected_options ?? []), e.initial_option, ...(e.initial_options ?? [])].find((o: Obj | undefined) => o?.value === v)?.text.text ?? v;
  const set = async (next: string[]) => {
    if (await confirmed(e.confirm)) choose(form, b, e, many ? next : next[0] ?? null);
  };
  const pick = (o: Option) => {
    labels.set(o.value, o.label);
    if (many && open) Object.assign(open, { query: "", at: 0 });
    else open = null;
    redraw();
    void set(many ? [...chosen, o.value] : [o.value]);
  };
  const words = e.placeholder?.text ?? (many ? "Choose options" : "Choose an option");
  return h("div", { class: `combo${many ? " multi" : ""}${mine ? " open" : ""}` },
    many && chosen.map((v) => h("span.chip", { key: v }, label(v), h("button", {
      "aria-label": `Remove ${label(v)}`, onclick: () => void set(chosen.filter((c) => c !== v)),
    }, icon("close")))),
    h("input", {
      ...common, class: "field", type: "text", role: "combobox", autocomplete: "off", autofocus: e.focus_on_load,
      "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": String(!!mine), "aria-controls": mine ? id + "-list" : undefined,
      "aria-activedescendant": mine && shown[mine.at] ? `${id}-${mine.at}` : undefined, "data-value": chosen.join(","),
      placeholder: chosen.length && !many ? label(chosen[0]) : chosen.length ? "" : words,
      value: mine ? mine.query : many || !chosen.length ? "" : label(chosen[0]),
      onclick: () => show(id, form, b, e, chosen),
      oninput: (ev) => {
        open = { id, query: (ev.currentTarget as HTMLInputElement).value, at: 0, found: open?.id === id ? open.found : null, asked: open?.asked ?? 0 };
        ask(form, b, e);
        redraw();
      },
      onblur: () => {
        if (open?.id !== id) return;
        const typed = open.query && shown[open.at]; // what was typed and left chooses what it found
        open = null;
        if (typed) pick(typed);
        redraw();
      },
      onkeydown: (ev) => key(ev, shown, { pick, show: () => show(id, form, b, e, chosen), back: () => many && chosen.length > 0 && void set(chosen.slice(0, -1)) }),
    }),
    h("span.chevron", { "aria-hidden": "true" }, icon("down")),
    mine && list(id, e, shown, chosen, mine, pick));
}

function matching(e: Obj, known: Option[], mine: NonNullable<typeof open>): Option[] {
  if (e.type.includes("external")) return mine.found ?? [];
  const words = mine.query.toLowerCase();
  return known.filter((o) => o.label.toLowerCase().includes(words) || o.hint?.toLowerCase().includes(words));
}

function show(id: string, form: Form, b: Obj, e: Obj, chosen: string[]): void {
  if (open?.id === id) return;
  open = { id, query: "", at: Math.max(0, flat(e).findIndex((o) => o.value === chosen[0])), found: null, asked: 0 };
  if (e.type.startsWith("multi_")) open.at = 0;
  ask(form, b, e);
  redraw();
}

/** ask asks the app for the options of an external select, a moment after the last key. */
function ask(form: Form, b: Obj, e: Obj): void {
  const mine = open;
  if (!mine || !e.type.includes("external") || mine.query.length < (e.min_query_length ?? 3)) return;
  clearTimeout(mine.asked);
  mine.asked = window.setTimeout(async () => {
    try {
      const got = await act("suggest", { as: me(), ...form.at, block: b.block_id, action: e.action_id, text: mine.query }) as Obj[] | null;
      if (open?.id === mine.id) open.found = (got ?? []).map((o) => option(o));
    } catch (err) {
      report(err);
    }
    redraw();
  }, 200);
}

interface Doing { pick: (o: Option) => void; show: () => void; back: () => void }

function key(ev: KeyboardEvent, shown: Option[], doing: Doing): void {
  const input = ev.currentTarget as HTMLInputElement, n = shown.length;
  if (!open || open.id !== input.id) {
    if (ev.key === "ArrowDown" || ev.key === "ArrowUp" || ev.key === "Enter") {
      ev.preventDefault();
      doing.show();
    } else if (ev.key === "Backspace" && !input.value) doing.back();
    else if (ev.key.length === 1 && !ev.ctrlKey && !ev.metaKey) input.value = ""; // typing begins a search
    return;
  }
  if (ev.key === "ArrowDown" && n) open.at = (open.at + 1) % n;
  else if (ev.key === "ArrowUp" && n) open.at = (open.at + n - 1) % n;
  else if (ev.key === "Escape") open = null;
  else if (ev.key === "Enter") {
    if (shown[open.at]) doing.pick(shown[open.at]);
  } else {
    if (ev.key === "Backspace" && !input.value) doing.back();
    return;
  }
  ev.preventDefault();
  ev.stopPropagation();
  redraw();
}

function list(id: string, e: Obj, shown: Option[], chosen: string[], mine: NonNullable<typeof open>, pick: (o: Option) => void): VNode {
  const rows: Child[] = [];
  let group = "";
  shown.forEach((o, i) => {
    if (o.group !== group) rows.push(h("li.title", { role: "presentation" }, (group = o.group)));
    rows.push(h("li", {
      key: o.value, role: "option", id: `${id}-${i}`, "aria-selected": String(chosen.includes(o.value)), "data-value": o.value, class: i === mine.at ? "at" : "",
      onmousedown: (ev) => ev.preventDefault(), onclick: () => pick(o),
    }, h("span.label", null, o.label), o.hint && h("span.hint", null, o.hint), chosen.includes(o.value) && icon("check")));
  });
  if (!rows.length) {
    const external = e.type.includes("external"), least = e.min_query_length ?? 3;
    const said = external && mine.query.length < least ? `Type at least ${least} characters` : external && !mine.found ? "Looking…" : "No results";
    rows.push(h("li.hint.none", { role: "presentation" }, said));
  }
  const place = (el: HTMLElement) => {
    float(el, el.parentElement!, true);
    el.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  };
  return h("ul.pop.list", { popover: "manual", role: "listbox", id: id + "-list", "aria-label": "Options", oncreate: place, onupdate: place }, rows);
}
