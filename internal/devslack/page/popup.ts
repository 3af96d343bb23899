// Menus and pickers: one is open at a time, above everything, beside its button.

import { Child, h, Props, VNode } from "./dom";
import { redraw, ui } from "./ui";

let opener: HTMLElement | null = null;

export function openPopup(name: string, by: HTMLElement | null): void {
  opener = by;
  ui.popup = name;
  redraw();
}

/** closePopup closes the open one; the focus goes back to the button it came from. */
export function closePopup(refocus = true): void {
  if (!ui.popup) return;
  ui.popup = "";
  if (refocus && opener?.isConnected) opener.focus();
  opener = null;
  redraw();
}

/** popupButton is a button that opens and closes a popup of that name. */
export function popupButton(name: string, kind: "menu" | "dialog" | "listbox", props: Props, ...children: Child[]): VNode {
  const open = ui.popup === name;
  return h("button", {
    "aria-haspopup": kind, "aria-expanded": String(open), "data-popup": name, ...props,
    onclick: (e) => (open ? closePopup() : openPopup(name, e.currentTarget as HTMLElement)),
  }, children);
}

/** popup is what a popupButton opens; null while it is closed. */
export function popup(name: string, props: Props, make: () => Child): VNode | null {
  if (ui.popup !== name) return null;
  return h("div", {
    ...props, class: "pop " + (props.class ?? ""), popover: "manual", key: "pop " + name,
    oncreate: (el) => {
      float(el, opener ?? el.parentElement!);
      (el.querySelector<HTMLElement>("[autofocus],input,[aria-checked=true],button") ?? el).focus();
    },
    onupdate: (el) => float(el, opener ?? el.parentElement!),
    onkeydown: keys,
  }, make());
}

const floating = new WeakMap<Element, () => void>();

function follow(e: Event): void {
  for (const el of document.querySelectorAll(":popover-open")) if (!el.contains(e.target instanceof Node ? e.target : null)) floating.get(el)?.();
}
addEventListener("scroll", follow, true);
addEventListener("resize", follow);

/** float shows el in the browser's top layer, below or above anchor. */
export function float(el: HTMLElement, anchor: HTMLElement, wide = false): void {
  floating.set(el, () => float(el, anchor, wide));
  if (!el.matches(":popover-open")) el.showPopover();
  const at = anchor.getBoundingClientRect(), gap = 4, edge = 8;
  if (wide) el.style.width = at.width + "px";
  const box = el.getBoundingClientRect();
  const below = innerHeight - at.bottom - edge, above = at.top - edge;
  const up = box.height > below && above > below;
  const left = el.classList.contains("end") ? at.right - box.width : at.left;
  el.style.maxHeight = Math.max(120, (up ? above : below) - gap) + "px";
  el.style.left = Math.max(edge, Math.min(left, innerWidth - box.width - edge)) + "px";
  el.style.top = (up ? Math.max(edge, at.top - Math.min(box.height, above) - gap) : at.bottom + gap) + "px";
}

/** keys moves among a menu's items. */
function keys(e: KeyboardEvent): void {
  const items = [...(e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button:not(:disabled),input")];
  const at = items.indexOf(document.activeElement as HTMLElement), n = items.length;
  const typing = document.activeElement instanceof HTMLInputElement;
  const step = Number((e.currentTarget as HTMLElement).dataset.columns ?? 1);
  let to = -1;
  if (e.key === "Escape") closePopup();
  else if (e.key === "Tab") { closePopup(); return; }
  else if (e.key === "ArrowDown") to = typing ? 1 : (at + step) % n;
  else if (e.key === "ArrowUp") to = (at + n - step) % n;
  else if (e.key === "ArrowRight" && !typing) to = (at + 1) % n;
  else if (e.key === "ArrowLeft" && !typing) to = (at + n - 1) % n;
  else if (e.key === "Home" && !typing) to = 0;
  else if (e.key === "End" && !typing) to = n - 1;
  else return;
  e.preventDefault();
  e.stopPropagation();
  items[to]?.focus();
}

addEventListener("pointerdown", (e) => {
  const t = e.target as Element;
  if (ui.popup && !t.closest(".pop") && !t.closest("[data-popup]")) closePopup(false);
}, true);

export interface Item { label: string; hint?: Child; icon?: Child; checked?: boolean; data?: Props; choose: () => void }

/** menu is a popup of things to do. */
export function menu(name: string, label: string, cls: string, items: () => (Item | "line" | { title: string })[]): VNode | null {
  return popup(name, { class: "menu " + cls, role: "menu", "aria-label": label }, () => items().map((i) => {
    if (i === "line") return h("div.line", { role: "separator" });
    if ("title" in i) return h("div.title", { role: "presentation" }, i.title);
    return h("button", {
      tabindex: "-1", role: i.checked === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": i.checked === undefined ? undefined : String(i.checked), ...i.data,
      onclick: () => { closePopup(); i.choose(); },
    }, i.icon, h("span.label", null, i.label), i.hint && h("span.hint", null, i.hint));
  }));
}
