// Faces: the page loads no pictures, so they are drawn.

import { h, VNode } from "./dom";
import { person } from "./ui";
import { State } from "./types";

/** appIcon is the app's: a database with a key in it. */
export function appIcon(): VNode {
  return h("span.avatar.capp", { "aria-hidden": "true" },
    h("svg", { viewBox: "0 0 36 36" },
      h("path", { d: "M8 10c0-5 20-5 20 0v16c0 5-20 5-20 0z", class: "drum" }),
      h("path", { d: "M8 10c0 5 20 5 20 0M8 18c0 2 3 3.5 6 4", class: "rim" }),
      h("path", { d: "M20 19a3.5 3.5 0 1 1 0 .01M23.5 19H31v3.5M27.5 19v3", class: "key" })));
}

/** avatar is a coloured square with somebody's initials, or as many of them as fit. */
export function avatar(s: State, id: string, letters = 2): VNode {
  const who = person(s, id);
  if (who?.bot) return appIcon();
  if (id === "USLACKBOT") return h("span.avatar.cbot", { "aria-hidden": "true" }, "S");
  const initials = (who?.real ?? id).split(/\s+/).map((w) => w[0]).slice(0, letters).join("").toUpperCase();
  return h("span", { class: `avatar c${s.users.findIndex((u) => u.id === id) & 7}`, "aria-hidden": "true" }, initials);
}
