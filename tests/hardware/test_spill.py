"""The watch for a card's memory that spills: told once, and not for what only looks like it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from studio.core.problem import Problem
from studio.hardware.spill import IN_A_ROW, SpillWatch, may_spill

GIB = 1 << 30
TOTAL = 12 * GIB
CALM, FILLING, FULL = 9 * GIB, int(11.5 * GIB), int(11.9 * GIB)


def _said(series: Iterable[tuple[int, float]]) -> list[tuple[int, Problem]]:
    """The steps, from 0, at which a series of (used bytes, seconds) made the watch speak, and what it said."""
    watch = SpillWatch()
    return [(step, said) for step, (used, seconds) in enumerate(series) if (said := watch.add(used, TOTAL, seconds))]


def _breathing(steps: int, seconds: float = 1.0) -> list[float]:
    """Step times that rise and fall by a fifth, as rows of unlike length make them."""
    return [seconds * (1 + 0.2 * math.sin(1.7 * step)) for step in range(steps)]


def test_that_a_full_card_whose_steps_become_slow_is_told_once() -> None:
    calm = [(CALM, seconds) for seconds in _breathing(40)]
    spilling = [(FULL, seconds) for seconds in _breathing(60, 9.0)]
    found = _said(calm + spilling)
    assert [step for step, _ in found] == [40 + IN_A_ROW - 1]
    what = found[0][1].what
    assert "11.9 GiB of 12.0 GiB" in what
    assert "page" in what
    assert "micro_batch" in found[0][1].remedy


def test_that_a_card_that_was_full_and_fast_from_the_start_is_told_when_it_slows() -> None:
    series = [(FULL, seconds) for seconds in _breathing(20)] + [(FULL, 4.0)] * 5
    assert len(_said(series)) == 1


@pytest.mark.parametrize(
    "series",
    [
        [(FULL, seconds) for seconds in _breathing(300)],
        [(CALM, seconds) for seconds in _breathing(20)] + [(FILLING, 8.0)] * 30,
        [(FULL, 9.0 if step % 7 == 6 else 1.0) for step in range(200)],
        [(FULL, 20.0)] * 2 + [(FULL, 1.0)] * 100,
        [(FULL, 1.02**step) for step in range(80)],
        [(FULL, 9.0)] * 50,
    ],
    ids=[
        "full and steady",
        "slow with room left",
        "single slow steps",
        "slow warm-up",
        "slower little by little",
        "slow from the start",
    ],
)
def test_that_what_is_no_spill_or_cannot_be_told_is_not_said(series: list[tuple[int, float]]) -> None:
    assert _said(series) == []


def test_that_windows_and_linux_inside_of_it_may_spill_and_others_not() -> None:
    assert may_spill("Windows", "11")
    assert may_spill("Linux", "5.15.153.1-microsoft-standard-WSL2")
    assert not may_spill("Linux", "6.8.0-45-generic")
    assert not may_spill("Darwin", "24.1.0")
