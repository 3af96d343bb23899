// What the page itself remembers: where the person is, what is open, what is typed.

import { act } from "./server";
import { Channel, Message, State } from "./types";

export const ui = {
  me: "alice", channel: "", tab: "", thread: "",
  state: null as State | null,
  live: true,
  /** popup is the one menu or picker that is open, by a name that its opener chose. */
  popup: "",
  drawer: false, switcher: false,
  toast: "",
  /** busy holds the names of buttons whose act is under way. */
  busy: new Set<string>(),
};

let draw: () => void = () => {}, queued = false;

export function onRedraw(f: () => void): void { draw = f; }

/** redraw draws the page anew, once for all that asked in this turn. */
export function redraw(): void {
  if (queued) return;
  queued = true;
  queueMicrotask(() => {
    queued = false;
    draw();
  });
}

let timer = 0;

/** report shows what went wrong for a while. */
export function report(e: unknown): void {
  ui.toast = e instanceof Error ? e.message : String(e);
  clearTimeout(timer);
  timer = window.setTimeout(() => { ui.toast = ""; redraw(); }, 7000);
  redraw();
}

/** me is whose page is drawn; just after a change of person ui.me is ahead of it. */
export const me = (): string => ui.state?.me ?? ui.me;

/** run acts as the person and reports what fails; name marks the button that waits. */
export async function run(what: string, body: Record<string, unknown>, name = ""): Promise<boolean> {
  if (name) ui.busy.add(name);
  redraw();
  try {
    await act(what, { as: me(), ...body });
    return true;
  } catch (e) {
    report(e);
    return false;
  } finally {
    ui.busy.delete(name);
    redraw();
  }
}

export const person = (s: State, id: string) => s.users.find((u) => u.id === id);
export const isApp = (s: State, c: Channel): boolean => !!c.dm && (c.with ?? s.bot) === s.bot;

/** nameOf is who a message is from, as people read it. */
export function nameOf(s: State, id: string): string {
  return id === "USLACKBOT" ? "Slackbot" : person(s, id)?.real ?? id;
}

export const isReply = (m: Message): boolean => !!m.thread_ts && m.thread_ts !== m.ts;

/** go opens a place; it stands in the address, so that two tabs can be two people. */
export function go(to: { me?: string; channel?: string; tab?: string; thread?: string }): void {
  const parts = [to.me ?? ui.me, to.channel ?? ui.channel, to.thread ?? to.tab ?? ""];
  ui.drawer = ui.switcher = false;
  ui.popup = "";
  location.hash = parts.join("/").replace(/\/+$/, "");
  redraw();
}
