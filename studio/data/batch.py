"""Rows laid side by side as padded tensors, and an optimiser batch divided into micro-batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

from studio.data.token_rows import IGNORED, TokenRow


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded rows: `input_ids`, `attention_mask` and `labels` [rows, tokens] int64, `row_groups` [rows] int64.

    `labels` are unshifted; padding and prompts are `IGNORED`. `row_groups` is each row's task index.
    """

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor
    row_groups: Tensor

    def to(self, device: torch.device | str) -> Batch:
        return Batch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))

    @property
    def rows(self) -> int:
        return len(self.input_ids)

    @property
    def tokens(self) -> int:
        """Tokens that are not padding."""
        return int(self.attention_mask.sum())

    @property
    def predicted_tokens(self) -> int:
        """Tokens that the loss is over; the first of a row is never predicted."""
        return int((self.labels[:, 1:] != IGNORED).sum())


def collate(
    rows: Sequence[TokenRow],
    groups: Sequence[int],
    pad_id: int,
    side: Literal["left", "right"] = "right",
    multiple: int = 1,
) -> Batch:
    """Pad rows on one side to the longest, rounded up to a `multiple` of tokens."""
    width = -(-max(len(row) for row in rows) // multiple) * multiple
    shape = (len(rows), width)
    ids = torch.full(shape, pad_id, dtype=torch.int64)
    mask = torch.zeros(shape, dtype=torch.int64)
    labels = torch.full(shape, IGNORED, dtype=torch.int64)
    for index, row in enumerate(rows):
        place = slice(width - len(row), width) if side == "left" else slice(0, len(row))
        ids[index, place] = torch.as_tensor(row.input_ids.astype("int64"))
        mask[index, place] = 1
        labels[index, place] = torch.as_tensor(row.labels)
    return Batch(ids, mask, labels, torch.tensor(list(groups), dtype=torch.int64))


def micro_batches(
    rows: Sequence[TokenRow], groups: Sequence[int], micro_batch: int, pad_id: int, multiple: int = 1
) -> list[Batch]:
    """Divide one optimiser batch into batches of at most `micro_batch` rows of similar length, longest first.

    Rows are sorted by length so that little is padded, and the longest come first so that a lack of memory
    shows at once. Every row is in exactly one batch: with the loss summed and divided by the whole batch's
    predicted tokens, the gradient does not depend on the division.
    """
    by_length = sorted(range(len(rows)), key=lambda index: (-len(rows[index]), index))
    count = -(-len(rows) // micro_batch)
    size, larger = divmod(len(rows), count)
    found, start = [], 0
    for number in range(count):
        chosen = by_length[start : start + size + (number < larger)]
        start += len(chosen)
        found.append(collate([rows[i] for i in chosen], [groups[i] for i in chosen], pad_id, multiple=multiple))
    return found
