// The list of messages in a channel.

import { avatar } from "./avatar";
import { blocks } from "./blocks";
import { h, Keyed } from "./dom";
import { Form, prune } from "./elements";
import { choice, emoji } from "./emoji";
import { clock, mrkdwn } from "./mrkdwn";
import { act } from "./server";
import { Message, State, Values } from "./types";

export class Messages {
  readonly list = h("div", { class: "messages", role: "log", "aria-label": "Messages", tabindex: "0" });
  private keyed = new Keyed<HTMLElement>();
  private typed = new Map<string, Values>(); // by person, channel and ts: what stands in a message's inputs
  private channel = "";

  constructor(private as: () => string, private report: (e: unknown) => void) {}

  show(state: State, channel: string, empty: HTMLElement): void {
    const other = channel !== this.channel;
    this.channel = channel;
    const atEnd = other || this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const all = state.messages[channel] ?? [];
    const rows: { key: string; print: string; make: () => HTMLElement }[] = [
      { key: "empty", print: channel + empty.textContent, make: () => empty },
    ];
    let day = "", before: Message | null = null;
    for (const m of all) {
      const today = new Date(Number(m.ts) * 1000).toDateString();
      if (today !== day) {
        rows.push({ key: "day " + today, print: today, make: () => h("div", { class: "day" }, h("span", null, dayName(m))) });
        before = null;
      }
      day = today;
      const joined = before !== null && sameBreath(before, m);
      const draft = state.drafts[`${channel}/${m.ts}`];
      rows.push({
        key: m.ts + (m.ephemeral ? "e" : ""), print: JSON.stringify([state.me, joined, m, draft]),
        make: () => this.message(m, joined, draft ?? {}, state),
      });
      before = m;
    }
    this.keyed.show(this.list, rows, (r) => r.key, (r) => r.print, (r) => r.make());
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  private message(m: Message, joined: boolean, server: Form["server"], state: State): HTMLElement {
    const who = state.users.find((u) => u.id === m.user);
    const name = m.user === "USLACKBOT" ? "Slackbot" : who?.real ?? m.user;
    const time = new Date(Number(m.ts) * 1000);
    return h("article", { class: `message${joined ? " joined" : ""}${m.ephemeral ? " ephemeral" : ""}`, "data-ts": m.ts, "aria-label": `${name}, ${clock(time)}` },
      h("div", { class: "gutter" }, joined ? h("time", { class: "small" }, clock(time)) : avatar(m.user, name, who?.bot)),
      h("div", { class: "content" },
        m.ephemeral && h("div", { class: "only-you" }, h("span", { "aria-hidden": "true" }, "◉ "), "Only visible to you"),
        m.thread_ts && m.thread_ts !== m.ts && h("div", { class: "only-you" }, "↳ in a thread"),
        !joined && h("div", { class: "who" },
          h("strong", null, name), (who?.bot || m.user === "USLACKBOT") && h("span", { class: "app" }, "APP"),
          h("time", { datetime: time.toISOString(), title: time.toLocaleString() }, clock(time))),
        m.blocks?.length ? h("div", { class: "blocks" }, blocks(m.blocks, state, this.form(m, server)))
          : h("div", { class: "b-text" }, mrkdwn(m.text, state)),
        m.edited ? h("span", { class: "edited" }, "(edited)") : null,
        m.ephemeral ? h("button", { type: "button", class: "quiet", onclick: () => this.do("dismiss", m) }, "Dismiss message") : this.reactions(m, state)),
      !m.ephemeral && this.hover(m));
  }

  private form(m: Message, server: Form["server"]): Form {
    const at = { channel: m.channel, ts: m.ts }, key = [this.as(), m.channel, m.ts].join("/");
    const typed = prune(this.typed.get(key) ?? {}, m.blocks ?? []);
    this.typed.set(key, typed);
    return {
      id: (block) => `m${m.ts}-${block}`, typed, server,
      press: async (block, action, value) => {
        try {
          if (Object.keys(typed).length) await act("fill", { as: this.as(), ...at, values: typed });
          await act("click", { as: this.as(), ...at, block, action, value });
        } catch (e) {
          this.report(e);
        }
      },
    };
  }

  private do(what: string, m: Message, more: Record<string, unknown> = {}): void {
    act(what, { as: this.as(), channel: m.channel, ts: m.ts, ...more }).catch(this.report);
  }

  private reactions(m: Message, state: State): HTMLElement | null {
    if (!m.reactions?.length) return null;
    return h("div", { class: "reactions" }, m.reactions.map((r) => {
      const mine = r.users.includes(state.me);
      const names = r.users.map((id) => state.users.find((u) => u.id === id)?.name ?? id).join(", ");
      return h("button", {
        type: "button", class: mine ? "reaction mine" : "reaction", "aria-pressed": String(mine), title: `${names} reacted with :${r.name}:`,
        "aria-label": `${r.name}: ${r.count}, ${names}`, onclick: () => this.do(mine ? "unreact" : "react", m, { name: r.name }),
      }, emoji(r.name), " ", String(r.count));
    }));
  }

  /** hover is the bar at a message's corner: quick reactions, and all others. */
  private hover(m: Message): HTMLElement {
    const react = (name: string) => h("button", {
      type: "button", title: `:${name}:`, "aria-label": `React with ${name}`, onclick: () => { picker.hidden = true; this.do("react", m, { name }); },
    }, emoji(name));
    const picker = h("div", { class: "picker", hidden: true, role: "group", "aria-label": "Reactions" }, choice.map(react));
    const more = h("button", {
      type: "button", title: "More reactions", "aria-label": "More reactions",
      onclick: () => { picker.hidden = !picker.hidden; if (!picker.hidden) picker.querySelector("button")!.focus(); },
    }, "☺+");
    return h("div", {
      class: "hover", onkeydown: (e: KeyboardEvent) => { if (e.key === "Escape") { picker.hidden = true; more.focus(); } },
    }, choice.slice(0, 3).map(react), more, picker);
  }
}

/** sameBreath: two messages of one author within five minutes stand together. */
function sameBreath(a: Message, b: Message): boolean {
  return a.user === b.user && !a.ephemeral && !b.ephemeral && !b.blocks?.length && !a.blocks?.length && Number(b.ts) - Number(a.ts) < 300;
}

function dayName(m: Message): string {
  const t = new Date(Number(m.ts) * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(t).setHours(0, 0, 0, 0)) / 86400e3);
  if (days === 0) return "Today";
  return days === 1 ? "Yesterday" : t.toLocaleDateString("en", { weekday: "long", month: "long", day: "numeric" });
}
