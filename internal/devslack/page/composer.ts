// The box at the bottom: messages, replies, and slash commands.

import { appIcon, avatar } from "./avatar";
import { Child, h, Props, VNode } from "./dom";
import { emoji, find, picker } from "./emoji";
import { hint, learned } from "./hint";
import { Icon, icon } from "./icons";
import { menu, popupButton } from "./popup";
import { act } from "./server";
import { Channel, State } from "./types";
import { isApp, me, person, redraw, report, run, ui } from "./ui";
import { people } from "./switcher";

const drafts = new Map<string, string>(); // by place (person, channel, thread): what is typed and not sent
const history: string[] = [];
let back = 0;

interface Offer { key: string; insert: string; label: string; hint: string; face: Child }

/** offered is what the word under the cursor may become, in the box of that place. */
let offered: { place: string; from: number; list: Offer[]; at: number } | null = null;

/** composer draws the box of a channel, or of a thread in it. */
export function composer(s: State, c: Channel, thread = ""): VNode {
  const place = `${s.me}/${c.id}/${thread}`, text = drafts.get(place) ?? "";
  const name = c.dm ? c.name : "#" + c.name, label = thread ? "Reply…" : "Message " + name;
  const mine = offered?.place === place ? offered : null, id = "compose" + (thread && "-thread");
  const away = isApp(s, c) && !thread && !s.allowed;
  return h("div.composer", { key: "composer " + place },
    !thread && !ui.thread && hint(s, (words) => fill(id, place, words, s)),
    mine && offers(s, mine, id, place),
    text.startsWith(s.command + " ") && !thread && usage(s, text),
    h("div.frame", { onclick: (e) => e.target === e.currentTarget && document.getElementById(id)?.focus() },
      formatting(id, place, s),
      h("textarea.compose", { id, rows: "1", placeholder: label, "aria-label": label, "data-testid": thread ? "reply-box" : "message-box", value: text, disabled: away,
        role: mine ? "combobox" : undefined, "aria-expanded": mine ? "true" : undefined, "aria-controls": mine ? id + "-offers" : undefined,
        "aria-activedescendant": mine ? `${id}-offer-${mine.at}` : undefined, "aria-autocomplete": mine ? "list" : undefined,
        oninput: (e) => typed(e.currentTarget as HTMLTextAreaElement, place, s),
        onclick: (e) => typed(e.currentTarget as HTMLTextAreaElement, place, s),
        onkeydown: (e) => key(e, s, c, place, thread),
        onblur: () => { if (offered?.place === place) { offered = null; redraw(); } },
        oncreate: grow, onupdate: grow,
      }),
      h("div.bottom", null,
        !thread && s.allowed && s.shortcuts.some((x) => x.type === "global") && shortcuts(s, place),
        emojiButton(id, place, s),
        tool("Mention someone", "at", () => insert(id, place, "@", s)),
        !thread && s.allowed && tool("Run a slash command", "slash", () => fill(id, place, "/", s)),
        h("span.spread", null),
        h("button.send", { "aria-label": thread ? "Send reply" : "Send now", disabled: !text.trim(), onclick: () => void send(c, place, thread) }, icon("send")))),
    !thread && !s.connected && h("div.below", { role: "status" }, h("strong", null, "The app is not connected."), " Commands and clicks fail until it is."));
}

const grow = (el: HTMLElement): void => {
  el.style.height = "auto";
  el.style.height = Math.min(el.scrollHeight, innerHeight * 0.4) + "px";
};

const tool = (label: string, i: Icon, onclick: () => void, more: Props = {}): VNode =>
  h("button", { "aria-label": label, "data-tip": label, onmousedown: (e) => e.preventDefault(), onclick, ...more }, icon(i));

const box = (id: string): HTMLTextAreaElement => document.getElementById(id) as HTMLTextAreaElement;

/** fill puts words in place of what is typed. */
function fill(id: string, place: string, words: string, s: State): void {
  const el = box(id);
  el.value = words;
  el.focus();
  typed(el, place, s);
}

function insert(id: string, place: string, words: string, s: State): void {
  const el = box(id), before = el.value.slice(0, el.selectionStart);
  el.setRangeText(before && !/\s$/.test(before) ? " " + words : words, el.selectionStart, el.selectionEnd, "end");
  el.focus();
  typed(el, place, s);
}

/** formatting is the row of signs that make text bold and so on. */
function formatting(id: string, place: string, s: State): VNode {
  const around = (sign: string, end = sign) => () => {
    const el = box(id), from = el.selectionStart, to = el.selectionEnd, some = el.value.slice(from, to);
    el.setRangeText(sign + some + end, from, to, "end");
    if (!some) el.setSelectionRange(from + sign.length, from + sign.length);
    el.focus();
    typed(el, place, s);
  };
  return h("div.formatting", { role: "toolbar", "aria-label": "Formatting" },
    tool("Bold", "bold", around("*")), tool("Italic", "italic", around("_")), tool("Strikethrough", "strike", around("~")), h("span.rule", null),
    tool("Quote", "quote", around("> ", "")), h("span.rule", null),
    tool("Code", "code", around("`")), tool("Code block", "block", around("```\n", "\n```")));
}

function emojiButton(id: string, place: string, s: State): VNode {
  const name = "emoji " + place;
  return h("span.popping", null, popupButton(name, "dialog", { "aria-label": "Emoji", "data-tip": "Emoji" }, icon("smile")),
    picker(name, "", (n) => insert(id, place, `:${n}: `, s)));
}

