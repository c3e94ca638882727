"""Whether an answer that the model gave is right, and how right, by rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from studio.data.answer_text import number_in, plain, same_number, says


@dataclass(frozen=True, slots=True)
class Grade:
    """What a rule says of one answer; `also` has further figures from 0 to 1 by their names."""

    right: bool
    also: dict[str, float] = field(default_factory=dict)


def grade(metric: str, said: str, expected: str, answer: str = "") -> Grade:
    """Judge what the model `said` by what it should have said; `answer` is what decides within `expected`, if known.

    "exact-match" compares texts, "number" the numbers that they come to, "json" values, "label" texts whatever their
    case; "answer" looks for `answer` in what was said, as whole words. Raises ValueError for another metric.
    """
    match metric:
        case "exact-match":
            return Grade(plain(said) == plain(expected))
        case "number":
            return Grade(same_number(said, answer or expected))
        case "label":
            return Grade(label_of(said) == label_of(answer or expected))
        case "answer":
            if not answer:
                return Grade(plain(said) == plain(expected))
            return Grade(says(said, answer) or plain(said) == plain(expected))
        case "json":
            return _json_grade(said, expected)
        case _:
            raise ValueError(f"no rule judges answers by {metric!r}")


def label_of(text: str) -> str:
    """A label as it is compared: without case, and without a full stop at its end."""
    return plain(text).casefold().rstrip(".").rstrip()


def key_of(metric: str, expected: str, answer: str = "") -> str:
    """What answers that count as the same have in common: for counting the most frequent one."""
    match metric:
        case "number":
            number = number_in(answer or expected)
            return plain(expected) if number is None else str(number.normalize())
        case "json":
            return repr(sorted(_fields(parsed(expected) or {}), key=repr))
        case "label":
            return label_of(answer or expected)
        case "exact-match":
            return plain(expected)  # all of it is compared, whatever decides within it
        case "answer":
            return plain(answer).casefold() or plain(expected)
        case _:
            return plain(answer or expected)


def parsed(text: str) -> dict[str, Any] | None:
    """The JSON object in `text`, without regard to the order of keys; None where it is not one or repeats a key."""
    try:
        value = json.loads(text, object_pairs_hook=_distinct)
        return _exact(value) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None


def _json_grade(said: str, expected: str) -> Grade:
    """Whole: the objects are equal. By field: the share of all fields of both that both have with the same value."""
    found, wanted = parsed(said), parsed(expected)
    if found is None or wanted is None:
        return Grade(False, {"fields": 0.0})
    mine, theirs = dict(_fields(found)), dict(_fields(wanted))
    names = mine.keys() | theirs.keys()
    same = sum(name in mine and name in theirs and mine[name] == theirs[name] for name in names)
    return Grade(found == wanted, {"fields": same / len(names) if names else 1.0})


def _fields(value: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value in nested objects by the keys that lead to it; a list is one value, an empty object too."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((key,), inner) for key, inner in value.items()]
    while waiting:
        place, inner = waiting.pop()
        if isinstance(inner, dict) and inner:
            waiting += [((*place, key), deeper) for key, deeper in inner.items()]
        else:
            yield place, inner


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found


def _exact(value: Any) -> Any:
    """Mark booleans, which are equal to 0 and 1 in Python but not in JSON."""
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    return ("boolean", value) if isinstance(value, bool) else value
