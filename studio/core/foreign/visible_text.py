"""Names and sentences that somebody else wrote, made safe to show: nothing in them moves a cursor or becomes markup."""

from __future__ import annotations

import html
import unicodedata
from typing import Any, TextIO

_KEPT = "\n\t"
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


def visible(text: str) -> str:
    r"""`text` with its control characters written out (`\x1b`), and those that change the direction of writing.

    New lines and tabs stay. A terminal then shows a stranger's escape sequence instead of obeying it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written(character) for character in text)


def one_line(text: str) -> str:
    """`visible` text on one line, for a name in a table or a title."""
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def unmarked(text: str) -> str:
    """`visible` text for where a toolkit takes text with a tag in it for HTML of its own accord, such as a tooltip."""
    shown = visible(text)
    return f"<span>{html.escape(shown, quote=False).replace(chr(10), '<br>')}</span>" if "<" in shown else shown


def _written(character: str) -> str:
    if character in _KEPT:
        return character
    if unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING:
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


class VisibleStream:
    """A terminal's stream on which whatever is printed is made `visible` first; `below` is the stream itself."""

    def __init__(self, below: TextIO) -> None:
        self.below = below

    def write(self, text: str) -> int:
        self.below.write(visible(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.below, name)
