import { h } from "./dom";

/** avatar is a coloured square with an initial: the page loads no pictures. */
export function avatar(id: string, name: string, bot = false): HTMLElement {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.charCodeAt(0)) % 997;
  return h("span", { class: `avatar c${bot || id === "USLACKBOT" ? "app" : sum % 6}`, "aria-hidden": "true" }, bot ? name.slice(0, 2) : name.slice(0, 1).toUpperCase());
}
