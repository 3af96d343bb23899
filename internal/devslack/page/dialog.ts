// Dialogs: the browser's own, with a focus that cannot leave and comes back.

import { Child, h, Props, VNode } from "./dom";

const focusable = "button:not(:disabled),input:not(:disabled),textarea:not(:disabled),a[href],[tabindex='0']";

/** dialog keeps the rest of the page out of reach; Esc asks for escape. */
export function dialog(props: Props, escape: () => void, ...children: Child[]): VNode {
  return h("dialog", {
    "aria-modal": "true", ...props,
    oncreate: (el) => {
      openers.set(props.key ?? "", document.activeElement);
      (el as HTMLDialogElement).showModal();
      props.oncreate?.(el);
    },
    onremove: () => {
      const opener = openers.get(props.key ?? "");
      if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) opener.focus();
      else document.querySelector<HTMLElement>("main .compose")?.focus();
    },
    oncancel: (e) => e.preventDefault(),
    onkeydown: (e) => {
      if (e.key === "Escape") {
        e.preventDefault(); // or else the browser closes what the app has not
        escape();
      } else if (e.key === "Tab") trap(e);
      e.stopPropagation();
    },
  }, children);
}

const openers = new Map<string, Element | null>(); // by dialog: what had the focus before

function trap(e: KeyboardEvent): void {
  const all = [...(e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(focusable)].filter((el) => el.tabIndex >= 0 && el.checkVisibility());
  const first = all[0], last = all.at(-1), now = document.activeElement;
  if (e.shiftKey ? now === first : now === last) {
    e.preventDefault();
    (e.shiftKey ? last : first)?.focus();
  }
}
