"""Tables in text: fields by commas, semicolons, tabs or bars, under a line of names."""

from __future__ import annotations

import csv
import itertools
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from studio.core.words import plural, tr
from studio.data.containers.file_kind import plain_suffix
from studio.data.containers.reading import Reading
from studio.data.containers.text_lines import decoded
from studio.data.source_row import SourceRow

SEPARATORS = ",;\t|"
"""What separates the fields of a csv file: a spreadsheet writes the one that its country uses."""
LOOKED_AT = 20  # lines behind the first, to find it


@dataclass(frozen=True, slots=True)
class _Header:
    """The names of the columns; a column without a name is "column 3", and passed over where it is empty."""

    names: tuple[str, ...]
    unnamed: frozenset[int]
    fields: tuple[str, ...]


def table_rows(reading: Reading, lines: Iterable[tuple[int, bytes]]) -> Iterator[SourceRow]:
    """Each row under the names in the first line; a later line that repeats the names (joined files) is none."""
    texts = ((number, decoded(reading.path, number, line)) for number, line in lines)
    first = next(((number, text) for number, text in texts if text.strip()), None)
    if first is None:
        return
    told = first[1].rstrip("\r\n")[4:5] if first[1].startswith("sep=") else ""  # a spreadsheet's own first line
    tabs = plain_suffix(reading.path) == ".tsv"
    ahead = [] if told else list(itertools.islice(texts, LOOKED_AT))
    separator = told or ("\t" if tabs else _separator([first[1], *(text for _, text in ahead)]))
    header: _Header | None = None
    repeats = 0
    for line, fields in _records(reading, itertools.chain([] if told else [first], ahead, texts), separator):
        if not any(field.strip() for field in fields):
            continue  # a blank line, as a spreadsheet writes it
        if header is None:
            header = _header(reading, line, fields)
        elif tuple(fields) == header.fields:
            repeats += 1
        elif len(fields) < len(header.names) or any(field.strip() for field in fields[len(header.names) :]):
            reading.fault(
                line,
                plural(
                    "it has {n} field, the header has {expected}.",
                    "it has {n} fields, the header has {expected}.",
                    len(fields),
                    expected=len(header.names),
                ),
                tr("Quote fields that contain the separator ({separator!r}).", separator=separator),
            )
        else:
            named = enumerate(zip(header.names, fields, strict=False))
            yield SourceRow(line, {name: each for at, (name, each) in named if each or at not in header.unnamed})
    if repeats:
        reading.notes.append(
            plural(
                "the line of names comes once more, as in joined files; it is no row",
                "the line of names comes {n} more times, as in joined files; it is no row",
                repeats,
            )
        )


def _header(reading: Reading, line: int, fields: list[str]) -> _Header:
    plain = [field.strip() for field in fields]
    while len(plain) > 1 and not plain[-1]:
        plain.pop()
    names = tuple(name or f"column {at}" for at, name in enumerate(plain, start=1))
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        what = tr("two columns are called {name!r}.", name=twice[0])
        if looks_like_data(plain):
            what = tr(
                "two fields of its first line are {name!r}, so it looks like data rather than names.", name=twice[0]
            )
        raise reading.faults.stop(reading.place(line), what, tr("Put a line above it with a name for each column."))
    return _Header(names, frozenset(at for at, name in enumerate(plain) if not name), tuple(fields))


def looks_like_data(names: Iterable[str]) -> bool:
    """Whether what stands where names should is rather a row: a number, a sentence, a long text."""
    return any(
        name.replace(".", "", 1).removeprefix("-").isdecimal() or name.endswith((".", "?", "!")) or len(name) > 60
        for name in names
    )


