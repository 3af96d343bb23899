// The list of a channel's messages: days, groups, what is new, and where it is scrolled to.

import { Child, h, VNode } from "./dom";
import { dayOf } from "./mrkdwn";
import { message, timeOf } from "./message";
import { Channel, Message, State } from "./types";
import { isReply, redraw } from "./ui";

const page = 150; // as many as are drawn at once; earlier ones on demand
let shown = page, place = "", newFrom = "";
const atEnd = new Map<string, boolean>(); // by list: whether it is scrolled to its end, and so stays there

/** messages draws a channel's list; begin stands above its first message. */
export function messages(s: State, c: Channel, begin: () => VNode): VNode {
  if (place !== s.me + c.id) {
    place = s.me + c.id;
    shown = page;
    newFrom = c.unread ? c.read || "0" : "";
  }
  const all = (s.messages[c.id] ?? []), top = all.filter((m) => !isReply(m) || m.broadcast || m.ephemeral);
  const replies = new Map<string, Message[]>();
  for (const m of all) if (isReply(m)) replies.set(m.thread_ts!, [...(replies.get(m.thread_ts!) ?? []), m]);
  const some = top.slice(-shown);
  const label = c.dm ? c.name : "#" + c.name;
  return scroller(`list ${place}`, `Messages in ${label}`,
    top.length > some.length
      ? h("button.btn.earlier", { onclick: () => { shown += page; redraw(); } }, "Show earlier messages")
      : begin(),
    days(some, (m, joined) => message(m, s, { joined, thread: false, replies: replies.get(m.ts) ?? [] }), firstNew(some, s)));
}

/** firstNew is the message before which the red line stands. */
function firstNew(list: Message[], s: State): string {
  return newFrom ? list.find((m) => m.user !== s.me && !m.ephemeral && Number(m.ts) > Number(newFrom))?.ts ?? "" : "";
}

/** days puts a divider before each day, and joins what one author says in one breath. */
export function days(list: Message[], draw: (m: Message, joined: boolean) => VNode, fresh = ""): Child[] {
  const out: Child[] = [];
  let day = "", before: Message | null = null;
  for (const m of list) {
    const today = timeOf(m).toDateString();
    if (today !== day) {
      out.push(h("div.dayline", { key: today }), h("div.day", { key: today, role: "separator", "aria-label": dayOf(timeOf(m)) }, h("span", null, dayOf(timeOf(m)))));
      before = null;
    }
    if (m.ts === fresh) {
      out.push(h("div.fresh", { key: "fresh", role: "separator", "aria-label": "New messages" }, h("span", null, "New")));
      before = null;
    }
    day = today;
    out.push(draw(m, before !== null && sameBreath(before, m)));
    before = m;
  }
  return out;
}

/** sameBreath: two messages of one author within five minutes stand together. */
function sameBreath(a: Message, b: Message): boolean {
  return a.user === b.user && !a.ephemeral && !b.ephemeral && Number(b.ts) - Number(a.ts) < 300;
}

/** scroller is a list that stays at its end while it is there, and is entered by Tab at its last message. */
export function scroller(key: string, label: string, ...children: Child[]): VNode {
  const settle = (el: HTMLElement) => {
    if (atEnd.get(key) ?? true) el.scrollTop = el.scrollHeight;
    const all = el.querySelectorAll<HTMLElement>(":scope > article");
    for (const m of all) m.tabIndex = -1;
    const entry = [...all].find((m) => m.contains(document.activeElement)) ?? all[all.length - 1];
    if (entry) entry.tabIndex = 0;
  };
  return h("div.messages", { key, role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": label,
    onscroll: (e) => {
      const el = e.currentTarget as HTMLElement;
      atEnd.set(key, el.scrollHeight - el.scrollTop - el.clientHeight < 60);
    },
    onfocusin: (e) => {
      const el = e.currentTarget as HTMLElement;
      for (const m of el.querySelectorAll<HTMLElement>(":scope > article")) m.tabIndex = m.contains(e.target as Node) ? 0 : -1;
    },
    oncreate: (el) => {
      atEnd.delete(key);
      settle(el);
      new ResizeObserver(() => settle(el)).observe(el);
    },
    onupdate: settle,
  }, children);
}
