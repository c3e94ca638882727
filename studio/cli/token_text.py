"""Rows of tokens and histograms for a terminal: in colours where it has them, else with marks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from studio.core.foreign.visible_text import visible
from studio.core.token_view import SeenRow, SeenToken

STYLES = {"learned": ("black on green", "black on bright_green"), "cut": ("red strike", "bright_red strike")}
TEMPLATE, SPECIAL, SEAM = "bright_black", "cyan", "yellow"
MARKS = {"learned": "[[{}]]", "read": "{}", "cut": "~~{}~~"}
SEAM_LINE = "\n-- the next row of the pack --\n"
BLOCKS = " ▁▂▃▄▅▆▇█"


def legend(console: Console) -> Text:
    """What the colours, or without them the marks, mean."""
    if console.no_color or not console.is_terminal:
        return Text("In the rows, [[learned]] is learned, ~~cut~~ is cut off, and everything else is read.")
    return Text.assemble(
        ("learned", STYLES["learned"][0]), " ", "read", " ", ("added by the template", TEMPLATE), " ",
        ("special token", SPECIAL), " ", ("cut off", STYLES["cut"][0]),
    )  # fmt: skip


def row_text(row: SeenRow, console: Console) -> Text:
    """A row's tokens as text that shows what becomes of each."""
    if console.no_color or not console.is_terminal:
        return Text(_marked(row))
    text = Text()
    for number, token in enumerate(row):
        if number in row.seams:
            text.append(SEAM_LINE, SEAM)
        text.append(_shown(token.text), _style(token, number))
    return text


def histogram(lengths: Mapping[str, Any], limit: int) -> list[str]:
    """The lengths of a task's rows as a line of bars over their tokens, with the limit marked under them."""
    counts, edges = list(lengths["counts"]), list(lengths["edges"])
    if not counts:
        return []
    most = max(counts)
    # A bin that holds anything shows something.
    bars = "".join(BLOCKS[max(1, round(count / most * 8)) if count else 0] for count in counts)
    told = f"0 to {edges[-1]:,} tokens; 95 % at most {lengths['p95']:,}, longest {lengths['longest']:,}"
    lines = [f"|{bars}| {told}"]
    if limit < edges[-1]:
        place = next(number for number, edge in enumerate(edges) if edge > limit) - 1
        lines.append(f" {' ' * place}^ max_length {limit:,}")
    else:
        lines[0] += f", max_length {limit:,}"
    return lines


def _style(token: SeenToken, number: int) -> str:
    if token.kind in STYLES:
        return STYLES[token.kind][number % 2]
    return SPECIAL if token.special else TEMPLATE if token.template else ""


def _marked(row: SeenRow) -> str:
    parts: list[str] = []
    # A seam ends a run of tokens of one kind, too.
    packed = [(bisect_right(row.seams, number), token) for number, token in enumerate(row)]
    for number, of_row in groupby(packed, lambda each: each[0]):
        parts.append(SEAM_LINE if number else "")
        for kind, tokens in groupby(of_row, lambda each: each[1].kind):
            parts.append(MARKS[kind].format(_shown("".join(token.text for _, token in tokens))))
    return "".join(parts)


def _shown(text: str) -> str:
    return visible(text).replace("\n", "\\n\n").replace("\t", "\\t")
