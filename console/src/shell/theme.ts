/** Light, dark, or what the system prefers; `public/theme.js` applies it before the first paint. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "ringfence.theme";
const watchers = new Set<() => void>();

/** Applies the chosen theme, for pages that have no `theme.js`. */
export function restoreTheme(): void {
  try {
    const choice = localStorage.getItem(KEY);
    if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  } catch {
    // Storage may be switched off; the system's preference then decides.
  }
}

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  for (const watch of watchers) watch();
}

/** Between light and dark, from what is seen now. */
export function toggleTheme(): void {
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const isDark = current() === "dark" || (current() === "system" && prefersDark);
  setTheme(isDark ? "light" : "dark");
}

export const useTheme = (): Theme =>
  useSyncExternalStore((watch) => {
    watchers.add(watch);
    return () => watchers.delete(watch);
  }, current);
