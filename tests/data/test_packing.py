"""Rows are laid end to end without losing one, within the capacity, and none predicts the next one's first token."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.data.batch import pack, packed_batches
from studio.data.packing import first_fit
from studio.data.token_rows import IGNORED, TokenRow


def row(*tokens: int, prompt: int = 1) -> TokenRow:
    return TokenRow(np.array(tokens, dtype=np.int32), np.arange(len(tokens)) >= prompt)


def test_that_packed_rows_lie_end_to_end_with_positions_of_their_own() -> None:
    rows = [row(5, 6, 7, prompt=0), row(8, 9, 10, 11, prompt=3)]
    batch = pack(rows, [1, 0], pad_id=2, round_up=lambda tokens: tokens + 1)
    assert batch.input_ids.tolist() == [[5, 6, 7, 8, 9, 10, 11, 2]]
    assert batch.attention_mask.tolist() == [[1] * 7 + [0]]
    assert batch.labels.tolist() == [[IGNORED, 6, 7, IGNORED, IGNORED, IGNORED, 11, IGNORED]]
    assert (batch.rows, batch.tokens, batch.predicted_tokens) == (2, 7, 3)
    packing = batch.packing
    assert packing is not None
    assert packing.count == 2
    assert packing.lengths == (3, 4, 1)
    assert packing.rows.tolist() == [[0, 0, 0, 1, 1, 1, 1, 1]]
    assert packing.positions.tolist() == [[0, 1, 2, 0, 1, 2, 3, 0]]
    assert packing.offsets.tolist() == [0, 3, 7, 8]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_that_every_row_is_in_exactly_one_sequence_that_holds_no_more_than_its_capacity(
    lengths: list[int], times: int
) -> None:
    capacity = times * max(lengths)
    found = first_fit(lengths, capacity)
    assert sorted(index for rows in found for index in rows) == list(range(len(lengths)))
    filled = [sum(lengths[index] for index in rows) for rows in found]
    assert max(filled) <= capacity
    # Whatever came into a later sequence had no room in an earlier one.
    assert all(one + lengths[rows[0]] > capacity for one, rows in zip(filled, found[1:], strict=False))
    assert max(lengths) == lengths[found[0][0]]


def test_that_the_division_is_the_same_whenever_it_is_asked_for() -> None:
    rows = [row(*range(3, 3 + length)) for length in (4, 17, 9, 9, 23)]
    batches = packed_batches(rows, [0, 1, 2, 3, 4], 26, pad_id=0)
    assert [batch.row_groups.tolist() for batch in batches] == [[4], [1, 2], [3, 0]]
    assert sum(batch.tokens for batch in batches) == sum(batch.input_ids.shape[1] for batch in batches) == 62
    assert first_fit([5, 9, 2], 7) == [[1], [0, 2]]  # a row beyond the capacity is by itself
