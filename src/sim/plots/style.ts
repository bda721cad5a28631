/** The style sheet of a page of plots: the explorer's grounds and inks, and a palette for those who see colours otherwise. */
import { Markup } from "./markup.ts";

export const style = Markup.trusted(`
:root {
  color-scheme: light dark;
  --ground: light-dark(#fbfaf7, #14171a);
  --card: light-dark(#ffffff, #1c2126);
  --ink: light-dark(#1d2320, #e8e9e4);
  --faint: light-dark(#5a635e, #a3ada8);
  --line: light-dark(#dcdcd4, #333a40);
  --brand: light-dark(#1a5a4a, #6fd0b3);
  --part: light-dark(#7a5200, #e8bd5e);
  --loses: light-dark(#0b6aa8, #4b9fe0);
  --pays: light-dark(#d95f02, #ff8a3d);
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.6rem 0; }
h2 { font-size: 1.15rem; margin: 1.8rem 0 0.5rem; }
p, ul.words { max-width: 46rem; }
.intro { white-space: pre-line; }
.intro, .note, figcaption, summary { color: var(--faint); }
:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; border-radius: 3px; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.5rem 1.5rem; }
.facts dt { color: var(--faint); font-size: 0.85rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 1rem; align-items: start; }
figure { margin: 0; min-width: 0; padding: 0.75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.wide { grid-column: 1 / -1; }
figcaption { margin-bottom: 0.5rem; overflow-wrap: anywhere; }
figcaption strong { color: var(--ink); }
figure > svg { display: block; width: 100%; height: auto; }
summary { cursor: pointer; padding: 0.3rem 0; }
.scroll { position: relative; overflow: auto; max-height: 30rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.note { margin: 0.4rem 0 0; font-size: 0.9rem; }
th, td { padding: 0.3rem 0.5rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, .words { text-align: left; }
td.words { white-space: normal; min-width: 16rem; }
thead th { color: var(--faint); }
[data-heat="1"] { background: color-mix(in srgb, var(--brand) 8%, var(--card)); }
[data-heat="2"] { background: color-mix(in srgb, var(--brand) 16%, var(--card)); }
[data-heat="3"] { background: color-mix(in srgb, var(--brand) 24%, var(--card)); }
[data-heat="4"] { background: color-mix(in srgb, var(--brand) 34%, var(--card)); }
.key { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin: 0 0 0.4rem; padding: 0; list-style: none; font-size: 0.9rem; }
.key li { display: flex; align-items: center; gap: 0.4rem; }
.key svg { width: 44px; height: 16px; flex: none; }
svg text { fill: var(--faint); font-size: 14px; }
.axes line { stroke: var(--line); }
.zero { stroke: var(--faint); }
.day { fill: transparent; }
.day:hover { fill: var(--faint); fill-opacity: 0.25; }
.shock { stroke: var(--part); stroke-dasharray: 4 4; }
text.shock, text.name, text.cell { fill: var(--ink); stroke: var(--card); stroke-width: 4px; stroke-dasharray: none; stroke-linejoin: round; paint-order: stroke; }
.c0 { --c: light-dark(#0b6aa8, #6cb6f5); }
.c1 { --c: light-dark(#c14a00, #ff9a5c); }
.c2 { --c: light-dark(#00795c, #4fd1a5); }
.c3 { --c: light-dark(#a8407f, #f09ccb); }
.c4 { --c: light-dark(#8a6500, #e8bd5e); }
.c5 { --c: light-dark(#5b4fc7, #b3a8ff); }
.c6 { --c: light-dark(#3f4a45, #c9d1cd); }
.c7 { --c: light-dark(#a3182d, #ff8f8f); }
.d1 { --d: 8 4; }
.d2 { --d: 2 4; }
.d3 { --d: 10 4 2 4; }
.d4 { --d: 14 3; }
.line { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-dasharray: var(--d, none); stroke-linejoin: round; }
.marker { fill: var(--c); stroke: var(--card); stroke-width: 1; }
.band { fill: var(--c); fill-opacity: 0.16; }
.area { fill: color-mix(in srgb, var(--c) 45%, var(--card)); stroke: var(--card); stroke-width: 1.5; }
.bar { fill: var(--brand); }
.whisker { stroke: var(--ink); stroke-width: 2; }
rect.cell { fill: color-mix(in srgb, var(--side) var(--shade), var(--card)); }
text.cell { font-size: 13px; }
.pays { --side: var(--pays); }
.loses { --side: var(--loses); }
.s0 { --shade: 0%; }
.s1 { --shade: 18%; }
.s2 { --shade: 29%; }
.s3 { --shade: 40%; }
.s4 { --shade: 50%; }
.open { stroke: var(--ink); stroke-dasharray: 3 3; }
.edge, .halo { fill: none; stroke: var(--ink); stroke-width: 2.2; stroke-linejoin: round; }
.halo { stroke: var(--card); stroke-width: 5; }
.closed .edge { stroke-dasharray: 9 5; }
.range { fill: var(--ink); fill-opacity: 0.16; }
.dot { fill: var(--ink); stroke: var(--card); stroke-width: 1; }
@media (max-width: 40rem) {
  body { padding: 0.75rem; }
  svg text { font-size: 18px; }
  text.cell { font-size: 15px; }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; }
  .figures { grid-template-columns: 1fr 1fr; }
  figure { break-inside: avoid; padding: 0.4rem 0.6rem; font-size: 0.8rem; print-color-adjust: exact; }
  svg text { font-size: 18px; }
  text.cell { font-size: 15px; }
  table { font-size: 0.7rem; }
  th, td { padding: 0.2rem 0.3rem; white-space: normal; }
  .key { font-size: 0.75rem; }
  td.words { min-width: 8rem; }
  details { display: none; }
  .scroll { max-height: none; overflow: visible; }
}
`);
