"""JSON files: one row a line, a list of rows, rows over several lines, and rows inside one object."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from studio.core.said import words_of
from studio.core.words import tr
from studio.data.containers.json_object import is_message, is_messages, rows_in_object
from studio.data.containers.json_values import TOKEN, Value, json_values
from studio.data.containers.reading import Reading
from studio.data.containers.text_lines import not_utf_8
from studio.data.source_row import SourceRow, kind_of

Lines = Iterable[tuple[int, bytes]]

MESSAGES = "messages"
"""The column that a row which is a bare list of messages has."""
_STRING_OR_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])')


def json_rows(reading: Reading, lines: Lines) -> Iterator[SourceRow]:
    """The rows of a JSON file, whatever its suffix says about their layout.

    A first line that is a whole value makes a file of lines, in which every line is read by itself; else the
    values may stretch over lines, in a list or not.
    """
    first: list[tuple[int, bytes]] = []
    for number, line in lines:
        if line.strip():
            first.append((number, line))
            if len(first) == 2:
                break
    if not first:
        return
    number, line = first[0]
    value = None
    try:
        value = parse(line.decode("utf-8"))
    except json.JSONDecodeError as error:
        if _goes_on(line, error):
            yield from _rows_over_lines(reading, itertools.chain(first, lines))
            return
    except (ValueError, RecursionError):
        pass  # said again, with its line, where each line is read
    if len(first) == 1 and isinstance(value, (dict, list)):
        yield from _only_value(reading, number, value)
    else:
        yield from _each_line(reading, itertools.chain(first, lines))


def _goes_on(line: bytes, error: json.JSONDecodeError) -> bool:
    """Whether the fault of a first line is that its value goes on below, and not that the line is broken."""
    text = line.decode("utf-8", "replace").strip()
    return text[:1] in ("[", "{") and error.pos >= len(text) - 1 and _depth(text) > 0


def _depth(text: str) -> int:
    signs = [found[0] for found in TOKEN.finditer(text)]
    return sum(sign in ("[", "{") for sign in signs) - sum(sign in ("]", "}") for sign in signs)


def _each_line(reading: Reading, lines: Lines) -> Iterator[SourceRow]:
    for number, line in lines:
        if not line.strip():
            continue
        try:
            value = parse(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            reading.fault(number, *not_utf_8(line, error))
        except (ValueError, RecursionError) as error:
            reading.fault(number, *_not_json(line.decode("utf-8"), error, "line"))
        else:
            yield from _row(reading, number, value)


def _rows_over_lines(reading: Reading, lines: Lines) -> Iterator[SourceRow]:
    """Rows of a list or of pretty-printed values; a list of messages is one row, a lone object may hold the rows."""
    for _, group in itertools.groupby(json_values(reading, lines), key=lambda item: item.list_number):
        values = _parsed(reading, group)
        head = list(itertools.islice(values, 2))
        number, value = head[0] if head else (0, None)
        if number and value is not None and is_message(value):
            yield SourceRow(number, {MESSAGES: [value, *(each for _, each in head[1:]), *(each for _, each in values)]})
        elif len(head) == 1 and isinstance(value, dict):
            yield from _only_value(reading, number, value)
        else:
            for number, value in itertools.chain(head, values):
                yield from _row(reading, number, value)


def _parsed(reading: Reading, items: Iterable[Value]) -> Iterator[tuple[int, Any]]:
    for item in items:
        try:
            value = parse(item.text)
        except (ValueError, RecursionError) as error:
            line = item.line + (error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0)
            reading.fault(line, *_not_json(item.text, error, tr("Fix or remove this row.")))
        else:
            yield item.line, value


def _not_json(text: str, error: Exception, remedy: str) -> tuple[str, str]:
    if not isinstance(error, json.JSONDecodeError):  # a key twice, a number of endless digits, endless brackets
        return tr("{sentence}.", sentence=words_of(error)), remedy
    if text.lstrip().startswith(("{'", "[{'")):
        return tr("its quotes are ' as Python prints them; JSON has \" only."), tr("Write the rows with json.dumps.")
    return tr("this is not JSON: {error} (column {column}).", error=error.msg, column=error.colno), remedy


def _only_value(reading: Reading, number: int, value: Any) -> Iterator[SourceRow]:
    """The rows of the one value that a file holds: a row, a list of rows, or an object that holds them."""
    found = rows_in_object(value) if isinstance(value, dict) else None
    if found and found.problem:
        raise reading.faults.stop(str(reading.path), *found.problem)
    if found:
        reading.notes.append(found.note)
        reading.unit = "row"
    listed = found.rows if found else value if isinstance(value, list) and not is_messages(value) else [value]
    for place, each in enumerate(listed, start=1):
        yield from _row(reading, place if found else number, each)


def _row(reading: Reading, number: int, value: Any) -> Iterator[SourceRow]:
    """A JSON value as a row: an object, or a bare list of messages; anything else is a fault."""
    if isinstance(value, dict):
        yield SourceRow(number, value)
    elif is_messages(value):
        yield SourceRow(number, {MESSAGES: value})
    else:
        what = tr("a row must be a JSON object, not {kind}.", kind=kind_of(value))
        reading.fault(number, what, tr('Write {"column": value, …}.'))


def parse(text: str) -> Any:
    """One JSON value, with a comma behind it or before a closing bracket allowed; raises ValueError."""
    text = text.strip()
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        mended = without_trailing_commas(text.removesuffix(","))
        if mended == text:
            raise
        try:
            return _DECODER.decode(mended)
        except json.JSONDecodeError:
            pass
        raise


def without_trailing_commas(text: str) -> str:
    """The text without commas that stand before a closing bracket; strings stay as they are."""
    return _STRING_OR_TRAILING_COMMA.sub(lambda found: found[0] if found[0] != "," else "", text)


def distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(tr("the key {key!r} appears twice in one object", key=twice))
    return values


_DECODER = json.JSONDecoder(object_pairs_hook=distinct_keys)
