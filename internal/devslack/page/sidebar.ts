// The sidebar: channels, direct messages, and who to act as.

import { avatar } from "./avatar";
import { h } from "./dom";
import { Channel, Person, State } from "./types";

export class Sidebar {
  private name = h("div", { class: "workspace" });
  private channels = h("ul", { class: "channels" });
  private people = h("ul", { class: "people" });
  private print = "";
  readonly root = h("nav", { class: "sidebar", "aria-label": "Channels and people" }, this.name,
    h("h2", null, "Channels"), this.channels, h("h2", null, "Act as"), this.people);

  constructor(private go: (as: string, channel: string) => void) {}

  show(state: State, current: string, unread: (c: Channel) => number): void {
    const rows = state.channels.map((c) => ({ c, n: c.id === current ? 0 : unread(c) }));
    const print = JSON.stringify([state.me, current, rows, state.users]);
    if (print === this.print) return;
    this.print = print;
    this.name.replaceChildren(h("strong", null, state.workspace), h("span", { class: "tag" }, "local Slack"));
    this.channels.replaceChildren(...rows.map(({ c, n }) => this.channel(state, c, n, c.id === current)));
    this.people.replaceChildren(...state.users.filter((u) => !u.bot && u.note !== "deactivated").map((u) => this.person(state, u, current)));
  }

  private channel(state: State, c: Channel, unread: number, current: boolean): HTMLElement {
    const sign = c.dm ? "◆" : c.private ? "🔒" : "#";
    return h("li", null, h("button", {
      type: "button", class: unread ? "unread" : "", "aria-current": current ? "page" : undefined,
      "aria-label": unread ? `${c.name}, ${unread} unread` : undefined, onclick: () => this.go(state.me, c.id),
    }, h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", { class: "label" }, c.name),
      c.shared && h("span", { class: "tag" }, "shared"), c.dm && h("span", { class: "tag" }, "app"),
      unread > 0 && h("span", { class: "badge" }, String(unread))));
  }

  private person(state: State, u: Person, channel: string): HTMLElement {
    const me = u.id === state.me;
    return h("li", null, h("button", { type: "button", "aria-pressed": String(me), onclick: () => this.go(u.id, channel) },
      avatar(u.id, u.real), h("span", { class: "label" }, u.real, me && " (you)"), u.note && h("span", { class: "tag" }, u.note)));
  }
}
