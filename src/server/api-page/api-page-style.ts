/** How the page of the API looks: system fonts, both themes, one column on a narrow screen. Contrast is 4.5 to 1 at least. */
export const API_PAGE_STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#16191d, #e8eaed);
  --ground: light-dark(#ffffff, #16191d);
  --card: light-dark(#f5f7f8, #202429);
  --line: light-dark(#c4cad0, #4a515a);
  --link: light-dark(#0b6258, #63e6be);
  --quiet: light-dark(#545b62, #adb5bd);
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--ground); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header, nav, main { padding: 0 1rem; }
header { border-bottom: 1px solid var(--line); }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { font: 0.9em ui-monospace, monospace; background: var(--card); padding: 0 0.2em; }
h2 { text-transform: capitalize; }
h3 { margin: 0 0 0.25rem; }
h4 { margin: 0.75rem 0 0.25rem; }
ul { margin: 0; padding-left: 1.25rem; }
i { color: var(--quiet); }
article { border-top: 1px solid var(--line); padding: 1rem 0; scroll-margin-top: 0.5rem; }
article:target { border-left: 4px solid var(--link); padding-left: 0.75rem; }
nav ul { list-style: none; padding: 0; }
nav a { display: inline-block; padding: 0.125rem 0; }
nav h2 { font-size: 1rem; margin: 1rem 0 0.25rem; }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 22rem minmax(0, 60rem); }
  header { grid-column: 1 / -1; }
  nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; }
}
@media print { nav { display: none; } }
`
