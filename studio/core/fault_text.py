"""What a validator found, in the words of a person: none of pydantic's own sentences is ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST_SHOWN = 60  # characters of a value that is quoted

_NOT = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "a switch: it is true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "a table",
    "model": "a table",
    "date": "a date",
    "path": "a path",
    "finite": "a finite number",
}
_NUMBERS = ("int_from_float", "int_parsing", "float_parsing", "finite_number")


def fault_text(fault: Mapping[str, Any]) -> str:
    """One of `ValidationError.errors()` as a sentence, such as "'fast' is not a number."; the remedy is the field's."""
    kind, given, limits = str(fault["type"]), fault.get("input"), fault.get("ctx") or {}
    shown = value_text(given)
    match kind:
        case "value_error":
            return _ended(str(limits.get("error", f"{shown} cannot be used")))
        case "missing":
            return "it is missing."
        case "extra_forbidden":
            return "there is no such field."
        case "string_too_short" | "too_short":
            least = limits.get("min_length", 1)
            return "it is empty." if least == 1 else f"it is too short: {least} are the fewest."
        case "string_too_long":
            return f"it has {len(str(given)):,} characters, and {limits.get('max_length'):,} are the most."
        case "too_long":
            return f"it is too long: {limits.get('max_length'):,} are the most."
        case "greater_than" | "greater_than_equal":
            return f"{shown} is too small."
        case "less_than" | "less_than_equal":
            return f"{shown} is too large."
        case "literal_error" | "enum":
            return f"{shown} is not one of the choices."
        case "string_pattern_mismatch":
            return f"{shown} is not understood here."
        case _:
            return f"{shown} {_misfit(kind)}."


def value_text(value: Any) -> str:
    """A value as a person would write it, shortened where it is long."""
    if value is None:
        return "nothing"
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) < LONGEST_SHOWN else f"{shown[: LONGEST_SHOWN - 3]}..."


def _misfit(kind: str) -> str:
    if kind in _NUMBERS:
        kind = "int_type" if kind.startswith("int") else "finite_type" if kind == "finite_number" else "float_type"
    name, _, ending = kind.rpartition("_")
    return f"is not {_NOT[name]}" if ending == "type" and name in _NOT else "cannot be used here"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
