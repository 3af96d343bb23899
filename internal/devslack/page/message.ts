// One message: who, when, what, and what can be done with it.

import { appIcon, avatar } from "./avatar";
import { blocks } from "./blocks";
import { Child, h, VNode } from "./dom";
import { emoji, picker } from "./emoji";
import { messageForm } from "./forms";
import { icon } from "./icons";
import { clock, dayOf, moment, mrkdwn } from "./mrkdwn";
import { Item, menu, popupButton } from "./popup";
import { Message, State } from "./types";
import { go, isReply, nameOf, person, report, run, ui } from "./ui";

export interface Place { joined: boolean; thread: boolean; replies: Message[] }

export const timeOf = (m: Message): Date => new Date(Number(m.ts) * 1000);

/** message draws one; joined to the one above it has no face and name of its own. */
export function message(m: Message, s: State, at: Place): VNode {
  const who = person(s, m.user), name = nameOf(s, m.user), time = timeOf(m);
  const key = (at.thread ? "t" : "m") + m.ts;
  const joined = at.joined && !m.ephemeral;
  return h("article", {
    class: `message${joined ? " joined" : ""}${m.ephemeral ? " ephemeral" : ""}${mentions(m, s) ? " for-me" : ""}`, key,
    "data-ts": m.ts, "data-channel": m.channel, "data-user": m.user, "data-ephemeral": m.ephemeral || undefined,
    tabindex: "-1", "aria-label": `${name}, ${clock(time)}`, onkeydown: (e) => keys(e, m),
  },
    h("div.gutter", null, joined ? h("time.small", { datetime: time.toISOString() }, clock(time).replace(/ [AP]M/, "")) : avatar(s, m.user)),
    h("div.content", null,
      m.ephemeral && h("div.only-you", null, icon("eye"), h("span", null, "Only visible to you"), h("button.quiet", { "data-testid": "dismiss", onclick: () => void run("dismiss", { channel: m.channel, ts: m.ts }),
      }, "Dismiss message")),
      !joined && h("div.who", null,
        h("strong", null, name), (who?.bot || m.user === "USLACKBOT") && h("span.app", null, "APP"),
        who?.note && h("span.note", null, who.note),
        h("time", { datetime: time.toISOString(), title: moment(time) }, clock(time))),
      body(m, s), files(m),
      !m.ephemeral && reactions(m, s, key),
      !at.thread && at.replies.length > 0 && replies(m, s, at.replies)),
    !m.ephemeral && toolbar(m, s, key, at));
}

