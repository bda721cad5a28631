/** Light or dark: as the reader's system says, until the reader says otherwise. */
export type Theme = "light" | "dark";

const KEY = "surety-theme";

/** What the page looks like now. */
export function currentTheme(): Theme {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Has the page look as the reader chose before, if it did. */
export function applyTheme(): void {
  if (localStorage.getItem(KEY) !== null) document.documentElement.dataset["theme"] = currentTheme();
}

/** Turns to the other. */
export function turnTheme(): Theme {
  const next = currentTheme() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  applyTheme();
  return next;
}
