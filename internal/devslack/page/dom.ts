// The one way this page makes elements: a tree of descriptions is compared with
// the one before, and only what differs is changed. What has the focus, is typed
// or scrolled stays, because its element stays. No markup is ever parsed.

export type Child = VNode | string | number | null | undefined | false | Child[];

type Events = { [K in keyof HTMLElementEventMap as `on${K}`]?: ((event: HTMLElementEventMap[K]) => void) | false };

export interface Props extends Events {
  /** key tells siblings apart, so that one which moves or stays keeps its element. */
  key?: string;
  /** oncreate is called once the element stands in the document. */
  oncreate?: (el: HTMLElement) => void;
  /** onupdate is called after every later drawing. */
  onupdate?: (el: HTMLElement) => void;
  /** onremove is called when the element itself (not what it stands in) is taken away. */
  onremove?: () => void;
  [name: string]: unknown;
}

export interface VNode { tag: string; key: string; props: Props; kids: VNode[]; text: string; el?: Node }

/**
 * h describes an element, as "div.card.wide": true and false set and leave out
 * attributes, functions listen. Buttons submit nothing unless they say so.
 */
export function h(name: string, props: Props | null, ...children: Child[]): VNode {
  const kids: VNode[] = [], all: Props = { ...props }, [tag, ...classes] = name.split(".");
  collect(children, kids);
  if (classes.length) all.class = classes.join(" ");
  if (tag === "button") all.type ??= "button";
  return { tag, key: all.key ?? "", props: all, kids, text: "" };
}

function collect(children: Child[], into: VNode[]): void {
  for (const child of children) {
    if (Array.isArray(child)) collect(child, into);
    else if (typeof child === "object" && child) into.push(child);
    else if (child || child === 0) into.push({ tag: "", key: "", props: {}, kids: [], text: String(child) });
  }
}

/** draw makes parent's children those described by next, where was is what it drew before. */
export function draw(parent: Element, was: VNode[], next: VNode[]): void {
  const created: [VNode, HTMLElement][] = [];
  reconcile(parent, was, next, created);
  for (const [v, el] of created) v.props.oncreate?.(el);
}

type Created = [VNode, HTMLElement][];

const svg = "http://www.w3.org/2000/svg";

function mount(v: VNode, inside: Element, created: Created): Node {
  if (!v.tag) return (v.el = document.createTextNode(v.text));
  const drawing = v.tag === "svg" || inside.namespaceURI === svg;
  const el = drawing ? document.createElementNS(svg, v.tag) : document.createElement(v.tag);
  v.el = el;
  reconcile(el, [], v.kids, created);
  setProps(el, {}, v.props);
  if (v.props.oncreate) created.push([v, el as HTMLElement]);
  return el;
}

function update(old: VNode, v: VNode, created: Created): void {
  v.el = old.el;
  if (!v.tag) {
    if (old.text !== v.text) (v.el as Text).data = v.text;
    return;
  }
  const el = v.el as Element;
  reconcile(el, old.kids, v.kids, created);
  setProps(el, old.props, v.props);
  v.props.onupdate?.(el as HTMLElement);
}

/** kind tells siblings apart: by tag and key, or else by the first class. */
const kind = (v: VNode): string => `${v.tag} ${v.key || String(v.props.class ?? "").split(" ", 1)[0]}`;

/** identities names siblings: by their kind, and which of that kind they are. */
function identities(list: VNode[]): Map<string, VNode> {
  const count = new Map<string, number>(), named = new Map<string, VNode>();
  for (const v of list) {
    const of = kind(v), n = count.get(of) ?? 0;
    count.set(of, n + 1);
    named.set(of + " " + n, v);
  }
  return named;
}

function reconcile(parent: Element, was: VNode[], next: VNode[], created: Created): void {
  // Mostly nothing came, went or moved.
  if (was.length === next.length && was.every((v, i) => kind(v) === kind(next[i]))) {
    was.forEach((v, i) => update(v, next[i], created));
    return;
  }
  const old = identities(was), now = identities(next);
  for (const [id, v] of old) {
    if (now.has(id)) continue;
    (v.el as ChildNode).remove();
    v.props.onremove?.();
  }
  let at = parent.firstChild;
  for (const [id, v] of now) {
    const before = old.get(id);
    if (before) update(before, v, created);
    const el = before ? v.el! : mount(v, parent, created);
    if (at === el) at = at.nextSibling;
    else parent.insertBefore(el, at);
  }
}

interface Listening extends Element { hears?: Record<string, ((e: Event) => void) | false | undefined> }

function hear(this: Listening, e: Event): void {
  const listener = this.hears?.[e.type];
  if (listener) listener.call(this, e);
}

const own = new Set(["key", "oncreate", "onupdate", "onremove"]);

function setProps(el: Listening, was: Props, now: Props): void {
  for (const name in was) if (!(name in now)) set(el, name, was[name], undefined);
  for (const name in now) set(el, name, was[name], now[name]);
}

function set(el: Listening, name: string, was: unknown, now: unknown): void {
  if (was === now || own.has(name)) return;
  if (name.startsWith("on")) {
    el.hears ??= {};
    if (!(name.slice(2) in el.hears)) el.addEventListener(name.slice(2), hear);
    el.hears[name.slice(2)] = now as (e: Event) => void;
  } else if (name === "value" || name === "checked") {
    // What a person typed since the last drawing stays, unless the value is another now.
    const input = el as unknown as Record<string, unknown>;
    if (input[name] !== now) input[name] = now ?? "";
  } else if (now === undefined || now === null || now === false) el.removeAttribute(name);
  else el.setAttribute(name, now === true ? "" : String(now));
}
