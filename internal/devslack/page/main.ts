// The page: one person's Slack. Who that is and what is open stand in the address
// (#alice/C0GENERAL), so that two tabs can be two people.

import { avatar } from "./avatar";
import { composer } from "./composer";
import { confirmDialog } from "./confirm";
import { draw, h, VNode } from "./dom";
import { aboutPanel, homePanel, Tab, tabs } from "./home";
import { icon } from "./icons";
import { messages } from "./messages";
import { modals } from "./modal";
import { menu, popupButton } from "./popup";
import { act, follow } from "./server";
import { actAs, openSwitcher, people, switcher } from "./switcher";
import { rail, sidebar, top } from "./sidebar";
import { applyTheme } from "./theme";
import { thread } from "./thread";
import { Channel, State } from "./types";
import { isApp, onRedraw, person, redraw, ui } from "./ui";

const root = document.getElementById("app")!;
let was: VNode[] = [], stop: (() => void) | null = null;

/** route follows the address: another person means another stream. */
function route(): void {
  const [who, where = "", rest = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  ui.channel = where;
  ui.thread = /^\d/.test(rest) ? rest : "";
  ui.tab = ui.thread ? "" : rest;
  if (!stop || (who || "alice") !== ui.me) {
    stop?.();
    ui.me = who || "alice";
    stop = follow(ui.me, show, (ok) => { ui.live = ok; redraw(); });
  }
  came = true;
  redraw();
}

let arrived = "", read = "", came = true; // came: the focus belongs in the box once that is drawn

function show(s: State): void {
  const other = ui.state?.me !== s.me;
  ui.state = s;
  if (other) {
    ui.busy.clear();
    came = true;
  }
  redraw();
}

/** focusBox puts the cursor where people type, unless a dialog has it or a phone's keyboard would jump up. */
function focusBox(): void {
  if (document.querySelector("dialog") || matchMedia("(pointer: coarse)").matches) return;
  document.querySelector<HTMLElement>(ui.thread ? ".thread .compose" : "main .compose")?.focus();
}

function page(): VNode[] {
  const s = ui.state;
  if (!s) return [h("div.loading", { role: "status" }, ui.live ? "Opening…" : "The local Slack is gone.")];
  const c = s.channels.find((x) => x.id === ui.channel || x.name === ui.channel) ?? s.channels[0];
  const tab = tabOf(s, c);
  if (s.me === ui.me || person(s, s.me)?.name === ui.me) { // just after a change of person the address is the next one's
    ui.channel = c.id;
    visit(s, c, tab);
  }
  document.title = title(s, c);
  return [
    h("div", { class: `shell${ui.drawer ? " drawn" : ""}`, "data-me": person(s, s.me)?.name, "data-channel": c.id, "data-rev": s.rev },
      top(s, openSwitcher), rail(s), sidebar(s, c),
      h("div.scrim", { key: "scrim", onclick: () => { ui.drawer = false; redraw(); } }),
      h("div.card", null,
        h("main.main", null,
          head(s, c),
          isApp(s, c) && tabs(s, tab),
          !ui.live && h("div.banner", { role: "alert", key: "gone" }, "The local Slack is gone. This page catches up when it is back."),
          tab === "home" ? homePanel(s) : tab === "about" ? aboutPanel(s) : [messages(s, c, () => beginning(s, c)), composer(s, c)]),
        ui.thread && thread(s, c))),
    h("div.toast", { role: "alert", key: "toast", hidden: !ui.toast }, ui.toast),
    modals(s), switcher(s), confirmDialog(s),
  ].filter((v): v is VNode => !!v);
}

function tabOf(s: State, c: Channel): Tab {
  if (!isApp(s, c)) return "messages";
  return ui.tab === "about" ? "about" : ui.tab === "home" && s.has_home ? "home" : "messages";
}

/** visit tells the server what is being looked at: what is read, and that App Home was opened. */
function visit(s: State, c: Channel, tab: Tab): void {
  const now = `${s.me}/${c.id}/${tab}`, fresh = now !== arrived;
  arrived = now;
  if (tab === "home" && fresh) act("home", { as: s.me }).catch(() => {}); // the tab says itself if nothing is there
  const newest = s.messages[c.id]?.filter((m) => !m.ephemeral).at(-1);
  if (fresh) read = "";
  if (tab === "messages" && c.unread && newest && newest.ts !== read && document.visibilityState === "visible" && (fresh || document.hasFocus())) {
    read = newest.ts; // once for each: what is marked unread again stays so
    act("read", { as: s.me, channel: c.id, ts: newest.ts }).catch(() => {});
  }
}

function title(s: State, c: Channel): string {
  const waits = s.channels.reduce((n, x) => n + (x.mentions ?? 0), 0), unread = s.channels.some((x) => x.unread);
  return `${waits ? `(${waits}) ` : unread ? "* " : ""}${c.name}${c.dm ? "" : " (channel)"} · ${person(s, s.me)?.name} · ${s.workspace}`;
}

function head(s: State, c: Channel): VNode {
  return h("header.head", null,
    h("h1.title", null, c.dm ? avatar(s, c.with ?? s.bot) : icon(c.private ? "lock" : "hash"), h("span", null, c.name)),
    isApp(s, c) ? h("span.app", null, "APP") : h("span.topic", { title: c.topic }, c.topic),
    c.shared && h("span.note", null, "shared with another company"),
    !c.dm && members(s, c));
}

function members(s: State, c: Channel): VNode {
  const ids = c.people ?? [];
  return h("span.popping.members", null,
    popupButton("members", "menu", { class: "faces", "aria-label": `View all ${ids.length} members` },
      ids.filter((id) => id !== s.bot).slice(0, 3).map((id) => h("span", { key: id }, avatar(s, id, 1))), h("span.count", null, ids.length)),
    menu("members", "Members", "end", () => [{ title: `${ids.length} members of #${c.name}` }, ...ids.map((id) => {
      const who = person(s, id);
      return { label: who?.real ?? id, hint: who?.bot ? "app" : who?.note || (id === s.me ? "you" : ""), icon: avatar(s, id), choose: () => { if (!who?.bot) actAs(s, id); } };
    })]));
}

/** beginning stands above a channel's first message. */
function beginning(s: State, c: Channel): VNode {
  return h("div.beginning", { key: "beginning" },
    c.dm ? avatar(s, c.with ?? s.bot) : h("span.sign", { "aria-hidden": "true" }, icon(c.private ? "lock" : "hash")),
    h("h2", null, c.dm ? c.name : `Welcome to #${c.name}`),
    h("p", null, isApp(s, c) ? "What becomes of your requests is told here, to you alone."
      : c.dm ? `This is the very beginning of your direct messages with ${c.name}.`
        : ["This is the very beginning of the channel. ", c.topic && `${c.topic}.`]));
}

addEventListener("hashchange", route);
addEventListener("focus", redraw);
document.addEventListener("visibilitychange", redraw);
addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
    e.preventDefault();
    if (!ui.state?.views.length) openSwitcher();
  } else if (e.altKey && /^Digit[1-9]$/.test(e.code) && ui.state) {
    const who = people(ui.state)[Number(e.code.slice(5)) - 1];
    if (!who) return;
    e.preventDefault();
    actAs(ui.state, who.id);
  } else if (e.key === "Escape" && ui.drawer) {
    ui.drawer = false;
    redraw();
  }
});

applyTheme();
onRedraw(() => {
  const next = page();
  draw(root, was, next);
  was = next;
  if (came && ui.state?.me && was.length > 1) {
    came = false;
    focusBox();
  }
});
route();
