"""Whether a generated answer is right, by rule."""

from __future__ import annotations

import json
import unicodedata
from typing import Any


def is_right(metric: str, answer: str, expected: str) -> bool:
    """Judge one answer: "exact-match" compares texts, "json" compares values; ValueError for another metric."""
    if metric == "exact-match":
        return plain(answer) == plain(expected)
    if metric == "json":
        found = parsed(answer)
        return found is not None and found == parsed(expected)
    raise ValueError(f"no rule judges answers by {metric!r}")


def plain(text: str) -> str:
    """Text with runs of white space made single and characters composed; case and punctuation count."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def parsed(text: str) -> dict[str, Any] | None:
    """The JSON object in `text`, without regard to the order of keys; None where it is not one or repeats a key."""
    try:
        value = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return None
    return _exact(value) if isinstance(value, dict) else None


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