/** shortcuts is the lightning menu: what the app offers everywhere. */
function shortcuts(s: State, place: string): VNode {
  const name = "shortcuts " + place, app = person(s, s.bot)?.real ?? "";
  return h("span.popping", null,
    popupButton(name, "menu", { "aria-label": "Shortcuts", "data-tip": "Shortcuts", "data-testid": "shortcuts" }, icon("bolt")),
    menu(name, "Shortcuts", "", () => [{ title: app }, ...s.shortcuts.filter((x) => x.type === "global").map((x) => ({
      label: x.name, hint: x.description, icon: appIcon(), data: { "data-shortcut": x.callback_id },
      choose: () => void run("shortcut", { name: x.callback_id }),
    }))]));
}

/** usage stands above a command while its arguments are typed. */
function usage(s: State, text: string): VNode {
  return h("div.usage", null, h("code", null, s.command), h("span", { class: text.trim() === s.command ? "" : "hint" }, s.hint), s.command_about && h("span.hint.about", null, s.command_about));
}

function typed(el: HTMLTextAreaElement, place: string, s: State): void {
  drafts.set(place, el.value);
  grow(el);
  const before = el.value.slice(0, el.selectionStart), word = /(?:^|\s)(\S*)$/.exec(before)?.[1] ?? "";
  const list = offersFor(word, before === word, s).slice(0, 8);
  const was = offered;
  offered = list.length ? { place, from: before.length - word.length, list, at: 0 } : null;
  if (was && offered && was.place === place && was.list[was.at]?.key === list[was.at]?.key) offered.at = was.at;
  redraw();
}

function offersFor(word: string, first: boolean, s: State): Offer[] {
  const rest = word.slice(1).toLowerCase();
  if (first && s.allowed && word.startsWith("/") && s.command.startsWith(word)) {
    return [{ key: s.command, insert: s.command + " ", label: `${s.command} ${s.hint ?? ""}`, hint: s.command_about ?? "", face: appIcon() }];
  }
  if (word.startsWith("@")) {
    return [
      ...people(s).filter((u) => u.name.startsWith(rest) || u.real.toLowerCase().includes(rest))
        .map((u) => ({ key: u.id, insert: `@${u.name} `, label: u.real, hint: "@" + u.name + (u.note ? ` · ${u.note}` : ""), face: avatar(s, u.id) })),
      ...s.groups.filter((g) => g.handle.startsWith(rest)).map((g) => ({ key: g.id, insert: `@${g.handle} `, label: "@" + g.handle, hint: "User group", face: icon("people") })),
    ];
  }
  if (word.startsWith("#")) {
    return s.channels.filter((c) => !c.dm && c.name.includes(rest)).map((c) => ({ key: c.id, insert: `#${c.name} `, label: c.name, hint: c.topic ?? "", face: icon("hash") }));
  }
  if (/^:[a-z0-9_+-]{2,}$/.test(word)) return find(rest).map((n) => ({ key: n, insert: `:${n}: `, label: `:${n}:`, hint: "", face: emoji(n) }));
  return [];
}

function offers(s: State, mine: NonNullable<typeof offered>, id: string, place: string): VNode {
  return h("ul.offers.list", { role: "listbox", id: id + "-offers", "aria-label": "Suggestions" }, mine.list.map((o, i) => h("li", {
    key: o.key, role: "option", id: `${id}-offer-${i}`, class: i === mine.at ? "at" : "", "aria-selected": String(i === mine.at),
    onmousedown: (e) => { e.preventDefault(); take(box(id), o, place, s); },
  }, h("span.face", null, o.face), h("span.label", null, o.label), h("span.hint", null, o.hint))));
}

function take(el: HTMLTextAreaElement, o: Offer, place: string, s: State): void {
  if (!offered) return;
  el.setRangeText(o.insert, offered.from, el.selectionStart, "end");
  typed(el, place, s);
}

function key(e: KeyboardEvent, s: State, c: Channel, place: string, thread: string): void {
  const el = e.currentTarget as HTMLTextAreaElement, mine = offered?.place === place ? offered : null;
  const sole = mine && el.value === s.command; // Enter after the whole command sends it
  if (mine && (e.key === "ArrowDown" || e.key === "ArrowUp")) mine.at = (mine.at + (e.key === "ArrowDown" ? 1 : mine.list.length - 1)) % mine.list.length;
  else if (mine && (e.key === "Tab" && !e.shiftKey || e.key === "Enter" && !sole)) take(el, mine.list[mine.at], place, s);
  else if (mine && e.key === "Escape") offered = null;
  else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) void send(c, place, thread);
  else if (e.key === "ArrowUp" && !el.value && !thread) el.closest("main")?.querySelector<HTMLElement>(".messages > article:last-of-type")?.focus();
  else if (e.key === "ArrowUp" && back > 0 && el.value === history[back]) recall(el, place, --back, s);
  else if ((e.ctrlKey || e.metaKey) && e.key === "ArrowUp" && history.length) recall(el, place, (back = Math.max(0, back - 1)), s);
  else return;
  e.preventDefault();
  e.stopPropagation();
  redraw();
}

function recall(el: HTMLTextAreaElement, place: string, at: number, s: State): void {
  el.value = history[at] ?? "";
  typed(el, place, s);
}

/** send posts the message or runs the command; what fails comes back into the box. */
async function send(c: Channel, place: string, thread: string): Promise<void> {
  const text = (drafts.get(place) ?? "").trim();
  if (!text) return;
  back = history.push(text);
  drafts.delete(place);
  offered = null;
  redraw();
  const command = text.startsWith("/") && !thread;
  try {
    await act(command ? "command" : "say", { as: me(), channel: c.id, text, thread: thread || undefined });
    if (command) learned();
  } catch (e) {
    if (!drafts.get(place)) drafts.set(place, text);
    report(e);
  }
}
