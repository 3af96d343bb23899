// rich_text blocks, and tables, whose cells are made of them.

import { Child, h, VNode } from "./dom";
import { emoji } from "./emoji";
import { channel, date, group, link, user } from "./mrkdwn";
import { undrawn } from "./server";
import { Obj, State } from "./types";

/** rich draws one element of a rich_text block. */
export function rich(e: Obj, s: State): VNode {
  const inner = () => (e.elements as Obj[]).map((i) => inline(i, s));
  switch (e.type) {
    case "rich_text_section": return h("div.b-text", null, inner());
    case "rich_text_preformatted": return h("pre", null, inner());
    case "rich_text_quote": return h("blockquote.b-text", null, inner());
    case "rich_text_list":
      return h(e.style === "ordered" ? "ol" : "ul", { class: `b-list in${e.indent ?? 0}`, start: e.offset ? e.offset + 1 : undefined },
        e.elements.map((i: Obj) => h("li", null, rich(i, s))));
  }
  undrawn("rich text element " + e.type);
  return h("div.b-unknown", null, `This page does not draw “${e.type}”.`);
}

function inline(e: Obj, s: State): Child {
  switch (e.type) {
    case "text": return styled(e.text, e.style);
    case "link": return styled(link(e.url, e.text ?? ""), e.style);
    case "user": return styled(user(e.user_id, s), e.style);
    case "usergroup": return styled(group(e.usergroup_id, s), e.style);
    case "channel": return styled(channel(e.channel_id, s), e.style);
    case "broadcast": return h("span.mention.broadcast", null, "@" + e.range);
    case "emoji": return h("span.emoji", { title: `:${e.name}:` }, emoji(e.name));
    case "date": return date(`!date^${e.timestamp}^${e.format}`, e.fallback ?? "", e.url);
    case "color": return h("code", null, e.value);
  }
  undrawn("rich text inline " + e.type);
  return e.fallback ?? "";
}

function styled(words: Child, style: Obj = {}): Child {
  let node = words;
  if (style.code) node = h("code", null, node);
  if (style.strike) node = h("s", null, node);
  if (style.italic) node = h("em", null, node);
  if (style.bold) node = h("strong", null, node);
  return node;
}

/** table draws the first row as the head. */
export function table(b: Obj, s: State): VNode {
  const cell = (tag: "th" | "td", c: Obj, i: number) => {
    const how = b.column_settings?.[i] ?? {};
    return h(tag, { class: [how.align && "to-" + how.align, how.is_wrapped && "wrapped"].filter(Boolean).join(" ") || undefined },
      c.type === "raw_text" ? c.text : c.elements.map((e: Obj) => rich(e, s)));
  };
  const [head = [], ...rows] = b.rows as Obj[][];
  return h("div.b-table", { tabindex: "0", role: "region", "aria-label": `Table, ${rows.length} rows` },
    h("table", null,
      h("thead", null, h("tr", null, head.map((c, i) => cell("th", c, i)))),
      h("tbody", null, rows.map((r) => h("tr", null, r.map((c, i) => cell("td", c, i)))))));
}
