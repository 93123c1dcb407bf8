"""How the pages about a trial look, on screens light and dark and on paper, and what they are made of.

Pages are HTML that is well-formed XML too. They have no script and ask for nothing from outside, and say so to the
browser. Texts that people wrote are isolated (`bdi`), so that their direction does not turn what stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

from carechain.drawn_text import clean

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --soft: #f4f7fa; --line: #d3dce5; --text: #1d2733; --dim: #55636f;
  --blue: #33658a; --good: #226b4f; --watch: #8f5209; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #151d26; --soft: #1c2732; --line: #3a4b5b; --text: #e8eef4; --dim: #a9b7c4;
    --blue: #7db4dc; --good: #6fcba4; --watch: #f0b45a; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1248px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.25; }
h2 { margin: 40px 0 10px; padding-top: 14px; border-top: 1px solid var(--line); font-size: 20px; }
h3 { margin: 26px 0 6px; font-size: 16px; }
p, li { max-width: 76ch; }
a { color: var(--blue); }
.dim, figcaption { color: var(--dim); }
nav ul { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 14px 0 0; padding: 0; list-style: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 18px 0 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; margin: 8px 0 0; border-collapse: collapse; font-size: 14px; }
caption { padding: 0 0 6px; color: var(--dim); text-align: left; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
thead th { color: var(--dim); font-weight: 600; border-bottom-width: 2px; white-space: nowrap; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
time { font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
td code { display: inline-block; max-width: 43ch; }
.findings, .clear { max-width: none; margin: 0; padding: 14px 18px 14px 42px; border-left: 5px solid var(--watch);
  background: var(--soft); }
.clear { padding-left: 18px; border-color: var(--good); }
.findings li { margin: 3px 0; }
.good { color: var(--good); } .watch { color: var(--watch); } .bad { color: var(--bad); }
.good, .watch, .bad { font-weight: 600; }
figure { margin: 0; }
figure svg { display: block; width: 100%; min-width: 860px; height: auto; }
.wide { overflow-x: auto; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  table, code { font-size: 8pt; }
  figure svg { min-width: 0; }
  thead { display: table-header-group; }
  tr, figure, dl, .findings { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .wide { overflow: visible; }
  .findings, .clear, .timeline rect, .timeline path, .timeline circle { print-color-adjust: exact; }
}
"""

TIMELINE_STYLE = """
.timeline text { fill: var(--text); font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial,
  sans-serif; }
.timeline .lane { fill: var(--soft); }
.timeline .grid { stroke: var(--line); }
.timeline .leader { stroke: var(--dim); stroke-opacity: 0.55; }
.timeline .now { stroke: var(--blue); stroke-dasharray: 4 3; }
.timeline .lane-name { font-size: 12.5px; font-weight: 600; }
.timeline .what { font-size: 11.5px; font-weight: 600; }
.timeline .when, .timeline .soft { font-size: 10.5px; fill: var(--dim); }
.timeline .middle { text-anchor: middle; }
.timeline .count { font-size: 8.5px; font-weight: 700; fill: var(--page); text-anchor: middle; }
.timeline .box { fill: var(--page); stroke: var(--line); }
.timeline .period { fill: var(--blue); fill-opacity: 0.5; }
.timeline .plain { fill: var(--blue); } .timeline .good { fill: var(--good); }
.timeline .watch { fill: var(--watch); } .timeline .bad { fill: var(--bad); }
.timeline .hold { fill: var(--watch); fill-opacity: 0.16; }
.timeline .pause { fill: var(--bad); fill-opacity: 0.13; }
"""

NONE = "—"
"""In a cell that has nothing to say."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def document(title: str, body: Iterable[str], style: str = "") -> str:
    """A whole page in English; `body` is markup, the title plain text."""
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en" xmlns="http://www.w3.org/1999/xhtml">',
            "<head>",
            '<meta charset="utf-8"/>',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            '<meta name="color-scheme" content="light dark"/>',
            f"<title>{escape(clean(title))}</title>",
            f"<style>{STYLE}{style}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>\n",
        )
    )


def section(name: str, heading: str, parts: Iterable[str]) -> str:
    """A part of a page under a heading of its own, to be linked to by its name."""
    return "\n".join(
        (f'<section aria-labelledby="{name}">', f'<h2 id="{name}">{escape(heading)}</h2>', *parts, "</section>")
    )


def said(text: str) -> str:
    """What somebody wrote, as markup: in one line, escaped, and of a direction of its own."""
    return f"<bdi>{escape(clean(text))}</bdi>"


def code(text: str) -> str:
    """A hash, an address or another word of machines."""
    return f"<code>{escape(clean(text))}</code>"


def counted(count: int, one: str, more: str) -> str:
    """So many of something, in words."""
    return f"{count:,} {one if count == 1 else more}"


def toned(tone: str, symbol: str, words: str) -> str:
    """A status: the symbol and the words say it, the colour says it again."""
    return f'<span class="{tone}"><span aria-hidden="true">{symbol}</span> {escape(clean(words))}</span>'


def moment(at: int) -> str:
    """A time to the second, in UTC."""
    when = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{when:%Y-%m-%d %H:%M:%S}</time>'


def on_day(when: date | str | None, otherwise: str = NONE) -> str:
    """A day, also one that is written as in ISO 8601, or what is said if there is none."""
    if not when:
        return escape(otherwise)
    written = escape(str(when), {'"': "&quot;"})
    return f'<time datetime="{written}">{written}</time>'


def facts_list(facts: Iterable[tuple[str, str]]) -> str:
    """Names, which are plain, and what they are, which is markup."""
    return "\n".join(("<dl>", *(f"<dt>{escape(name)}</dt><dd>{what}</dd>" for name, what in facts), "</dl>"))


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table. Caption and heads are plain, cells are markup; the first cell of each row is its head. `numbers` are the
    columns that stand to the right."""

    def kind(column: int) -> str:
        return ' class="number"' if column in numbers else ""

    head = "".join(f'<th scope="col"{kind(n)}>{escape(name)}</th>' for n, name in enumerate(heads))
    lines = [
        "<tr>"
        + f'<th scope="row"{kind(0)}>{row[0]}</th>'
        + "".join(f"<td{kind(n)}>{cell}</td>" for n, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in rows
    ]
    return "\n".join(
        (
            '<div class="wide">',
            f"<table><caption>{escape(clean(caption))}</caption>",
            f"<thead><tr>{head}</tr></thead>",
            "<tbody>",
            *lines,
            "</tbody></table></div>",
        )
    )
