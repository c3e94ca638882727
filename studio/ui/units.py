"""The numbers of `studio.core.units` for a window, where a line may break: a number keeps its unit on its line."""

from __future__ import annotations

import re

from studio.core import units

NO_BREAK = "\N{NO-BREAK SPACE}"
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:[KMGT]iB|B|s|min|h|d|wk)\b|%)|(?<=[\d%]) (?=±)|(?<=±) (?=\d)")


def unbroken(text: str) -> str:
    """The same text with no-break spaces between numbers and their units."""
    return _BEFORE_UNIT.sub(NO_BREAK, text)


def bytes_text(amount: float) -> str:
    """Bytes with a binary unit."""
    return unbroken(units.memory(amount))


def time_text(seconds: float) -> str:
    """A duration in its one or two largest units, short: "1 h 30 min"."""
    return unbroken(units.duration(seconds, short=True))


def percent_text(value: float, stderr: float | None = None) -> str:
    """A share of one as a percentage, with its standard error if given."""
    return unbroken(units.percent_text(value, stderr))


def score_text(metric: str, value: float, stderr: float | None = None) -> str:
    """A score by its metric, with its standard error where it is not a loss."""
    return unbroken(units.score_text(metric, value, stderr))


def difference_text(metric: str, value: float, stderr: float | None = None) -> str:
    """How much better or worse by a task's metric, with its standard error if given."""
    return unbroken(units.difference_text(metric, value, stderr))
