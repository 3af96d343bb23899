// The one way this page makes elements: no markup is ever parsed.

export type Child = Node | string | null | undefined | false | Child[];

type Handlers = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
type Attributes = { [name: string]: unknown };

/** h makes an element; true and false set and leave out attributes, functions listen. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, props: (Handlers & Attributes) | null, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") el.addEventListener(name.slice(2), value as EventListener);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  append(el, children);
  return el;
}

function append(el: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(el, child);
    else if (child) el.append(child);
  }
}

/** reuse keeps the elements that a keyed list already has, and makes the others. */
export class Keyed<T extends HTMLElement> {
  private have = new Map<string, { print: string; el: T }>();

  /** show makes parent's children those of items, in order; print says when one must be made anew. */
  show<I>(parent: HTMLElement, items: I[], key: (i: I) => string, print: (i: I) => string, make: (i: I) => T): void {
    const next = new Map<string, { print: string; el: T }>();
    for (const item of items) {
      const k = key(item), p = print(item), old = this.have.get(k);
      next.set(k, old && old.print === p ? old : { print: p, el: make(item) });
    }
    this.have = next;
    let at: Node | null = parent.firstChild;
    for (const { el } of next.values()) {
      if (at === el) at = el.nextSibling;
      else parent.insertBefore(el, at);
    }
    while (at) {
      const gone: Node = at;
      at = at.nextSibling;
      parent.removeChild(gone);
    }
  }
}
