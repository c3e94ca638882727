"""How far a micro-batch is filled up on a card."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from studio.core.at_once import card_length


@given(tokens=st.integers(1, 200_000))
def test_that_a_card_computes_at_most_an_eighth_more_and_tensor_cores_whole_tiles(tokens: int) -> None:
    filled = card_length(tokens)
    assert filled % 8 == 0
    assert 0 <= filled - tokens < max(8, min(64, tokens // 8 + 1))
    assert card_length(filled) == filled
    assert card_length(tokens + 1) >= filled


def test_that_rows_of_many_lengths_make_few_shapes() -> None:
    assert len({card_length(tokens) for tokens in range(1, 2049)}) <= 64
    assert [card_length(tokens) for tokens in (1, 70, 128, 130, 300, 1000, 2047)] == [8, 72, 128, 144, 320, 1024, 2048]


def test_that_filling_up_costs_few_tokens_where_it_saves_most_shapes() -> None:
    draw = random.Random(0)
    rows = [min(2048, max(1, int(draw.lognormvariate(6, 0.7)))) for _ in range(20_000)]
    longest = [max(rows[start : start + 8]) for start in range(0, len(rows), 8)]
    eighths = {-(-tokens // 8) * 8 for tokens in longest}
    filled = [card_length(tokens) for tokens in longest]
    assert len(set(filled)) < 0.25 * len(eighths)
    assert sum(filled) < 1.04 * sum(longest)
