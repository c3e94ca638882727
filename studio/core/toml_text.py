"""TOML as text: the line of a key, and plain values written as TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from studio.core.words import tr

_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*((?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=")


def read_toml(text: str) -> dict[str, Any]:
    """The values of a TOML text; raises tomllib.TOMLDecodeError, and nothing else, where it cannot be read."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets nested too deeply: tomllib lets Python's own errors through.
        raise tomllib.TOMLDecodeError(str(error)) from None


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line (from 1) of the key `path`, or else of its nearest parent; None where neither is found."""
    wanted = tuple(path)
    lines = {place: number for number, place in reversed(list(_places(text)))}
    while wanted:
        if wanted in lines:
            return lines[wanted]
        wanted = wanted[:-1]
    return None


def place_of(file: str, text: str, path: Sequence[str | int]) -> str:
    """Where a Problem says that the key `path` of a file stands: "recipe.toml, line 7: method.top_k"."""
    dotted, line = ".".join(map(str, path)), line_of(text, path)
    if line is None:
        return tr("{where}: {what}", where=file, what=dotted)
    return tr("{file}, line {line}: {field}", file=file, line=line, field=dotted)


def _places(text: str) -> list[tuple[int, tuple[str | int, ...]]]:
    """Every header and key of `text` with its line, as (line, path)."""
    found: list[tuple[int, tuple[str | int, ...]]] = []
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _split(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, (*table, *_split(key[1]))))
    return found


def _split(dotted: str) -> tuple[str | int, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def to_toml(values: Mapping[str, Any]) -> str:
    """Write nested mappings, lists of mappings and plain values as TOML; None is left out."""
    plain, tables = [], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            tables.append(f"\n[{key}]\n{_pairs(value)}")
        elif isinstance(value, (list, tuple)) and value and all(isinstance(item, Mapping) for item in value):
            tables.extend(f"\n[[{key}]]\n{_pairs(item)}" for item in value)
        elif value is not None:
            plain.append(f"{key} = {_value(value)}\n")
    return "".join(plain + tables)


def _pairs(values: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, except that TOML wants DEL escaped too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{key} = {_value(item)}" for key, item in value.items() if item is not None)
        return "{ " + ", ".join(pairs) + " }"
    raise TypeError(f"{type(value).__name__} cannot be written as TOML")
