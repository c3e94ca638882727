"""Numbers as people read them: bytes, times, counts, losses."""

from __future__ import annotations

import math


def bytes_text(amount: float) -> str:
    """Bytes with a binary unit, three digits at most."""
    for power, name in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if abs(amount) >= 0.999 * 2**power:
            value = amount / 2**power
            return f"{value:.0f}\N{NO-BREAK SPACE}{name}" if value >= 99.5 else f"{value:.1f}\N{NO-BREAK SPACE}{name}"
    return f"{amount:.0f} B"


def time_text(seconds: float) -> str:
    """A stretch of time in its two largest units."""
    if not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 60:
        return f"{seconds:.0f}\N{NO-BREAK SPACE}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}\N{NO-BREAK SPACE}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


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
