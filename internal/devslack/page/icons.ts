// Line drawings, each one path of a 20 by 20 field.

import { h, VNode } from "./dom";

const paths = {
  hash: "M4 7.5h13M3 12.5h13M8.5 3 6.5 17M13.5 3l-2 14",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  close: "M5 5l10 10M15 5 5 15",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  search: "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM13 13l4 4",
  smile: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM7 12c1.5 2 4.5 2 6 0M7.5 7.5v1M12.5 7.5v1",
  reply: "M3.5 4.5h13v9H9l-3.5 3v-3h-2zM7 9h6",
  more: "M10 4.5v.01M10 10v.01M10 15.5v.01",
  send: "M3 3.5 17.5 10 3 16.5 5 10zM5 10h6",
  bolt: "M11 2.5 4.5 11.5H10l-1 6 6.5-9H10z",
  slash: "M3.5 3.5h13v13h-13zM12 6.5l-4 7",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0-3v4.5c0 2.5 4 2 4-1.5a7 7 0 1 0-3 5.7",
  eye: "M2 10c3-6 13-6 16 0-3 6-13 6-16 0zm8-2.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.5 4.5l1 1M14.5 14.5l1 1M4.5 15.5l1-1M14.5 5.5l1-1",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  auto: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm0 0v14M12 5.5v9M14.5 7v6",
  down: "M5 8l5 5 5-5",
  right: "M8 5l5 5-5 5",
  left: "M12 5l-5 5 5 5",
  bold: "M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3.2 3.2 0 0 1 0 6.5H6z",
  italic: "M8.5 4H14M6 16h5.5M11.5 4l-3 12",
  strike: "M3.5 10h13M14 6.5C13 3.5 6.5 3.5 6.5 7c0 4 7.5 2 7.5 6 0 4-7 4-8 .5",
  code: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  block: "M3 4h14v12H3zM8 8l-2 2 2 2M12 8l2 2-2 2",
  quote: "M4 4v12M8 6h9M8 10h9M8 14h6",
  people: "M7.5 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2 16.5c0-5 11-5 11 0M13 4.5a2.7 2.7 0 0 1 0 5.2M15 12c2 .7 3 2.2 3 4.5",
  out: "M8 5h7v7M15 5 5 15",
  check: "M4 10.5 8 14.5 16 5.5",
  file: "M5 2.5h6.5l4 4V17.5H5zM11.5 2.5v4h4",
  shared: "M7 5.5l4.5 4.5L7 14.5 2.5 10zM13 5.5l4.5 4.5-4.5 4.5L8.5 10z",
} as const;

export type Icon = keyof typeof paths;

/** icon draws one; it says nothing to screen readers, its button has a name. */
export function icon(name: Icon): VNode {
  return h("svg", { class: "icon i-" + name, viewBox: "0 0 20 20", "aria-hidden": "true" }, h("path", { d: paths[name] }));
}
