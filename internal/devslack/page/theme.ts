// Light, dark, or as the system has it.

import { Icon } from "./icons";
import { redraw } from "./ui";

export type Theme = "system" | "light" | "dark";

export const themes: [Theme, string, Icon][] = [["system", "Like the system", "auto"], ["light", "Light", "sun"], ["dark", "Dark", "moon"]];

export const theme = (): Theme => (localStorage.getItem("theme") as Theme | null) ?? "system";

export function setTheme(t: Theme): void {
  localStorage.setItem("theme", t);
  applyTheme();
  redraw();
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = theme();
}
