"""JSON values that stretch over lines, one after another or in a list, taken apart without reading the whole file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from studio.core.words import tr
from studio.data.containers.reading import Reading
from studio.data.containers.text_lines import decoded

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],"]')
"""What decides where a JSON value ends: strings, brackets, commas; a lone quote is a string that does not end."""
_CLOSES = {"}": "{", "]": "["}


@dataclass(frozen=True, slots=True)
class Value:
    """The text of one value and the line where it begins; `list_number` is 0 outside of any list, then counts lists."""

    line: int
    text: str
    list_number: int


@dataclass(slots=True)
class _Scan:
    """Where a scan stands: open brackets, and the pieces of the value that has not ended yet."""

    open: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    line: int = 0  # where the value begins
    lists: int = 0
    in_list: bool = False

    def hold(self, text: str, number: int) -> None:
        if not self.pieces and not text.strip():
            return
        if not self.pieces:
            self.line = number
        self.pieces.append(text)

    def take(self) -> Iterator[Value]:
        text = "".join(self.pieces)
        self.pieces = []
        if text.strip():
            yield Value(self.line, text.strip(), self.lists if self.in_list else 0)


def json_values(reading: Reading, lines: Iterable[tuple[int, bytes]]) -> Iterator[Value]:
    """Each value at the top, or in a list at the top; commas between them may be there or, outside a list, not.

    Raises ProblemError where brackets do not match, so that nothing behind can be told apart.
    """
    scan = _Scan()
    number = 0
    for number, line in lines:
        text = decoded(reading.path, number, line)
        yield from _values_of(reading, scan, number, text)
    inside = bool(scan.open)
    yield from scan.take()
    if inside:
        raise reading.faults.stop(
            reading.place(number),
            tr("the list of rows or the last row ends early."),
            tr("Add what is missing at its end."),
        )


def _values_of(reading: Reading, scan: _Scan, number: int, text: str) -> Iterator[Value]:
    position = 0
    for found in TOKEN.finditer(text):
        sign, depth = found[0], len(scan.open)
        if sign == '"':
            raise reading.faults.stop(
                reading.place(number), tr("a text does not end in its line."), tr("Add the quote.")
            )
        if len(sign) > 1:
            continue
        if sign in "[{":
            scan.hold(text[position : found.start()], number)
            position = found.start()
            if depth == int(scan.in_list) and scan.pieces:
                what = tr("the list of rows ends early or a comma is missing here.")
                raise reading.faults.stop(reading.place(number), what, tr("Fix the list from here on."))
            if sign == "[" and depth == 0:
                scan.in_list, position = True, found.end()
                scan.lists += 1
            scan.open.append(sign)
        elif sign == ",":
            if depth == int(scan.in_list):
                scan.hold(text[position : found.start()], number)
                yield from scan.take()
                position = found.end()
        else:
            if not scan.open or scan.open[-1] != _CLOSES[sign]:
                what = tr("the bracket {sign} has no partner here.", sign=sign)
                raise reading.faults.stop(reading.place(number), what, tr("Fix the brackets from here on."))
            scan.open.pop()
            if not scan.open:
                scan.hold(text[position : found.start() if scan.in_list else found.end()], number)
                yield from scan.take()
                scan.in_list, position = False, found.end()
    scan.hold(text[position:], number)
