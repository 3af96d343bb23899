// Ctrl+K: jump to a channel, a message partner, or another person.

import { avatar } from "./avatar";
import { dialog } from "./dialog";
import { Child, h, VNode } from "./dom";
import { icon } from "./icons";
import { State } from "./types";
import { go, isApp, person, redraw, ui } from "./ui";

let query = "", at = 0;

interface Way { key: string; label: string; hint: string; face: Child; open: () => void }

function ways(s: State): Way[] {
  const words = query.toLowerCase().replace(/^[#@]/, "");
  return [
    ...s.channels.map((c): Way => ({
      key: c.id, label: c.name, hint: c.dm ? isApp(s, c) ? "App" : "Direct message" : c.topic ?? "",
      face: c.dm ? avatar(s, c.with ?? s.bot) : icon(c.private ? "lock" : "hash"), open: () => go({ channel: c.id, tab: "" }),
    })),
    ...others(s).map((u): Way => ({
      key: u.id, label: "Act as " + u.real, hint: u.note ?? "", face: avatar(s, u.id), open: () => actAs(s, u.id),
    })),
  ].filter((w) => w.label.toLowerCase().includes(words));
}

export const people = (s: State) => s.users.filter((u) => !u.bot && u.note !== "deactivated");
const others = (s: State) => people(s).filter((u) => u.id !== s.me);

/** actAs makes the page somebody else's, in the same place if they have it. */
export function actAs(s: State, id: string): void {
  const here = s.channels.find((c) => c.id === ui.channel), who = person(s, id);
  // The app's messages are under another name for everybody, and colleagues' are from the other side.
  const channel = here?.dm ? isApp(s, here) ? here.name : here.with === id ? person(s, s.me)?.real : "" : here?.id;
  go({ me: who?.name ?? id, channel: channel ?? "", thread: ui.thread || ui.tab });
}

export function openSwitcher(): void {
  query = "";
  at = 0;
  ui.switcher = true;
  redraw();
}

const close = () => { ui.switcher = false; redraw(); };

export function switcher(s: State): VNode | null {
  if (!ui.switcher) return null;
  const found = ways(s);
  at = Math.max(0, Math.min(at, found.length - 1));
  const key = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown") at = (at + 1) % found.length;
    else if (e.key === "ArrowUp") at = (at + found.length - 1) % found.length;
    else if (e.key === "Enter" && found[at]) { close(); found[at].open(); }
    else return;
    e.preventDefault();
    redraw();
  };
  return dialog({ key: "switcher", class: "modal switcher", "aria-label": "Jump to…", onclick: (e) => e.target === e.currentTarget && close() }, close,
    h("div.ask", null, icon("search"), h("input", {
      type: "text", autofocus: true, autocomplete: "off", placeholder: "Jump to a channel, or act as somebody", "aria-label": "Jump to a channel or person",
      role: "combobox", "aria-expanded": "true", "aria-controls": "ways", "aria-autocomplete": "list", "aria-activedescendant": found[at] && "way-" + found[at].key,
      value: query, onkeydown: key, oninput: (e) => { query = (e.currentTarget as HTMLInputElement).value; at = 0; redraw(); },
    })),
    h("ul.list", { role: "listbox", id: "ways", "aria-label": "Places" }, found.map((w, i) => h("li", {
      key: w.key, role: "option", id: "way-" + w.key, class: i === at ? "at" : "", "aria-selected": String(i === at), onclick: () => { close(); w.open(); },
    }, w.face, h("span.label", null, w.label), h("span.hint", null, w.hint)))),
    !found.length && h("div.hint.none", null, "Nothing of that name"));
}
