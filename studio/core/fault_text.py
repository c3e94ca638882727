"""What a validator found, in the words of a person: none of pydantic's own sentences is ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.said import words_of
from studio.core.words import mark, tr


class FieldFaultError(ValueError):
    """A fault that a validator of ours finds: of which field of its table, what is wrong, and the remedy."""

    def __init__(self, field: str, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.field, self.what, self.remedy = field, what, remedy


LONGEST_SHOWN = 60  # characters of a value that is quoted

_NOT = {
    "string": mark("text"),
    "int": mark("a whole number"),
    "float": mark("a number"),
    "bool": mark("a switch: it is true or false"),
    "list": mark("a list"),
    "tuple": mark("a list"),
    "set": mark("a list"),
    "dict": mark("a table"),
    "model": mark("a table"),
    "date": mark("a date"),
    "path": mark("a path"),
    "finite": mark("a finite number"),
}
_NUMBERS = ("int_from_float", "int_parsing", "float_parsing", "finite_number")


def fault_text(fault: Mapping[str, Any]) -> str:
    """One of `ValidationError.errors()` as a sentence, such as "'fast' is not a number."; the remedy is the field's."""
    kind, given, limits = str(fault["type"]), fault.get("input"), fault.get("ctx") or {}
    shown = value_text(given)
    match kind:
        case "value_error":
            error = limits.get("error")
            if isinstance(error, FieldFaultError):
                return error.what
            said = words_of(error) if isinstance(error, BaseException) else ""
            return _ended(said or tr("{shown} cannot be used", shown=shown))
        case "missing":
            return tr("it is missing.")
        case "extra_forbidden":
            return tr("there is no such field.")
        case "string_too_short" | "too_short":
            least = limits.get("min_length", 1)
            return tr("it is empty.") if least == 1 else tr("it is too short: {least} are the fewest.", least=least)
        case "string_too_long":
            return tr(
                "it has {given:,} characters, and {most:,} are the most.",
                given=len(str(given)),
                most=limits.get("max_length"),
            )
        case "too_long":
            return tr("it is too long: {most:,} are the most.", most=limits.get("max_length"))
        case "greater_than" | "greater_than_equal":
            return tr("{shown} is too small.", shown=shown)
        case "less_than" | "less_than_equal":
            return tr("{shown} is too large.", shown=shown)
        case "literal_error" | "enum":
            return tr("{shown} is not one of the choices.", shown=shown)
        case "string_pattern_mismatch":
            return tr("{shown} is not understood here.", shown=shown)
        case _:
            return _misfit(shown, kind)


def value_text(value: Any) -> str:
    """A value as a person would write it, shortened where it is long."""
    if value is None:
        return tr("nothing", "a value")
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) < LONGEST_SHOWN else f"{shown[: LONGEST_SHOWN - 3]}..."


def _misfit(shown: str, kind: str) -> str:
    if kind in _NUMBERS:
        kind = "int_type" if kind.startswith("int") else "finite_type" if kind == "finite_number" else "float_type"
    name, _, ending = kind.rpartition("_")
    if ending == "type" and name in _NOT:
        return tr("{shown} is not {kind}.", shown=shown, kind=tr(_NOT[name]))
    return tr("{shown} cannot be used here.", shown=shown)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "。")) else tr("{sentence}.", sentence=sentence)
