import { useState } from "react";
import { currentTheme, turnTheme } from "../theme.ts";

/** Turns the page from light to dark and back. */
export function ThemeButton() {
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" className="theme" onClick={() => setTheme(turnTheme())}>
      <span aria-hidden="true">{theme === "dark" ? "☀" : "☾"}</span>
      <span className="unseen">Turn {other}</span>
    </button>
  );
}
