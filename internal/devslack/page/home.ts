// The app's own place: Home, Messages, About.

import { appIcon } from "./avatar";
import { blocks } from "./blocks";
import { h, VNode } from "./dom";
import { viewForm } from "./forms";
import { State } from "./types";
import { go, person } from "./ui";

export type Tab = "home" | "messages" | "about";

/** tabs is the row under the header. */
export function tabs(s: State, now: Tab): VNode {
  const all: [Tab, string][] = [...(s.has_home ? [["home", "Home"] as [Tab, string]] : []), ["messages", "Messages"], ["about", "About"]];
  const key = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const to = all[(all.findIndex(([t]) => t === now) + step + all.length) % all.length][0];
    go({ tab: to });
    document.getElementById("tab-" + to)?.focus();
  };
  return h("div.tabs", { role: "tablist", "aria-label": person(s, s.bot)?.real, onkeydown: key },
    all.map(([tab, label]) => h("button", {
      role: "tab", key: tab, id: "tab-" + tab, "aria-selected": String(tab === now), "aria-controls": "panel-" + tab,
      tabindex: tab === now ? undefined : "-1", onclick: () => go({ tab }),
    }, label)));
}

export function homePanel(s: State): VNode {
  return h("div.panel.home", { key: "home", role: "tabpanel", id: "panel-home", "aria-labelledby": "tab-home", tabindex: "0", "data-view-id": s.home?.id },
    s.home
      ? h("div.blocks", { key: s.home.id }, blocks(s.home.blocks, s, viewForm(s.home)))
      : h("div.empty", null, appIcon(), h("h2", null, "This is a work in progress"),
        h("p", null, `${person(s, s.bot)?.real} has not put anything here yet.`)));
}

export function aboutPanel(s: State): VNode {
  const globals = s.shortcuts.filter((c) => c.type === "global"), onMessages = s.shortcuts.filter((c) => c.type === "message");
  const row = (name: string, about = "") => h("li", null, h("strong", null, name), about && h("span.hint", null, about));
  return h("div.panel.about", { key: "about", role: "tabpanel", id: "panel-about", "aria-labelledby": "tab-about", tabindex: "0" },
    h("div.empty", null, appIcon(), h("h2", null, person(s, s.bot)?.real), h("p", null, s.about)),
    h("section", null, h("h3", null, "Slash command"), h("ul", null, row(`${s.command} ${s.hint ?? ""}`, s.command_about))),
    globals.length > 0 && h("section", null, h("h3", null, "Shortcuts"), h("ul", null, globals.map((c) => row(c.name, c.description)))),
    onMessages.length > 0 && h("section", null, h("h3", null, "Message shortcuts"), h("ul", null, onMessages.map((c) => row(c.name, c.description)))));
}
