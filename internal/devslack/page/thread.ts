// The pane beside a channel: one thread.

import { composer } from "./composer";
import { h, VNode } from "./dom";
import { icon } from "./icons";
import { message } from "./message";
import { days, scroller } from "./messages";
import { Channel, State } from "./types";
import { go, isReply, ui } from "./ui";

/** thread draws the open one; null if none is, or its message is gone. */
export function thread(s: State, c: Channel): VNode | null {
  const all = s.messages[c.id] ?? [], root = all.find((m) => m.ts === ui.thread && !m.ephemeral);
  if (!root) return null;
  const replies = all.filter((m) => isReply(m) && m.thread_ts === root.ts);
  const close = () => {
    go({ thread: "" });
    document.querySelector<HTMLElement>(`main [data-ts="${CSS.escape(root.ts)}"]`)?.focus();
  };
  return h("aside.thread", { key: root.ts, "aria-label": "Thread", "data-thread": root.ts, onkeydown: (e) => e.key === "Escape" && !ui.popup && close() },
    h("header.head", null,
      h("h2.title", null, "Thread"), h("span.topic", null, c.dm ? c.name : "#" + c.name),
      h("button.square", { "aria-label": "Close thread", onclick: close }, icon("close"))),
    scroller(`thread ${s.me} ${root.ts}`, "Thread",
      message(root, s, { joined: false, thread: true, replies: [] }),
      replies.length > 0 && h("div.count", { key: "count" }, h("span", null, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`)),
      days(replies, (m, joined) => message(m, s, { joined, thread: true, replies: [] })).filter((v) => (v as VNode).props.role !== "separator" && (v as VNode).props.class !== "dayline")),
    composer(s, c, root.ts));
}
