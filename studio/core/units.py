"""Durations, amounts of memory and numbers as people read them, once for window, terminal and planner."""

from __future__ import annotations

import math

from studio.core.words import plural, tr

UNKNOWN = "–"
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800
_BINARY = ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB"))

# The limit in seconds below which a form is used, its unit, and the smaller unit beside it (None: the unit alone).
# A value is rounded to the smallest unit that its form shows before it is compared with the limit, so that 59.7 seconds
# become a minute rather than "60 seconds".
_FORMS = (
    (MINUTE, (1, "second"), None),
    (10 * MINUTE, (MINUTE, "minute"), (1, "second")),
    (HOUR, (MINUTE, "minute"), None),
    (10 * HOUR, (HOUR, "hour"), (MINUTE, "minute")),
    (DAY, (HOUR, "hour"), None),
    (10 * DAY, (DAY, "day"), (HOUR, "hour")),
    (2 * WEEK, (DAY, "day"), None),
    (10 * WEEK, (WEEK, "week"), (DAY, "day")),
    (math.inf, (WEEK, "week"), None),
)


def duration(seconds: float, short: bool = False) -> str:
    """Seconds in their one or two largest units: "0.4 seconds", "3 minutes 20 seconds", "9 days 20 hours", "6 weeks".

    `short` takes the units' symbols for a table or a progress line: "3 min 20 s". The smaller unit is left out from ten
    of the larger one on, and where it is zero. A dash where the value is not a duration (negative, infinite, NaN).
    """
    if not math.isfinite(seconds) or seconds < 0:
        return UNKNOWN
    if round(seconds, 1) < 10:
        tenths = round(seconds, 1)
        if seconds and not tenths:
            return tr("less than {time}", time=_counted(0.1, "second", short))
        return _counted(tenths, "second", short)
    size, name, smaller, rounded = next(
        (size, name, smaller, rounded)
        for limit, (size, name), smaller in _FORMS
        if (rounded := _rounded(seconds, smaller[0] if smaller else size)) < limit
    )
    whole, rest = divmod(rounded, size)
    larger = _counted(whole, name, short)
    if not smaller or not rest:
        return larger
    return tr("{larger} {smaller}", larger=larger, smaller=_counted(rest // smaller[0], smaller[1], short))


def about(seconds: float, short: bool = False) -> str:
    """An estimate in round words: "less than a minute", "about 20 minutes", "about 9 days"; `short`: "20 min"."""
    if seconds < MINUTE / 2:
        return tr("less than 1 min") if short else tr("less than a minute")
    # An estimate does not need its seconds.
    return tr(
        "about {time}", time=duration(max(1, round(seconds / MINUTE)) * MINUTE if seconds < HOUR else seconds, short)
    )


def memory(amount: float | None) -> str:
    """Bytes with a binary unit, one decimal below 100: "512 B", "1.9 GiB", "150 MiB"; a dash for None."""
    if amount is None:
        return UNKNOWN
    for power, name in _BINARY:
        if abs(amount) >= 0.999 * 2**power:
            value = amount / 2**power
            return f"{value:,.0f} {name}" if abs(value) >= 99.95 else f"{value:.1f} {name}"
    return f"{amount:.0f} B"


def count_text(amount: float) -> str:
    """A count in full below a million, "12,345", and with M or B from there on: "4.19M"."""
    for size, name in ((1e9, "B"), (1e6, "M")):
        if abs(amount) >= size:
            return f"{amount / size:.3g}{name}"
    return f"{amount:,.0f}"


def number_text(value: float | None) -> str:
    """A measured value with about four significant digits: "1.250", "12,345", "2.5e-6"; a dash for what is unknown."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def percent_text(value: float | None, stderr: float | None = None) -> str:
    """A share of one as a percentage, with its standard error if given: "90.0 % ± 3.0"; a dash for what is unknown."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{100 * value:.1f} %" if stderr is None else f"{100 * value:.1f} % ± {100 * stderr:.1f}"


def score_text(metric: str, value: float | None, stderr: float | None = None) -> str:
    """A task's score by its metric: a loss as a number, every other metric as a percentage with its standard error."""
    return number_text(value) if metric == "loss" else percent_text(value, stderr)


def difference_text(metric: str, value: float, stderr: float | None = None) -> str:
    """How much better or worse by a task's metric: "+4.0 ± 1.5 points", of a loss "-0.120 ± 0.030"."""
    if not math.isfinite(value):
        return UNKNOWN
    if metric == "loss":
        return f"{value:+.3f}" if stderr is None else f"{value:+.3f} ± {stderr:.3f}"
    shown = f"{100 * value:+.1f}" if stderr is None else f"{100 * value:+.1f} ± {100 * stderr:.1f}"
    return tr("{difference} points", difference=shown)


def steps_text(first: int, last: int) -> str:
    """A step, or those from one to another: "step 3", "steps 3–9"."""
    return tr("step {step}", step=last) if first == last else tr("steps {first}–{last}", first=first, last=last)


def _rounded(seconds: float, step: int) -> int:
    return round(seconds / step) * step


def _counted(number: float, unit: str, short: bool) -> str:
    """A number with its unit, "1 day", "2,000 weeks", "0.4 s"."""
    shown = f"{number:,.1f}".removesuffix(".0")
    n = 1 if number == 1 else 2  # a fraction is counted as several
    match unit, short:
        case "second", True:
            return tr("{number} s", number=shown)
        case "second", False:
            return plural("{number} second", "{number} seconds", n, number=shown)
        case "minute", True:
            return tr("{number} min", number=shown)
        case "minute", False:
            return plural("{number} minute", "{number} minutes", n, number=shown)
        case "hour", True:
            return tr("{number} h", number=shown)
        case "hour", False:
            return plural("{number} hour", "{number} hours", n, number=shown)
        case "day", True:
            return tr("{number} d", number=shown)
        case "day", False:
            return plural("{number} day", "{number} days", n, number=shown)
        case _, True:
            return tr("{number} wk", number=shown)
        case _:
            return plural("{number} week", "{number} weeks", n, number=shown)
