"""Numbers as people read them: bytes, times, counts, losses."""

from __future__ import annotations

import math
import re

from studio.core.units import duration, memory

NO_BREAK = "\N{NO-BREAK SPACE}"


def bytes_text(amount: float) -> str:
    """Bytes with a binary unit, which stays on the number's line."""
    return memory(amount).replace(" ", NO_BREAK)


def time_text(seconds: float) -> str:
    """A stretch of time in its one or two largest units, short: "1 h 30 min"; a number keeps its unit on its line."""
    return re.sub(r"(?<=\d) (?=[a-z])", NO_BREAK, duration(seconds, short=True))


def count_text(amount: float) -> str:
    """A count with a thousands mark, or with M and B from a million on."""
    for size, name in ((1e9, "B"), (1e6, "M")):
        if abs(amount) >= size:
            return f"{amount / size:.3g}{name}"
    return f"{amount:,.0f}".replace(",", " ")


def number_text(value: float) -> str:
    """A measured value with four digits that matter."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def score_text(value: float, stderr: float | None = None) -> str:
    """A score between 0 and 1 as per cent, with its standard error."""
    text = f"{100 * value:.1f}\N{NO-BREAK SPACE}%"
    return text if stderr is None else f"{text}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{100 * stderr:.1f}"