def _records(reading: Reading, lines: Iterable[tuple[int, str]], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each record as (its first line, its fields); quoted fields may hold line breaks."""
    csv.field_size_limit(2**31 - 1)  # a field may be a whole document
    if separator == "\t":
        yield from _tab_records(lines)
        return
    held: list[tuple[int, str]] = []  # the lines of the record that is read
    again: deque[tuple[int, str]] = deque()  # lines to be read once more
    rest = iter(lines)
    doubtful = 0  # the last line that a faulty quote had swallowed
    told = False

    def texts() -> Iterator[str]:
        while line := again.popleft() if again else next(rest, None):
            held.append(line)
            yield line[1]

    reader = csv.reader(texts(), delimiter=separator, strict=True)
    while True:
        held.clear()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            first, last = held[0][0], held[-1][0]
            reading.fault(first, tr("this row cannot be read: {error}.", error=error), tr("Check its quotes."))
            if last > first:
                if not doubtful:
                    reading.notes.append(
                        tr(
                            "a quote that opens in line {line} has no proper end; the lines behind it are read as rows",
                            line=first,
                        )
                    )
                doubtful = max(doubtful, last)
                again.extendleft(reversed(held[1:]))
                reader = csv.reader(texts(), delimiter=separator, strict=True)
            continue
        first, last = held[0][0], held[-1][0]
        if first <= doubtful and sum(text.count('"') for _, text in held) % 2:
            reading.fault(
                first, tr("this row cannot be read: a quote in it has no other half."), tr("Check its quotes.")
            )
            continue
        if last > first and not told and _may_be_swallowed(fields, separator):
            told = True
            reading.notes.append(
                tr(
                    "a quote that opens in line {first} closes in line {last}, so these lines are one row; if they are"
                    " several, double the quote",
                    first=first,
                    last=last,
                )
            )
        yield first, fields


def _may_be_swallowed(fields: list[str], separator: str) -> bool:
    """Whether each line inside the last field would be a whole row, so that a stray quote may have joined rows."""
    inside = fields[-1].splitlines()[1:]
    return len(fields) > 1 and bool(inside) and all(line.count(separator) == len(fields) - 1 for line in inside)


def _tab_records(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Records of a tab-separated file, in which a quote may be a letter or, as spreadsheets write it, a quote.

    Lines that a quote would join are one record only where they have not each the fields of a whole row.
    """
    held: list[tuple[int, str]] = []
    quotes = width = 0
    for number, text in lines:
        held.append((number, text))
        quotes += text.count('"')
        if quotes % 2 == 0:
            records = _of_tabs(held, width)
            width = width or len(records[0][1])
            yield from records
            held, quotes = [], 0
    yield from _of_tabs(held, width)


def _of_tabs(held: list[tuple[int, str]], width: int) -> list[tuple[int, list[str]]]:
    alone = [(number, _tab_fields(text)) for number, text in held]
    if len(held) > 1 and any(len(fields) != width for _, fields in alone if any(fields)):
        try:
            joined = list(csv.reader([text for _, text in held], delimiter="\t", strict=True))
        except csv.Error:
            return alone
        if len(joined) == 1:
            return [(held[0][0], joined[0])]
    return alone


def _tab_fields(text: str) -> list[str]:
    if '"' in text:
        try:
            return next(csv.reader([text], delimiter="\t", strict=True), [])
        except csv.Error:
            pass  # its quotes are letters
    return text.rstrip("\r\n").split("\t")


def _separator(lines: list[str]) -> str:
    """The separator that divides the first lines into most fields, the same number in each; where none does, that
    which divides the header into most; a comma where none does."""

    def fields(separator: str) -> int:
        try:
            return len(next(csv.reader(lines[:1], delimiter=separator), []))
        except csv.Error:  # a carriage return within the line, which is reported where it is read
            return lines[0].count(separator) + 1

    def divides(separator: str) -> int:
        try:
            counts = [len(found) for found in csv.reader(lines, delimiter=separator) if any(found)]
        except csv.Error:
            return 0
        counts = counts[:-1] if len(lines) > LOOKED_AT else counts  # a quote may go on behind the last
        return counts[0] if len(counts) > 1 and len(set(counts)) == 1 and counts[0] > 1 else 0

    best = max(SEPARATORS, key=divides)
    return best if divides(best) else max(SEPARATORS, key=fields)
