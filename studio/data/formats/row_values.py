"""A row's values as text: numbers, lists and objects as their JSON, null as nothing."""

from __future__ import annotations

import datetime
import decimal
import json
import math
from typing import Any

from studio.core.words import tr
from studio.data.source_row import kind_of


class RowFaultError(ValueError):
    """One row does not match its format; the message is a sentence without the place."""


def text_of(value: Any, name: str) -> str:
    """A column's value as text; raises RowFaultError for bytes and for text that no tokenizer can read."""
    if isinstance(value, str):
        return whole(value, name)
    if is_missing(value):
        return ""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, datetime.timedelta)):
        return str(value)
    if isinstance(value, bytes):
        raise RowFaultError(tr("{name!r} must be text, not {kind_of}.", name=name, kind_of=kind_of(value)))
    try:
        return whole(json.dumps(value, ensure_ascii=False, default=_inner), name)
    except (TypeError, RecursionError):
        raise RowFaultError(
            tr("{name!r} holds {kind_of} that cannot be written as JSON.", name=name, kind_of=kind_of(value))
        ) from None


def _inner(value: Any) -> str:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, datetime.timedelta)):
        return str(value)
    raise TypeError(type(value).__name__)


def is_missing(value: Any) -> bool:
    """Whether nothing is there: null, or a table's "not a number"."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def whole(text: str, name: str) -> str:
    """JSON may escape one half of a character ("\\ud83d"), which no tokenizer can read."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        half = f"\\u{ord(text[error.start]):04x}"
        raise RowFaultError(
            tr("{name!r} contains half a character ({half} without its other half).", name=name, half=half)
        ) from None
    return text


def from_json(value: Any) -> Any:
    """A list or an object that a table's field holds as JSON; any other value, and other text, as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
