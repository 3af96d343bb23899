// The box at the bottom: messages, and slash commands.

import { Child, h } from "./dom";
import { act } from "./server";
import { Channel, State } from "./types";

export class Composer {
  private box = h("textarea", { rows: 1, class: "compose", "aria-label": "Message", oninput: () => this.typed(), onkeydown: (e: KeyboardEvent) => this.key(e) });
  private hint = h("button", { type: "button", class: "command-hint", hidden: true, onclick: () => this.complete() });
  private note = h("div", { class: "note", role: "status" });
  private sendButton = h("button", { type: "button", class: "send", "aria-label": "Send", onclick: () => void this.send() }, "➤");
  readonly root = h("div", { class: "composer" }, this.hint,
    h("div", { class: "compose-frame" }, this.box, this.sendButton), this.note);

  private channel: Channel | undefined;
  private place = ""; // whose box it is, and in which channel
  private drafts = new Map<string, string>(); // by place: what is typed and not sent
  private command = "";
  private history: string[] = [];
  private at = 0;

  constructor(private as: () => string, private report: (e: unknown) => void) {}

  show(state: State, channel: Channel | undefined): void {
    this.channel = channel;
    this.command = state.command;
    this.goTo(`${state.me}/${channel?.id}`);
    const where = channel ? (channel.dm ? channel.name : "#" + channel.name) : "";
    this.box.placeholder = `Message ${where}, or ${state.command} help`;
    const note: Child[] = state.connected ? ["Type ", h("code", null, state.command), " to ask for access. Enter sends, Shift+Enter begins a line."]
      : [h("strong", null, "The app is not connected."), " Commands and clicks will fail until it is."];
    this.note.replaceChildren(...(note as (Node | string)[]));
  }

  focus(): void { this.box.focus(); }

  /** goTo keeps what one person typed out of another's box. */
  private goTo(place: string): void {
    if (place === this.place) return;
    this.drafts.set(this.place, this.box.value);
    this.place = place;
    this.box.value = this.drafts.get(place) ?? "";
    this.typed();
  }

  private typed(): void {
    this.box.style.height = "auto";
    this.box.style.height = Math.min(this.box.scrollHeight, 200) + "px";
    const word = this.box.value.split(/\s/)[0];
    this.hint.hidden = !(word.startsWith("/") && this.command.startsWith(word) && !this.box.value.includes(" "));
    this.hint.replaceChildren(h("strong", null, this.command), " Request database access ", h("span", { class: "hint" }, "Tab completes"));
  }

  private complete(): void {
    this.box.value = this.command + " ";
    this.typed();
    this.box.focus();
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Tab" && !this.hint.hidden) {
      e.preventDefault();
      this.complete();
    } else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      void this.send();
    } else if (e.key === "ArrowUp" && (this.box.value === "" || this.box.value === this.history[this.at]) && this.at > 0) {
      e.preventDefault();
      this.box.value = this.history[--this.at];
      this.typed();
    }
  }

  /** send posts the message or runs the command; what fails comes back into the box. */
  private async send(): Promise<void> {
    const text = this.box.value.trim();
    if (!text || !this.channel) return;
    this.history.push(text);
    this.at = this.history.length;
    this.box.value = "";
    this.typed();
    const command = text.startsWith("/"), place = this.place;
    try {
      await act(command ? "command" : "say", { as: this.as(), channel: this.channel.id, text });
    } catch (e) {
      if (place !== this.place) this.drafts.set(place, text);
      else if (!this.box.value) this.box.value = text;
      this.typed();
      this.report(e);
    }
  }
}
