from __future__ import annotations

import pytest

from studio.ui.units import bytes_text, score_text, time_text, unbroken


def test_that_an_amount_of_memory_keeps_its_unit_on_its_line() -> None:
    assert bytes_text(int(1.5 * 2**30)) == "1.5\N{NO-BREAK SPACE}GiB"
    assert bytes_text(0) == "0\N{NO-BREAK SPACE}B"


def test_that_a_time_may_break_between_its_units_only() -> None:
    assert time_text(7260) == "2\N{NO-BREAK SPACE}h 1\N{NO-BREAK SPACE}min"
    assert time_text(14_142 * 60) == "9\N{NO-BREAK SPACE}d 20\N{NO-BREAK SPACE}h"
    assert time_text(-1) == "–"


def test_that_a_score_never_breaks() -> None:
    assert score_text("exact-match", 0.815, 0.03) == "81.5 % ± 3.0".replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize("text", ["Scored 3 tasks in time", "8 bits", "step 3 of 5", "2 weeks"])
def test_that_a_number_before_a_word_may_break(text: str) -> None:
    assert unbroken(text) == text
