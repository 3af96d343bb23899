// The page: one person's Slack. Who that is and which channel is open stand in the
// address (#alice/C0GENERAL), so that two tabs can be two people.

import { Composer } from "./composer";
import { h } from "./dom";
import { Messages } from "./messages";
import { Modal } from "./modal";
import { follow } from "./server";
import { Sidebar } from "./sidebar";
import { Channel, State } from "./types";

let as = "alice", channel = "", state: State | null = null, stop: (() => void) | null = null;

const me = () => as;
const sidebar = new Sidebar(go);
const messages = new Messages(me, report);
const composer = new Composer(me, report);
const modal = new Modal(me, report);
const title = h("h1", { class: "title" });
const topic = h("span", { class: "topic" });
const offline = h("div", { class: "offline", role: "alert", hidden: true }, "The local Slack is gone. This page catches up when it is back.");
const toast = h("div", { class: "toast", role: "alert", hidden: true });
let toastTimer = 0;

document.getElementById("app")!.append(sidebar.root,
  h("main", null, h("header", { class: "channel-head" }, title, topic), offline, messages.list, composer.root), toast);

function report(e: unknown): void {
  toast.textContent = e instanceof Error ? e.message : String(e);
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => (toast.hidden = true), 6000);
}

function go(who: string, where: string): void {
  location.hash = `${who}/${where}`;
}

/** route follows the address: another person means another stream. */
function route(): void {
  const [who, where] = decodeURIComponent(location.hash.slice(1)).split("/");
  channel = where ?? "";
  if (stop && (who || "alice") === as) {
    if (state) draw(state);
    composer.focus();
    return;
  }
  stop?.();
  as = who || "alice";
  state = null;
  stop = follow(as, draw, (ok) => (offline.hidden = ok));
}

function draw(s: State): void {
  state = s;
  const current = s.channels.find((c) => c.id === channel || c.name === channel) ?? s.channels[0];
  channel = current.id;
  seen(s, current);
  sidebar.show(s, current.id, (c) => unread(s, c));
  title.textContent = (current.dm ? "" : current.private ? "🔒 " : "# ") + current.name;
  topic.textContent = current.dm ? "Direct messages with the app" : [current.topic, `${current.members} members`].filter(Boolean).join(" · ");
  const who = s.users.find((u) => u.id === s.me);
  document.title = `${current.dm ? "" : "#"}${current.name} · ${who?.name} · Local Slack`;
  messages.show(s, current.id, beginning(s, current));
  composer.show(s, current);
  modal.show(s);
}

/** beginning stands above a channel's first message and says what to type. */
function beginning(s: State, c: Channel): HTMLElement {
  const code = (text: string) => h("code", null, `${s.command} ${text}`.trim());
  return h("div", { class: "beginning" },
    h("h2", null, c.dm ? `Your direct messages with ${c.name}` : `This is the very beginning of #${c.name}`),
    h("p", null, c.dm ? "The app tells you here what becomes of your requests." : "Everybody in the channel sees what is written here."),
    h("p", null, "Try ", code("help"), " or just ", code(""), " in the box below. Act as somebody else at the left."));
}

// What the person has read, for unread marks; it lives as long as the tab.

const lastRead = (s: State, c: Channel) => `read ${s.me} ${c.id}`;
const newest = (s: State, c: Channel) => s.messages[c.id]?.at(-1)?.ts ?? "0";

function seen(s: State, c: Channel): void {
  if (document.visibilityState === "visible") sessionStorage.setItem(lastRead(s, c), newest(s, c));
}

function unread(s: State, c: Channel): number {
  const read = Number(sessionStorage.getItem(lastRead(s, c)) ?? 0);
  return (s.messages[c.id] ?? []).filter((m) => Number(m.ts) > read && m.user !== s.me).length;
}

addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => state && draw(state));
route();
