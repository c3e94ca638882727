"""The look of the report: light and dark by what the reader's system prefers, and light on paper."""

STYLE = """
:root { color-scheme: light dark; --page: #f4f5f8; --card: #ffffff; --line: #d5d9e2; --ink: #1a1d24; --quiet: #525b6b;
  --accent: #1f62d6; --good: #13795b; --warning: #8f6a00; --danger: #b3261e; --code: #eef0f5; }
@media (prefers-color-scheme: dark) { :root { --page: #14161b; --card: #1d2027; --line: #363c48; --ink: #e8eaf0;
  --quiet: #a3abba; --accent: #7aa7f7; --good: #5cc39d; --warning: #e0b84a; --danger: #ff8a80; --code: #262a33; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
header, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 1.1rem 1.4rem; margin: 0 0 1rem; }
h1 { margin: 0 0 .35rem; font-size: 1.65rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 .6rem; font-size: 1.12rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.state { display: inline-block; margin-right: .5rem; padding: 0 .6rem; border: 1px solid currentColor;
  border-radius: 99px; font-size: .88rem; font-weight: 600; color: var(--quiet); }
.good { color: var(--good); } .warning { color: var(--warning); } .danger { color: var(--danger); }
.quiet, caption, dt, footer { color: var(--quiet); }
dl { margin: .4rem 0; }
dl > div { display: inline-block; vertical-align: top; width: 32%; min-width: 12rem; padding: .25rem 1.2rem .25rem 0; }
dt { font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4rem 0; }
caption { text-align: left; font-size: .88rem; padding-bottom: .3rem; }
th, td { text-align: left; padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; font-size: .88rem; }
tbody th { font-weight: 600; }
pre { background: var(--code); border-radius: 8px; padding: .7rem .9rem; overflow-x: auto; font-size: .88rem; }
code { font-family: ui-monospace, "Cascadia Mono", Consolas, Menlo, monospace; }
summary { cursor: pointer; color: var(--accent); margin-top: .5rem; }
figure { margin: .6rem 0; } figcaption { color: var(--quiet); font-size: .88rem; }
svg { max-width: 100%; height: auto; display: block; fill: var(--quiet); }
svg .ground { fill: var(--card); stroke: var(--line); } svg .line { stroke: var(--line); }
footer { font-size: .85rem; padding: 0 .3rem; }
@media screen and (prefers-color-scheme: dark) {
  svg .c0 { stroke: #7aa7f7; } svg .c1 { stroke: #f2a05a; } svg .c2 { stroke: #5cc39d; } svg .c3 { stroke: #cf93ea; }
  svg .c4 { stroke: #e0b84a; } svg .c5 { stroke: #5cc4d6; } svg .c6 { stroke: #f58ab0; } svg .c7 { stroke: #a9cf6b; } }
@media print { :root { color-scheme: light; --page: #fff; --card: #fff; --line: #d5d9e2; --ink: #000; --quiet: #444;
  --code: #f2f3f6; --accent: #1f62d6; --good: #13795b; --warning: #7a5b00; --danger: #b3261e; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } header, section { border: 0; padding: 0 0 .6rem; }
  figure, tr, dl > div { break-inside: avoid; }
  h2, caption, summary { break-after: avoid; } pre { white-space: pre-wrap; } }
@media print { details::details-content { content-visibility: visible; height: auto; } }
"""
