"""What words remember, written beside them in JSON and read again: in run.db's events and in the desk's answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from string import Formatter
from typing import Any

from pydantic import BaseModel

from studio.core.said import Said, Value
from studio.core.words import again, in_plain_english

SAID = "said"  # the entry of a JSON object that holds what the words in it remember
DEEPEST = 12  # words within words that are read; ours are 5 deep at most
WILD = re.compile(r"\{|\d{4}")  # in the format of a value: one that ours never has, and that may fill the memory


def remembered(value: Any) -> list[list[Any]]:
    """What the words in a value remember: for JSON, each [text, source, about, number, values]."""
    return list({str.__str__(text): _entry(text) for text in _within(value)}.values())


def english_of(written: Any, value: Any) -> Any:
    """What a value was written as in JSON, with the words of the value in English."""
    plain = {str.__str__(text): in_plain_english(text) for text in _within(value)}
    return _with(written, plain)


def recalled(value: Any, entries: Any) -> Any:
    """A value read from JSON, with the words that an entry remembers in the language of now.

    Entries may be a stranger's: one that is invalid or does not say its own text is skipped, and one whose source is
    not known leaves the text as it is.
    """
    if not isinstance(entries, list):
        return value
    known = {str.__str__(text): again(text) for entry in entries if (text := _said_of(entry)) is not None}
    return _with(value, known) if known else value


def _entry(text: Said) -> list[Any]:
    values = {name: _entry(value) if isinstance(value, Said) else value for name, value in text.values.items()}
    return [in_plain_english(text), text.source, text.about, text.number, values]


def _within(value: Any) -> Iterator[Said]:
    if isinstance(value, Said):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _within(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            if not isinstance(each, (int, float)):
                yield from _within(each)
    elif isinstance(value, BaseModel):
        yield from _within(value.__dict__)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _within(getattr(value, field.name))


def _said_of(entry: Any, depth: int = 0) -> Said | None:
    """The words of an entry, which may be a stranger's; None for an invalid one."""
    if not (isinstance(entry, list) and len(entry) == 5 and depth < DEEPEST):
        return None
    text, source, about, number, given = entry
    if not (isinstance(text, str) and isinstance(source, str) and isinstance(about, str) and isinstance(given, dict)):
        return None
    values: dict[str, Value] = {}
    for name, each in given.items():
        value = _said_of(each, depth + 1) if isinstance(each, list) else each
        if not isinstance(value, (str, int, float)):
            return None
        values[name] = value
    if not (type(number) is int and abs(number) < 2**31):
        return None
    said = Said(text, source, about, number, values)
    return said if _says(said, text) else None


def _says(said: Said, text: str) -> bool:
    """Whether the source and the values of a possible stranger make this English text."""
    form = said.source if said.number in (-1, 1) else said.about
    try:
        for _, name, spec, _ in Formatter().parse(form) if said.values else ():
            if name is not None and (not name.isidentifier() or WILD.search(spec or "")):
                return False
        return in_plain_english(said) == text
    except (LookupError, ValueError, ArithmeticError):
        return False


def _with(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, dict):
        return {name: _with(each, known) for name, each in value.items()}
    return [_with(each, known) for each in value] if isinstance(value, list) else value
