"""Endings that share their beginning's cache have the log-probabilities of whole rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio.evaluation.choices import Ranked, likeliest, verdicts
from studio.evaluation.endings import Endings, ending_log_probs
from studio.evaluation.forward import Forward

ROWS = [
    Endings((5, 9, 11, 30), ((40,), (41, 42, 43), (44, 45))),
    Endings((7, 8), ((12, 13), (14,))),
    Endings(tuple(range(20, 60)), ((61, 62, 63, 64, 65), (), (66, 67))),
]


@pytest.mark.parametrize("rows_at_once", [1, 64])
def test_that_reading_the_beginning_once_changes_nothing(tiny_model: Path, rows_at_once: int) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float64).eval()
    forward = Forward(model, 0, rows_at_once)
    forwards: list[int] = []
    model.register_forward_pre_hook(
        lambda module, args, kwargs: forwards.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    with torch.no_grad():
        shared = ending_log_probs(forward, ROWS)
        tokens, forwards[:] = sum(forwards), []
        whole = ending_log_probs(forward, ROWS, shared=False)
    for one, other in zip(shared, whole, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            assert mine == pytest.approx(theirs, rel=1e-6)
    if rows_at_once > 1:
        assert tokens < sum(forwards), "fewer tokens go through the model"


def test_that_lengths_decide_where_sums_are_normalised() -> None:
    ranked = Ranked(0, (-3.0, -4.0))
    texts = ("red", "red wine")
    assert verdicts(ranked, texts, (1, 2), right=1) == {
        "acc": 0.0,
        "acc_norm": 1.0,
        "acc_bytes": 1.0,
        "acc_tokens": 1.0,
    }
    assert [likeliest(name, ranked, texts) for name in ("choice", "acc", "acc_norm")] == [0, 0, 1]
    assert verdicts(Ranked(1), texts, (1, 2), right=1) == {}
