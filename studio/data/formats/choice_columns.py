"""Where the options of a multiple choice stand: in one column, or in columns of their own (A to D, option1, opa)."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.words import tr
from studio.data.formats.known_names import Columns, plain
from studio.data.formats.row_values import RowFaultError, from_json, is_missing, text_of

_FAMILY = re.compile(r"^(|option|options|choice|answer|ending|sol|op|opt|candidate|alternative)([a-j]|\d)$")
_OWN_LETTER = re.compile(r"^\(?([A-Za-z])[.):]\s*")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one row, and the file's own labels for them ("1", "A"), which may be none."""

    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()


def option_columns(columns: Columns) -> list[str]:
    """The columns that hold one option each, in order: A to D, option1 to option4, opa to opd; [] where none do."""
    families: dict[str, dict[str, str]] = {}
    for name in columns.names:
        if found := _FAMILY.match(plain(name)):
            families.setdefault(found[1], {})[found[2]] = name
    best: list[str] = []
    for members in families.values():
        for first in ("a", "1", "0"):
            run: list[str] = []
            while (sign := chr(ord(first) + len(run))) in members:
                run.append(members[sign])
            best = max(best, run, key=len)
    return best if len(best) > 1 else []


def options_of(values: Mapping[str, Any], names: Sequence[str]) -> Options:
    """The options of a row: of one column, or of several with one each."""
    if len(names) > 1:
        present = [name for name in names if not is_missing(values.get(name)) and values.get(name) != ""]
        labels = tuple(_label(name) for name in present)
        return _checked(Options(tuple(text_of(values[name], name) for name in present), labels), "options")
    name = names[0]
    found = _listed(values.get(name), name)
    if isinstance(found, dict) and isinstance(found.get("text"), list):  # as ARC's and OpenBookQA's sets have them
        given = found.get("label")
        own = [str(each) for each in given] if isinstance(given, list) else []
        return _checked(Options(_texts(found["text"], name), tuple(own)), name)
    if isinstance(found, dict):  # {"A": …, "B": …}
        named = {str(key): each for key, each in found.items() if not is_missing(each)}
        return _checked(Options(_texts(list(named.values()), name), tuple(named)), name)
    if isinstance(found, list) and found and all(isinstance(each, dict) for each in found):
        texts = [next((each[key] for key in ("text", "content", "value") if key in each), None) for each in found]
        own = [str(each.get("label", each.get("key", ""))) for each in found]
        return _checked(Options(_texts(texts, name), tuple(own)), name)
    if not isinstance(found, list):
        raise RowFaultError(tr("{name!r} must be a list of 2 to 26 options.", name=name))
    return _checked(Options(_texts(found, name)), name)


def _label(name: str) -> str:
    found = _FAMILY.match(plain(name))
    return found[2].upper() if found else name


def _texts(found: Sequence[Any], name: str) -> tuple[str, ...]:
    if any(is_missing(each) or isinstance(each, (dict, list)) for each in found):
        raise RowFaultError(tr("every entry of {name!r} must be text.", name=name))
    return tuple(text_of(each, name) for each in found)


def _checked(options: Options, name: str) -> Options:
    if not 2 <= len(options.texts) <= 26:
        raise RowFaultError(tr("{name!r} must be a list of 2 to 26 options.", name=name))
    heads = [_OWN_LETTER.match(text) for text in options.texts]
    letters = "".join(head[1].upper() if head else "" for head in heads)
    if letters == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(heads)]:  # "A. hot" would be shown as "A. A. hot"
        return Options(tuple(_OWN_LETTER.sub("", text, count=1) for text in options.texts), options.labels)
    return options


def _listed(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    found = from_json(value)
    if not isinstance(found, str):
        return found
    try:
        found = ast.literal_eval(value)  # a list as Python prints it, which pandas writes into tables
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        found = None
    if not isinstance(found, (list, dict)):
        raise RowFaultError(tr('{name!r} is not a list; in a table, write it as JSON: ["one", "two"].', name=name))
    return found


def right_index(right: Any, options: Options, first: int = 0) -> int | None:
    """Which option `right` names: by label, letter, text or index from `first`; None where it names none."""
    letters = [chr(ord("A") + number) for number in range(len(options.texts))]
    if isinstance(right, bool):
        return None
    if isinstance(right, float) and right.is_integer():
        right = int(right)
    if isinstance(right, int):
        if str(right) in options.texts and not 0 <= right - first < len(options.texts):
            return options.texts.index(str(right))
        return right - first if 0 <= right - first < len(options.texts) else None
    if not isinstance(right, str):
        return None
    bare = right.strip()
    short = bare.strip("()[]. :").upper()
    places: list[tuple[str, Sequence[str]]] = [
        (bare, options.labels),
        (bare, options.texts),
        (short, letters),
        (short, [label.upper() for label in options.labels]),
        (bare.lower(), [text.strip().lower() for text in options.texts]),
        (_OWN_LETTER.sub("", bare).lower(), [text.strip().lower() for text in options.texts]),
    ]
    for wanted, names in places:
        if wanted and wanted in names:
            return list(names).index(wanted)
    if bare.isdecimal() and 0 <= int(bare) - first < len(options.texts):
        return int(bare) - first
    head = _OWN_LETTER.match(bare)
    return letters.index(head[1].upper()) if head and head[1].upper() in letters else None
