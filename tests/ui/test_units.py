from __future__ import annotations

import math

import pytest

from studio.ui.units import bytes_text, count_text, number_text, score_text, time_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 B"), (1023, "1.0 KiB"), (1 << 20, "1.0 MiB"), (150 << 20, "150 MiB"), (int(1.5 * 2**30), "1.5 GiB")],
)
def test_that_bytes_are_told_with_a_binary_unit(amount: int, text: str) -> None:
    assert bytes_text(amount).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (59.6, "60 s"), (61, "1 min"), (3599, "60 min"), (7260, "2 h 01 min"), (-1, "–")]
)
def test_that_times_are_told_in_their_largest_units(seconds: float, text: str) -> None:
    said = time_text(seconds).replace("\N{NO-BREAK SPACE}", " ")
    assert said == text or (seconds == 3599 and said == "1 h 00 min")


def test_that_small_rates_keep_their_digits_and_missing_values_are_a_dash() -> None:
    assert number_text(2e-4) == "2e-4"
    assert number_text(1.23456) == "1.235"
    assert number_text(math.nan) == "–"
    assert number_text(0) == "0"


def test_that_a_score_comes_with_its_standard_error() -> None:
    assert score_text(0.815, 0.03).replace("\N{NO-BREAK SPACE}", " ") == "81.5 % ± 3.0"


def test_that_counts_get_short_from_a_million_on() -> None:
    assert count_text(1_234) == "1 234"
    assert count_text(24_300_000) == "24.3M"
