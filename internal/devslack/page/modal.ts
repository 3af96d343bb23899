// The modal on top of the person's stack.

import { blocks } from "./blocks";
import { h } from "./dom";
import { Form, prune } from "./elements";
import { act } from "./server";
import { State, Values, View } from "./types";

/** Modal shows the top view in a dialog of the browser's own, which traps the focus. */
export class Modal {
  private dialog: HTMLDialogElement | null = null;
  private print = "";
  private typed = new Map<string, Values>(); // by view
  private opener: Element | null = null;

  constructor(private as: () => string, private report: (e: unknown) => void) {}

  show(state: State): void {
    const view = state.views.at(-1);
    for (const id of this.typed.keys()) if (!state.views.some((v) => v.id === id)) this.typed.delete(id);
    if (!view) return this.hide();
    const print = JSON.stringify([state.me, state.views.length, view]);
    if (print === this.print) return;
    this.print = print;
    const focus = this.focused();
    const next = this.draw(view, state);
    if (this.dialog) {
      this.dialog.className = next.className;
      this.dialog.replaceChildren(...next.childNodes);
    } else {
      this.opener = document.activeElement;
      this.dialog = h("dialog", { class: next.className, "aria-labelledby": "modal-title", oncancel: (e: Event) => { e.preventDefault(); this.close(); } });
      this.dialog.append(...next.childNodes);
      document.body.append(this.dialog);
      this.dialog.showModal();
    }
    this.refocus(focus, view);
  }

  private hide(): void {
    if (!this.dialog) return;
    this.dialog.close();
    this.dialog.remove();
    this.dialog = null;
    this.print = "";
    if (this.opener instanceof HTMLElement) this.opener.focus();
  }

  private draw(view: View, state: State): HTMLElement {
    const typed = prune(this.typed.get(view.id) ?? {}, view.blocks);
    this.typed.set(view.id, typed);
    const form: Form = {
      id: (block) => `${view.id}-${block}`, errors: view.errors, typed, server: view.state,
      press: async (block, action, value) => {
        try {
          await act("fill", { as: this.as(), view: view.id, values: typed });
          await act("click", { as: this.as(), view: view.id, block, action, value });
        } catch (e) {
          this.report(e);
        }
      },
    };
    const close = () => this.close();
    return h("div", { class: "modal" },
      h("header", null,
        h("h2", { id: "modal-title" }, view.title ?? ""),
        h("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "✕")),
      h("form", {
        class: "modal-form", novalidate: true,
        onsubmit: (e: Event) => { e.preventDefault(); void this.submit(view, typed, e.target as HTMLFormElement); },
      },
        h("div", { class: "modal-body" },
          view.problem && h("div", { class: "problem", role: "alert" }, view.problem),
          blocks(view.blocks, state, form)),
        h("footer", null,
          h("button", { type: "button", class: "btn", onclick: close }, view.close ?? "Close"),
          view.submit && h("button", { type: "submit", class: "btn primary" }, view.submit))));
  }

  private async submit(view: View, typed: Values, form: HTMLFormElement): Promise<void> {
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (!button || button.disabled) return;
    button.disabled = true;
    try {
      await act("submit", { as: this.as(), view: view.id, values: typed });
    } catch (e) {
      this.report(e);
    } finally {
      button.disabled = false;
    }
  }

  private close(): void {
    const id = this.viewID();
    if (id) act("close", { as: this.as(), view: id }).catch(this.report);
  }

  private viewID(): string | undefined {
    return this.print ? (JSON.parse(this.print)[2] as View).id : undefined;
  }

  /** focused remembers where the person is, since a redraw takes the element away. */
  private focused(): { selector: string; start: number | null } | null {
    const el = document.activeElement;
    if (!this.dialog?.contains(el) || !(el instanceof HTMLElement) || !el.dataset.action) return null;
    const start = el instanceof HTMLTextAreaElement || (el instanceof HTMLInputElement && el.type === "text") ? el.selectionStart : null;
    return { selector: `[data-block="${CSS.escape(el.dataset.block!)}"][data-action="${CSS.escape(el.dataset.action)}"]`, start };
  }

  private refocus(was: { selector: string; start: number | null } | null, view: View): void {
    const wrong = view.errors && this.dialog!.querySelector<HTMLElement>("[aria-invalid=true]");
    const el = wrong || (was && this.dialog!.querySelector<HTMLElement>(was.selector)) ||
      this.dialog!.querySelector<HTMLElement>("[autofocus]") ||
      this.dialog!.querySelector<HTMLElement>(".modal-body input, .modal-body textarea, .modal-body select") ||
      this.dialog!.querySelector<HTMLElement>(".modal-body button, footer .primary, footer .btn");
    el?.focus();
    if (!wrong && was?.start != null && (el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement)) {
      el.setSelectionRange(was.start, was.start);
    }
  }
}
