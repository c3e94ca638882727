"""Rows are padded side by side; how an optimiser batch is divided changes neither its rows nor its loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.data.batch import collate, micro_batches
from studio.data.token_rows import IGNORED, TokenRow
from tests.tiny import make_tiny_model


def row(*tokens: int, prompt: int = 1) -> TokenRow:
    return TokenRow(np.array(tokens, dtype=np.int32), np.arange(len(tokens)) >= prompt)


def test_that_padding_is_masked_and_never_a_label() -> None:
    batch = collate([row(5, 6, 7), row(8, 9, 10, 11, prompt=3)], [0, 1], pad_id=6)
    assert batch.input_ids.tolist() == [[5, 6, 7, 6], [8, 9, 10, 11]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert batch.labels.tolist() == [[IGNORED, 6, 7, IGNORED], [IGNORED] * 3 + [11]]
    assert batch.row_groups.tolist() == [0, 1]
    assert (batch.rows, batch.tokens, batch.predicted_tokens) == (2, 7, 3)


def test_that_rows_can_be_padded_on_the_left_and_beyond_the_longest() -> None:
    batch = collate([row(5, 6), row(7, 8, 9)], [0, 0], pad_id=0, side="left", round_up=lambda tokens: tokens + 1)
    assert batch.input_ids.tolist() == [[0, 0, 5, 6], [0, 7, 8, 9]]
    assert batch.labels.tolist() == [[IGNORED] * 3 + [6], [IGNORED] * 2 + [8, 9]]


@given(st.lists(st.integers(2, 30), min_size=1, max_size=20), st.integers(1, 25))
@settings(max_examples=100, deadline=None)
def test_that_every_row_is_in_exactly_one_micro_batch_beside_rows_of_similar_length(
    lengths: list[int], size: int
) -> None:
    rows = [row(*range(100 * number, 100 * number + length)) for number, length in enumerate(lengths)]
    batches = micro_batches(rows, list(range(len(rows))), size, pad_id=0)
    assert sorted(group for batch in batches for group in batch.row_groups.tolist()) == list(range(len(rows)))
    assert all(batch.rows <= size for batch in batches)
    assert len(batches) == -(-len(rows) // size)
    widths = [batch.input_ids.shape[1] for batch in batches]
    assert widths == sorted(widths, reverse=True)
    for batch in batches:
        for group, ids, mask in zip(batch.row_groups.tolist(), batch.input_ids, batch.attention_mask, strict=True):
            assert ids[mask.bool()].tolist() == rows[group].input_ids.tolist()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoModelForCausalLM

    folder = make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)


def gradient(model: Any, rows: list[TokenRow], micro_batch: int) -> torch.Tensor:
    batches = micro_batches(rows, [0] * len(rows), micro_batch, pad_id=0)
    answers = sum(batch.predicted_tokens for batch in batches)
    model.zero_grad()
    for batch in batches:
        logits = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask).logits[:, :-1]
        labels = batch.labels[:, 1:]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
        (loss / answers).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def test_that_the_gradient_does_not_depend_on_the_division(model: Any, tmp_path: Path) -> None:
    rows = [row(*range(3, 3 + length), prompt=length // 2) for length in (4, 17, 9, 9, 23)]
    whole = gradient(model, rows, 5)
    assert float(whole.abs().max()) > 1e-3
    for size in (1, 2, 3):
        torch.testing.assert_close(gradient(model, rows, size), whole, rtol=1e-9, atol=1e-12)
