from __future__ import annotations

import math

from studio.ui.units import bytes_text, count_text, number_text, score_text, time_text


def test_that_an_amount_of_memory_keeps_its_unit_on_its_line() -> None:
    assert bytes_text(int(1.5 * 2**30)) == "1.5\N{NO-BREAK SPACE}GiB"
    assert bytes_text(0) == "0\N{NO-BREAK SPACE}B"


def test_that_a_time_may_break_between_its_units_only() -> None:
    assert time_text(7260) == "2\N{NO-BREAK SPACE}h 1\N{NO-BREAK SPACE}min"
    assert time_text(14_142 * 60) == "9\N{NO-BREAK SPACE}d 20\N{NO-BREAK SPACE}h"
    assert time_text(-1) == "–"


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
