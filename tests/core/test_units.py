"""Durations, amounts of memory and numbers in words, at every boundary between two units."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.units import DAY, HOUR, MINUTE, WEEK, about, count_text, duration, memory, number_text, score_text


@pytest.mark.parametrize(
    ("seconds", "words", "short"),
    [
        (0, "0 seconds", "0 s"),
        (0.04, "less than 0.1 seconds", "less than 0.1 s"),
        (0.2, "0.2 seconds", "0.2 s"),
        (1, "1 second", "1 s"),
        (5.0, "5 seconds", "5 s"),
        (9.94, "9.9 seconds", "9.9 s"),
        (9.96, "10 seconds", "10 s"),
        (45, "45 seconds", "45 s"),
        (59.4, "59 seconds", "59 s"),
        (59.6, "1 minute", "1 min"),
        (MINUTE, "1 minute", "1 min"),
        (61, "1 minute 1 second", "1 min 1 s"),
        (200, "3 minutes 20 seconds", "3 min 20 s"),
        (10 * MINUTE - 1, "9 minutes 59 seconds", "9 min 59 s"),
        (10 * MINUTE - 0.4, "10 minutes", "10 min"),
        (HOUR - 31, "59 minutes", "59 min"),
        (HOUR - 29, "1 hour", "1 h"),
        (HOUR + 29, "1 hour", "1 h"),
        (HOUR + 31, "1 hour 1 minute", "1 h 1 min"),
        (1.5 * HOUR, "1 hour 30 minutes", "1 h 30 min"),
        (10 * HOUR - 31, "9 hours 59 minutes", "9 h 59 min"),
        (10 * HOUR - 29, "10 hours", "10 h"),
        (DAY - 1801, "23 hours", "23 h"),
        (DAY - 1799, "1 day", "1 d"),
        (DAY + HOUR, "1 day 1 hour", "1 d 1 h"),
        (14_142 * MINUTE, "9 days 20 hours", "9 d 20 h"),
        (10 * DAY - 1799, "10 days", "10 d"),
        (13 * DAY, "13 days", "13 d"),
        (14 * DAY - HOUR, "2 weeks", "2 wk"),
        (2 * WEEK + DAY, "2 weeks 1 day", "2 wk 1 d"),
        (10 * WEEK - HOUR, "10 weeks", "10 wk"),
        (2000 * WEEK, "2,000 weeks", "2,000 wk"),
        (-1, "–", "–"),
        (float("nan"), "–", "–"),
        (float("inf"), "–", "–"),
    ],
)
def test_that_a_duration_is_shown_in_its_largest_units(seconds: float, words: str, short: str) -> None:
    assert duration(seconds) == words
    assert duration(seconds, short=True) == short


FULL = {"second": 60, "minute": 60, "hour": 24, "day": 14}  # where the next unit takes over


@given(seconds=st.floats(0.06, 1e9))
def test_that_no_duration_is_shown_as_zero_or_as_a_whole_of_the_next_unit(seconds: float) -> None:
    said = duration(seconds)
    parts = re.findall(r"([\d.,]+) (second|minute|hour|day|week)(s?)", said)
    assert " ".join(f"{number} {unit}{plural}" for number, unit, plural in parts) == said
    told = 0.0
    for number, unit, plural in parts:
        value = float(number.replace(",", ""))
        assert 0 < value < FULL.get(unit, 1e9)
        assert (plural == "") == (value == 1)
        told += value * {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}[unit]
    assert told == pytest.approx(seconds, rel=0.05, abs=0.051)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (29, "less than a minute"),
        (30, "about 1 minute"),
        (31, "about 1 minute"),
        (89, "about 1 minute"),
        (200, "about 3 minutes"),
        (1200, "about 20 minutes"),
        (HOUR - 20, "about 1 hour"),
        (5300, "about 1 hour 28 minutes"),
        (14_142 * MINUTE, "about 9 days 20 hours"),
    ],
)
def test_that_an_estimate_is_rounded(seconds: float, words: str) -> None:
    assert about(seconds) == words


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1023, "1.0 KiB"),
        (1 << 20, "1.0 MiB"),
        (150 << 20, "150 MiB"),
        (int(99.96 * 2**20), "100 MiB"),
        (1 << 30, "1.0 GiB"),
        (int(19.44 * 2**30), "19.4 GiB"),
        (1000 << 30, "1,000 GiB"),
        (3 << 40, "3.0 TiB"),
    ],
)
def test_that_memory_has_a_binary_unit(amount: int, text: str) -> None:
    assert memory(amount) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (2e-4, "2e-4"),
        (1.23456, "1.235"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (2.5e7, "2.5e7"),
        (math.nan, "–"),
        (None, "–"),
    ],
)
def test_that_a_measured_value_keeps_the_digits_that_matter(value: float | None, text: str) -> None:
    assert number_text(value) == text


def test_that_counts_get_short_from_a_million_on() -> None:
    assert count_text(1_234) == "1,234"
    assert count_text(24_300_000) == "24.3M"


def test_that_a_loss_is_shown_as_a_number_and_every_other_score_as_a_percentage() -> None:
    assert score_text("loss", 1.25, 0.1) == "1.250"
    assert score_text("exact-match", 0.815, 0.03) == "81.5 % ± 3.0"
    assert score_text("exact-match", None) == "–"
