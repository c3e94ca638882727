"""Rows inside one JSON object: under a key, by their names, or as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.core.words import tr
from studio.data.formats.known_names import CHOICES, CHOSEN, MESSAGES, PAIRS, QUESTIONS, REJECTED, TEXT, TOOLS, Columns

_LISTS_OF_A_ROW = {*MESSAGES, *CHOICES, *TOOLS, *CHOSEN, *REJECTED}
_TEXTS_OF_A_ROW = {*TEXT, *QUESTIONS, *(asked for asked, _ in PAIRS)}
"""What a row that is one by itself holds, as a list and as text, so that a list beside it is no list of rows."""


@dataclass(frozen=True, slots=True)
class InnerRows:
    """The rows found inside an object, and how they were found; or a `problem` (what, remedy)."""

    rows: list[Any]
    note: str = ""
    problem: tuple[str, str] | None = None


def rows_in_object(value: dict[str, Any]) -> InnerRows | None:
    """The rows that the only value of a file holds; None where it is a row by itself.

    Taken are: one key with a list of objects ("data"), a table of "columns" and "data", columns of equal length, as
    lists or numbered, and rows by name.
    """
    if _is_row(value):
        return None
    lists = {key: found for key, found in value.items() if _are_objects(found)}
    columns = value.get("columns")
    if isinstance(columns, list) and isinstance(value.get("data"), list) and _are_lists(value["data"], len(columns)):
        names = [str(name) for name in columns]
        rows = [dict(zip(names, row, strict=True)) for row in value["data"]]
        return InnerRows(rows, tr('its rows are the list "data" with the names in "columns"'))
    if len(lists) == 1:
        key, rows = next(iter(lists.items()))
        note = tr("its rows are the list {key!r}", key=key)
        if others := [name for name in value if name != key]:
            note = tr("{first}; {next}", first=note, next=tr("not used: {names}", names=_listed(others)))
        return InnerRows(rows, note)
    if len(lists) > 1:
        what = tr("it holds several lists of rows: {names}.", names=_listed(list(lists)))
        return InnerRows([], problem=(what, tr("Write the one that you mean into a file of its own.")))
    if _is_columns(value):
        found = [list(column.values()) if isinstance(column, dict) else column for column in value.values()]
        rows = [dict(zip(value, row, strict=True)) for row in zip(*found, strict=True)]
        return InnerRows(rows, tr("its values are columns, each a list with one entry for each row"))
    by_name = not Columns(value).every_of({*_TEXTS_OF_A_ROW, *_LISTS_OF_A_ROW})
    if by_name and len(value) > 1 and all(isinstance(each, dict) and each for each in value.values()):
        alike = [set(each) for each in value.values()]
        if set.intersection(*alike):
            note = tr("its {n:,} values are the rows; their keys are not used", n=len(value))
            return InnerRows(list(value.values()), note)
    return None


def _is_row(value: dict[str, Any]) -> bool:
    columns = Columns(value)
    if any(isinstance(value[name], str) for name in columns.every_of(_TEXTS_OF_A_ROW)):
        return True
    return bool(columns.every_of(_LISTS_OF_A_ROW)) and not _is_columns(value)


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown if len(names) <= 8 else tr("{shown} and {number} more", shown=shown, number=len(names) - 8)


def _are_objects(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, dict) for each in value)
        and not (is_messages(value))
    )


def _are_lists(value: list[Any], length: int) -> bool:
    return bool(value) and all(isinstance(each, list) and len(each) == length for each in value)


def _is_columns(value: dict[str, Any]) -> bool:
    """Whether the object has a list, or an object numbered from 0, of the same length for every column."""
    if not value:
        return False
    columns = list(value.values())
    if all(isinstance(each, list) for each in columns):
        lengths = {len(each) for each in columns}
        return (
            len(columns) > 1
            and len(lengths) == 1
            and lengths != {0}
            and not any(isinstance(entry, dict) for each in columns for entry in each)
        )
    numbered = all(isinstance(each, dict) and list(each) == [str(n) for n in range(len(each))] for each in columns)
    return numbered and len({len(each) for each in columns}) == 1 and bool(columns[0])


def is_message(value: Any) -> bool:
    """Whether a JSON value is one message of a conversation rather than a row."""
    return (
        isinstance(value, dict)
        and bool(value.keys() & {"role", "from", "speaker"})
        and bool(value.keys() & {"content", "value", "text", "tool_calls"})
    )


def is_messages(value: Any) -> bool:
    """Whether a JSON value is a bare list of messages, which is a row by itself."""
    return isinstance(value, list) and bool(value) and all(is_message(each) for each in value)
