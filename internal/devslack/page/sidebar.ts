// At the left: whom to act as, and where to go.

import { avatar } from "./avatar";
import { Child, h, VNode } from "./dom";
import { icon } from "./icons";
import { menu, popupButton } from "./popup";
import { actAs, people } from "./switcher";
import { setTheme, theme, themes } from "./theme";
import { Channel, State } from "./types";
import { go, isApp, person, redraw, ui } from "./ui";

/** rail is the bar of people: one click is another person. */
export function rail(s: State): VNode {
  const list = people(s);
  return h("nav.rail", { "aria-label": "Act as" },
    h("div.workspace-tile", { "aria-hidden": "true" }, s.workspace.slice(0, 1)),
    h("div.caption", { "aria-hidden": "true" }, "Act as"),
    h("ul", null, list.map((u, i) => {
      const me = u.id === s.me, waits = u.waiting ?? 0;
      return h("li", { key: u.id }, h("button", {
        class: me ? "face me" : "face", "aria-label": u.real + (me ? " (you)" : "") + (u.note ? ", " + u.note : ""), "aria-pressed": String(me),
        "aria-description": [u.note, waits && !me ? `${waits} waiting` : ""].filter(Boolean).join(", ") || undefined, "data-person": u.name,
        "data-tip": `${u.real}${u.note ? ` (${u.note})` : ""}${i < 9 ? ` · Alt+${i + 1}` : ""}`, onclick: () => actAs(s, u.id),
      }, avatar(s, u.id), waits > 0 && !me && h("span.badge", null, waits > 99 ? "99+" : waits),
        h("span.name", null, u.real.split(" ")[0]), u.note && h("span.note", null, u.note)));
    })),
    h("span.spread", null),
    themeButton());
}

function themeButton(): VNode {
  const now = themes.find(([t]) => t === theme()) ?? themes[0];
  return h("span.popping", null,
    popupButton("theme", "menu", { class: "tool", "aria-label": `Theme: ${now[1]}`, "data-tip": "Theme" }, icon(now[2])),
    menu("theme", "Theme", "", () => themes.map(([t, label, i]) => ({ label, icon: icon(i), checked: t === now[0], data: { "data-theme": t }, choose: () => setTheme(t) }))));
}

const folded = new Set<string>();

/** sidebar is the list of channels, direct messages and apps. */
export function sidebar(s: State, c: Channel): VNode {
  const rows = (list: Channel[]) => list.map((x) => row(s, x, x.id === c.id));
  const dms = s.channels.filter((x) => x.dm && !isApp(s, x));
  const me = person(s, s.me);
  return h("nav.sidebar", { "aria-label": "Channels and direct messages" },
    h("div.head", null, h("strong.workspace", null, s.workspace), h("span.stand-in", null, "local stand-in")),
    h("div.you", null, h("span.dot", { "aria-hidden": "true" }), h("span", null, h("strong", null, me?.real), " (you)"), me?.note && h("span.note", null, me.note)),
    h("div.scroll", null,
      section("Channels", rows(s.channels.filter((x) => !x.dm))),
      dms.length > 0 && section("Direct messages", rows(dms)),
      section("Apps", rows(s.channels.filter((x) => isApp(s, x))))));
}

function section(name: string, rows: Child[]): VNode | null {
  if (!rows.length) return null;
  const open = !folded.has(name), id = "section-" + name.replaceAll(" ", "-");
  return h("section", { key: name, "aria-labelledby": id },
    h("h2", { id }, h("button", {
      "aria-expanded": String(open), onclick: () => { if (open) folded.add(name); else folded.delete(name); redraw(); },
    }, icon(open ? "down" : "right"), name)),
    h("ul", null, rows.filter((r) => open || (r as VNode).props.class)));
}

function row(s: State, c: Channel, now: boolean): VNode {
  const unread = c.unread ?? 0, mentions = c.mentions ?? 0, app = isApp(s, c);
  const says = [c.name, c.dm && !app ? "direct message" : "", c.shared ? "shared" : "", mentions ? `${mentions} ${c.dm ? "unread" : mentions === 1 ? "mention" : "mentions"}` : unread ? "unread" : ""].filter(Boolean).join(", ");
  return h("li", { key: c.id, class: now ? "now" : unread ? "unread" : undefined }, h("button", {
    "aria-current": now ? "page" : undefined, "aria-label": says, "data-channel": c.id, "data-unread": unread || undefined,
    onclick: () => go({ channel: c.id, tab: "" }),
  },
    c.dm ? avatar(s, c.with ?? s.bot, 1) : icon(c.private ? "lock" : "hash"),
    h("span.label", null, c.name),
    c.shared && h("span.shared", { title: "Shared with another company" }, icon("shared")),
    mentions > 0 && h("span.badge", null, mentions)));
}

/** top is the bar over everything: search, and who is acting. */
export function top(s: State, search: () => void): VNode {
  const me = person(s, s.me);
  return h("header.top", null,
    h("button.tool.burger", { "aria-label": "Open sidebar", "aria-expanded": String(ui.drawer), onclick: () => { ui.drawer = !ui.drawer; redraw(); } }, icon("menu"),
      s.channels.some((c) => c.mentions) && h("span.pip", null)),
    h("button.search", { "aria-label": `Search ${s.workspace}, or jump to…`, "aria-keyshortcuts": "Control+K", onclick: search }, icon("search"), h("span", null, `Search ${s.workspace}`), h("kbd", { "aria-hidden": "true" }, "Ctrl K")),
    h("span.popping", null,
      popupButton("who", "menu", { class: "who-am-i", "aria-label": `Acting as ${me?.real}`, "data-testid": "who" }, avatar(s, s.me), h("span.label", null, me?.real), icon("down")),
      menu("who", "Act as", "end", () => [{ title: "Act as" }, ...people(s).map((u) => ({
        label: u.real, hint: [u.note, u.waiting && u.id !== s.me ? `${u.waiting} waiting` : ""].filter(Boolean).join(" · "), icon: avatar(s, u.id), checked: u.id === s.me,
        data: { "data-person": u.name }, choose: () => actAs(s, u.id),
      }))])));
}
