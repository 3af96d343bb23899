// What is typed and chosen in a message, a modal or App Home, and telling the app.

import { act } from "./server";
import { Json, Message, Obj, Values, View } from "./types";
import { me, redraw, report, ui } from "./ui";

/** Form is a message or view: what is typed into it, and where acts on it go. */
export interface Form {
  /** id is its own in the document; the ids of its inputs begin with it. */
  id: string;
  at: Record<string, string>;
  errors?: Record<string, string>;
  /** typed is what the person typed and the server may not know yet. */
  typed: Values;
  /** server is Slack's state of the same. */
  server: Record<string, Record<string, Obj>>;
}

const typed = new Map<string, Values>(); // by person and form

function keep(id: string, blocks: Obj[]): Values {
  const key = `${me()} ${id}`, values = prune(typed.get(key) ?? {}, blocks);
  typed.set(key, values);
  return values;
}

export function messageForm(m: Message, draft: Form["server"] = {}): Form {
  return { id: "m" + m.ts, at: { channel: m.channel, ts: m.ts }, typed: keep("m" + m.ts, m.blocks ?? []), server: draft };
}

export function viewForm(v: View): Form {
  return { id: v.id, at: { view: v.id }, errors: v.errors, typed: keep(v.id, v.blocks), server: v.state };
}

/** prune forgets what was typed into elements that are no longer there. */
function prune(values: Values, blocks: Obj[]): Values {
  for (const [block, actions] of Object.entries(values)) {
    const b = blocks.find((x) => x.block_id === block);
    const there: Obj[] = b ? [b.element, b.accessory, ...(b.type === "actions" ? b.elements : [])].filter(Boolean) : [];
    for (const action of Object.keys(actions)) if (!there.some((e) => e.action_id === action)) delete actions[action];
    if (!Object.keys(actions).length) delete values[block];
  }
  return values;
}

/** control is the id of an element in the document. */
export const control = (f: Form, b: Obj, e: Obj): string => `${f.id}-${b.block_id}-${e.action_id}`;

/** value is an element's value in the words of acts: text, an option's value, or a list. */
export function value(f: Form, b: Obj, e: Obj): Json {
  const now = f.typed[b.block_id]?.[e.action_id];
  if (now !== undefined) return now;
  const s = f.server[b.block_id]?.[e.action_id];
  if (!s) return initial(e);
  if (s.selected_options) return s.selected_options.map((o: Obj) => o.value);
  if (s.selected_option) return s.selected_option.value;
  for (const [key, was] of Object.entries(s)) if (key === "value" || key.startsWith("selected_")) return was;
  return null;
}

/** initial is what an untouched element in a message holds. */
function initial(e: Obj): Json {
  if (e.initial_options) return e.initial_options.map((o: Obj) => o.value);
  if (e.initial_option) return e.initial_option.value;
  for (const [key, was] of Object.entries(e)) if (key.startsWith("initial_")) return was;
  return null;
}

/** type notes what was typed; the app learns of it later. */
export function type(f: Form, b: Obj, e: Obj, now: Json): void {
  (f.typed[b.block_id] ??= {})[e.action_id] = now;
}

/** choose is what a choice does: inputs wait for submission, others tell the app at once. */
export function choose(f: Form, b: Obj, e: Obj, now: Json): void {
  type(f, b, e, now);
  redraw();
  if (b.type !== "input" || b.dispatch_action) void press(f, b, e, now);
}

/** press tells the app that a button was pressed or something chosen. */
export async function press(f: Form, b: Obj, e: Obj, now: Json): Promise<void> {
  const name = control(f, b, e);
  if (ui.busy.has(name)) return;
  ui.busy.add(name);
  redraw();
  try {
    if (Object.keys(f.typed).length) await act("fill", { as: me(), ...f.at, values: f.typed });
    await act("click", { as: me(), ...f.at, block: b.block_id, action: e.action_id, value: now });
  } catch (e) {
    report(e);
  } finally {
    ui.busy.delete(name);
    redraw();
  }
}
