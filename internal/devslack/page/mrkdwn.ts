// Slack's mrkdwn, and its plain text, as elements.

import { Child, h } from "./dom";
import { emoji } from "./emoji";
import { State } from "./types";

const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const unescape = (text: string): string => text.replace(/&(?:lt|gt|amp);/g, (e) => entities[e]);

/** plain is plain_text: only emoji mean anything. */
export function plain(text: string): string {
  return text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g, (all, name) => {
    const char = emoji(name);
    return char.startsWith(":") ? all : char;
  });
}

/** mrkdwn is Slack's formatted text. */
export function mrkdwn(text: string, state: State): Child[] {
  const out: Child[] = [];
  // Fences first: nothing inside them means anything.
  text.split(/\n?```\n?/).forEach((part, i, all) => {
    if (i % 2 === 1 && i < all.length - 1) {
      out.push(h("pre", null, unescape(part.replace(/<([^>|]+)\|([^>]*)>/g, "$2").replace(/<((?:https?|mailto):[^>]+)>/g, "$1"))));
    } else if (i % 2 === 1) out.push(...quoted("```" + part, state));
    else out.push(...quoted(part, state));
  });
  return out;
}

/** quoted gathers the lines that begin with > into quotes. */
function quoted(text: string, state: State): Child[] {
  const out: Child[] = [];
  let quote: string[] = [], lines: string[] = [];
  const flush = () => {
    if (quote.length) out.push(h("blockquote", null, inline(quote.join("\n"), state)));
    if (lines.length) out.push(...inline(lines.join("\n"), state));
    quote = []; lines = [];
  };
  for (const line of text.split("\n")) {
    const m = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (m ? lines.length : quote.length) flush();
    if (m) quote.push(m[1]);
    else lines.push(line);
  }
  flush();
  return out;
}

const token = new RegExp([
  /`([^`\n]+)`/, // code
  /<([^<>\n]+)>/, // link, mention, date
  /(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, // bold
  /(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])/, // italic
  /(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, // strike
  /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/, // emoji
].map((r) => r.source).join("|"), "g");

function inline(text: string, state: State): Child[] {
  const out: Child[] = [];
  let last = 0;
  for (const m of text.matchAll(token)) {
    out.push(unescape(text.slice(last, m.index)));
    last = m.index + m[0].length;
    const [all, code, entity, bold, italic, strike, name] = m;
    if (code !== undefined) out.push(h("code", null, unescape(code)));
    else if (entity !== undefined) out.push(angle(entity, state));
    else if (bold !== undefined) out.push(h("strong", null, inline(bold, state)));
    else if (italic !== undefined) out.push(h("em", null, inline(italic, state)));
    else if (strike !== undefined) out.push(h("s", null, inline(strike, state)));
    else out.push(emoji(name).startsWith(":") ? all : emoji(name));
  }
  out.push(unescape(text.slice(last)));
  return out;
}

/** angle is what stands between < and >. */
function angle(entity: string, state: State): Child {
  const bar = entity.indexOf("|");
  const target = bar < 0 ? entity : entity.slice(0, bar);
  const label = bar < 0 ? "" : unescape(entity.slice(bar + 1));
  if (target.startsWith("@")) return user(target.slice(1), state, label);
  if (target.startsWith("#")) return channel(target.slice(1), state, label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!subteam^")) return group(target.slice(9), state, label);
  if (target.startsWith("!")) return h("span.mention.broadcast", null, "@" + (label.replace(/^@/, "") || target.slice(1)));
  return link(unescape(target), label);
}

/** link makes a link of addresses that are safe to follow, and text of all others. */
export function link(url: string, label: string): Child {
  if (!/^(?:https?:\/\/|mailto:)/i.test(url)) return label || `<${url}>`;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url.replace(/^mailto:/, ""));
}

export function user(id: string, state: State, label = ""): Child {
  const known = state.users.find((u) => u.id === id);
  return h("span", { class: id === state.me ? "mention me" : "mention", "data-user": id, title: known?.real },
    "@" + (known?.name ?? (label || id)));
}

export function channel(id: string, state: State, label = ""): Child {
  return h("span.mention", null, "#" + (state.channels.find((c) => c.id === id)?.name ?? (label || "private")));
}

export function group(id: string, state: State, label = ""): Child {
  return h("span.mention", null, "@" + (state.groups.find((g) => g.id === id)?.handle ?? (label.replace(/^@/, "") || id)));
}

/** daysAgo counts midnights between a moment and now. */
const daysAgo = (t: Date): number => Math.round((new Date().setHours(0, 0, 0, 0) - new Date(t).setHours(0, 0, 0, 0)) / 86400e3);

/** dayOf is a day as dividers name it. */
export function dayOf(t: Date): string {
  const days = daysAgo(t);
  if (days === 0) return "Today";
  return days === 1 ? "Yesterday" : t.toLocaleDateString("en", { weekday: "long", month: "long", day: "numeric" });
}

const monthDay: Intl.DateTimeFormatOptions = { month: "long", day: "numeric" };
const shortDay: Intl.DateTimeFormatOptions = { month: "short", day: "numeric", year: "numeric" };

/** date is <!date^seconds^format^link|fallback>, in the reader's own time zone. */
export function date(target: string, fallback: string, to = ""): Child {
  const [, seconds, format, url = to] = target.split("^");
  const t = new Date(Number(seconds) * 1000);
  if (!format || Number.isNaN(t.getTime())) return fallback;
  const say = (o: Intl.DateTimeFormatOptions) => t.toLocaleDateString("en", o);
  const pretty = (otherwise: string): string => {
    return ({ 0: "today", 1: "yesterday", "-1": "tomorrow" } as Record<string, string>)[String(daysAgo(t))] ?? otherwise;
  };
  const text = format.replace(/\{(\w+)\}/g, (all, name: string) => {
    switch (name) {
      case "date_num": return `${t.getFullYear()}-${String(t.getMonth() + 1).padStart(2, "0")}-${String(t.getDate()).padStart(2, "0")}`;
      case "date": return say({ ...monthDay, year: "numeric" });
      case "date_short": return say(shortDay);
      case "date_long": return say({ weekday: "long", ...monthDay, year: "numeric" });
      case "date_pretty": return pretty(say({ ...monthDay, year: "numeric" }));
      case "date_short_pretty": return pretty(say(shortDay));
      case "date_long_pretty": return pretty(say({ weekday: "long", ...monthDay, year: "numeric" }));
      case "time": return clock(t);
      case "time_secs": return t.toLocaleTimeString("en", { hour: "numeric", minute: "2-digit", second: "2-digit" });
      case "ago": return ago(t);
    }
    return all;
  });
  const said = h("time", { datetime: t.toISOString(), title: fallback }, text);
  return /^https?:/.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, said) : said;
}

// Formatters are slow to make, and every message needs both.
const short = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });
const long = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "medium" });

export const clock = (t: Date): string => short.format(t);
export const moment = (t: Date): string => long.format(t);

function ago(t: Date): string {
  const minutes = Math.round((t.getTime() - Date.now()) / 60e3);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
  return Math.abs(minutes) < 1440 ? words.format(Math.round(minutes / 60), "hour") : words.format(Math.round(minutes / 1440), "day");
}