/** body is the blocks, or else the text, and that it was edited. */
function body(m: Message, s: State): Child {
  const edited = m.edited ? h("span.edited", { title: "Edited" }, "(edited)") : null;
  if (m.blocks?.length) {
    return h("div.blocks", null, blocks(m.blocks, s, messageForm(m, s.drafts[`${m.channel}/${m.ts}`])), edited);
  }
  const jumbo = /^(?::[a-z0-9_+'-]+:\s*){1,12}$/.test(m.text.trim());
  return h("div", { class: jumbo ? "b-text jumbo" : "b-text" }, mrkdwn(m.text, s), edited && [" ", edited]);
}

function files(m: Message): Child {
  return m.files?.map((f) => h("div.file", { key: f.id, "data-file": f.id }, icon("file"),
    h("span.label", null, h("strong", null, f.title || f.name), h("span.hint", null, f.size ? `${f.name} · ${size(f.size)}` : f.name)),
    h("a", { href: "/files/" + f.id, target: "_blank", rel: "noopener noreferrer" }, "Open")));
}

const size = (n: number): string => n < 1000 ? `${n} bytes` : n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`;

/** mentions is whether the message calls the person by name. */
function mentions(m: Message, s: State): boolean {
  return m.user !== s.me && (m.text.includes(`<@${s.me}>`) || /<!(?:here|channel|everyone)\b/.test(m.text));
}

const react = (m: Message, s: State, name: string): void => {
  const mine = m.reactions?.some((r) => r.name === name && r.users.includes(s.me));
  void run(mine ? "unreact" : "react", { channel: m.channel, ts: m.ts, name });
};

/** list joins names as people do: you last. */
function people(ids: string[], s: State): string {
  const names = [...ids.filter((id) => id !== s.me).map((id) => nameOf(s, id)), ...(ids.includes(s.me) ? ["you"] : [])];
  return names.length < 2 ? names[0] : names.slice(0, -1).join(", ") + " and " + names.at(-1);
}

function reactions(m: Message, s: State, key: string): Child {
  if (!m.reactions?.length) return null;
  const name = `under ${key}`;
  return h("div.reactions", null, m.reactions.map((r) => {
    const mine = r.users.includes(s.me), who = people(r.users, s);
    return h("button", {
      key: r.name, class: mine ? "reaction mine" : "reaction", "aria-pressed": String(mine), "data-reaction": r.name,
      "data-tip": `${who[0].toUpperCase()}${who.slice(1)} reacted with :${r.name}:`,
      "aria-label": `${r.name}, ${r.count} ${r.count === 1 ? "reaction" : "reactions"}: ${who}`,
      onclick: () => react(m, s, r.name),
    }, h("span.emoji", null, emoji(r.name)), h("span.count", null, r.count));
  }), h("span.popping", null,
    popupButton(name, "dialog", { class: "reaction add", "aria-label": "Add reaction…" }, icon("smile")),
    picker(name, "React with ", (n) => react(m, s, n))));
}

/** replies is the line under a message that leads to its thread. */
function replies(m: Message, s: State, list: Message[]): VNode {
  const last = timeOf(list[list.length - 1]), who = [...new Set(list.map((r) => r.user))].slice(0, 5);
  const open = () => go({ thread: m.ts });
  return h("button.replies", { "data-thread": m.ts, onclick: open },
    h("span.faces", null, who.map((id) => avatar(s, id, 1))),
    h("span.count", null, `${list.length} ${list.length === 1 ? "reply" : "replies"}`),
    h("span.hint", null, `Last reply ${dayOf(last).toLowerCase() === "today" ? "today" : dayOf(last)} at ${clock(last)}`));
}

/** toolbar is the bar at a message's corner. */
function toolbar(m: Message, s: State, key: string, at: Place): VNode {
  const pick = `react ${key}`, more = `more ${key}`;
  const tool = (label: string, what: VNode, onclick: () => void, testid: string) =>
    h("button", { "aria-label": label, "data-tip": label, "data-testid": testid, onclick }, what);
  return h("div", { class: `toolbar${ui.popup === pick || ui.popup === more ? " on" : ""}`, role: "group", "aria-label": "Message actions" },
    ["white_check_mark", "eyes", "raised_hands"].map((n) => h("button", {
      key: n, class: "quick", "aria-label": "React with " + n, "data-tip": `:${n}:`, "data-emoji": n, onclick: () => react(m, s, n),
    }, emoji(n))),
    h("span.popping", null,
      popupButton(pick, "dialog", { "aria-label": "More reactions", "data-tip": "More reactions", "data-testid": "add-reaction" }, icon("smile")),
      picker(pick, "React with ", (n) => react(m, s, n))),
    !at.thread && tool("Reply in thread", icon("reply"), () => go({ thread: isReply(m) ? m.thread_ts! : m.ts }), "reply"),
    h("span.popping", null,
      popupButton(more, "menu", { "aria-label": "More actions", "data-tip": "More actions", "data-testid": "more" }, icon("more")),
      menu(more, "More actions", "end", () => actions(m, s))));
}

/** before is the ts of the message above: what is read when m is not. */
function before(m: Message, s: State): string {
  const all = s.messages[m.channel] ?? [];
  return all[all.findIndex((x) => x.ts === m.ts) - 1]?.ts ?? "";
}

function actions(m: Message, s: State): (Item | "line" | { title: string })[] {
  const shortcuts = s.allowed ? s.shortcuts.filter((c) => c.type === "message") : [];
  const app = person(s, s.bot)?.real ?? "";
  return [
    { label: "Copy text", choose: () => navigator.clipboard.writeText(m.text).catch(report) },
    { label: "Mark unread", choose: () => void run("read", { channel: m.channel, ts: before(m, s) }) },
    ...(shortcuts.length ? ["line" as const] : []),
    ...shortcuts.map((c): Item => ({
      label: c.name, hint: app, icon: appIcon(), data: { "data-shortcut": c.callback_id },
      choose: () => void run("shortcut", { channel: m.channel, ts: m.ts, name: c.callback_id }),
    })),
  ];
}

/** keys are Slack's for the message that has the focus. */
function keys(e: KeyboardEvent, m: Message): void {
  const el = e.currentTarget as HTMLElement;
  if (e.target !== el || e.ctrlKey || e.metaKey || e.altKey) return;
  const all = [...el.parentElement!.querySelectorAll<HTMLElement>("article")], i = all.indexOf(el);
  const to = { ArrowUp: all[i - 1], ArrowDown: all[i + 1], Home: all[0], End: all.at(-1) }[e.key];
  if (to) to.focus();
  else if (e.key === "ArrowDown" || e.key === "Escape") el.closest("main,aside")?.querySelector<HTMLElement>(".compose")?.focus();
  else if (e.key.toLowerCase() === "t" && !m.ephemeral) go({ thread: isReply(m) ? m.thread_ts! : m.ts });
  else if (e.key.toLowerCase() === "r" && !m.ephemeral) el.querySelector<HTMLElement>("[data-testid=add-reaction]")?.click();
  else return;
  e.preventDefault();
}
