"""A few fixed sentences through a model, one at a time: the logits by which two models are compared."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

SENTENCES = (
    "The capital of France is",
    "Convert 12.5 km to m and answer with the number alone.",
    '{"name": "Ada", "city": "Paris", "born": 1815}',
    "Sort these words: pear, apple, fig, über, 27.",
)
MOST_TOKENS = 48


def probe_rows(tokenizer: Any) -> list[list[int]]:
    """The sentences as token ids, each at most 48 long."""
    rows = [tokenizer(sentence)["input_ids"][:MOST_TOKENS] for sentence in SENTENCES]
    return [row for row in rows if row]


@torch.no_grad()
def probe_logits(model: Any, rows: list[list[int]]) -> list[Tensor]:
    """Each row's logits [tokens, vocabulary] in float32 on the CPU; row by row, since padding changes roundings."""
    device = next(model.parameters()).device
    found = []
    for row in rows:
        ids = torch.tensor([row], device=device)
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits[0]
        found.append(logits.float().cpu())
    return found


def max_difference(these: list[Tensor], those: list[Tensor]) -> float:
    """The largest absolute difference of two lists of logits; NaN anywhere is infinitely different."""
    worst = max(float((this - that).abs().max()) for this, that in zip(these, those, strict=True))
    return worst if worst == worst else float("inf")
