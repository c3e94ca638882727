"""Rows laid side by side as padded tensors or end to end as one, and an optimiser batch divided into micro-batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from studio.data.packing import Packing, first_fit
from studio.data.token_rows import IGNORED, TokenRow

RoundUp = Callable[[int], int]
"""Of a length in tokens, the one that is computed; `int` computes it as it is."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Which tokens a batch is learned from, as places that a card needs no look at its own tensors for.

    places: [answers] int64, where each is predicted from, as an index of [rows x tokens] laid flat. targets: [answers]
    int64, the tokens themselves. rows: [answers] int64, the row that each belongs to. counts: [rows] int64, how many
    each row has.
    """

    places: Tensor
    targets: Tensor
    rows: Tensor
    counts: Tensor

    @staticmethod
    def of(labels: Tensor, packing: Packing | None = None) -> Learned:
        """Find them in labels [rows, tokens] on the processor, or in [1, tokens] of rows laid end to end."""
        width = labels.shape[1]
        lines, columns = (labels[:, 1:] != IGNORED).nonzero(as_tuple=True)
        rows = lines if packing is None else packing.rows[lines, columns + 1]
        count = len(labels) if packing is None else packing.count
        return Learned(lines * width + columns, labels[lines, columns + 1], rows, torch.bincount(rows, minlength=count))

    def to(self, device: torch.device | str) -> Learned:
        return Learned(
            *(each.to(device, non_blocking=True) for each in (self.places, self.targets, self.rows, self.counts))
        )


@dataclass(frozen=True, slots=True)
class WholeForward:
    """Where a batch's tokens stand in the forward that several processes run together.

    ranks: [rows x tokens] int64, how many of the whole forward's tokens there are up to and with each one; padding has
    the rank of the token before it, so that they never fall. tokens: of the whole forward.
    """

    ranks: Tensor
    tokens: int

    @staticmethod
    def of(attention_mask: Tensor, before: Sequence[int], tokens: int) -> WholeForward:
        """Count from attention_mask [rows, tokens]; `before` each row lie so many of the others' tokens, in order."""
        ranks = attention_mask.cumsum(dim=1) + torch.tensor(list(before), dtype=torch.int64)[:, None]
        return WholeForward(ranks.flatten(), tokens)

    def to(self, device: torch.device | str) -> WholeForward:
        return WholeForward(self.ranks.to(device, non_blocking=True), self.tokens)


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded rows: `input_ids`, `attention_mask` and `labels` [rows, tokens] int64, `row_groups` [rows] int64.

    `labels` are unshifted; padding and prompts are `IGNORED`. `row_groups` is each row's task index, below
    `group_count`. With `packing` the rows lie end to end in one sequence, all tensors but `row_groups` are [1, tokens],
    and no row's first token is a label, since the row before it would predict it. `whole` is known where other
    processes run other rows of the same forward.
    """

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor
    row_groups: Tensor
    learned: Learned
    group_count: int
    packing: Packing | None = None
    whole: WholeForward | None = None

    @staticmethod
    def of(
        input_ids: Tensor,
        attention_mask: Tensor,
        labels: Tensor,
        row_groups: Tensor | None = None,
        packing: Packing | None = None,
    ) -> Batch:
        """Describe these tensors, which lie on the processor; without `row_groups` all rows are of task 0."""
        groups = torch.zeros(len(labels), dtype=torch.int64) if row_groups is None else row_groups
        learned = Learned.of(labels, packing)
        return Batch(input_ids, attention_mask, labels, groups, learned, int(groups.max()) + 1, packing)

    def to(self, device: torch.device | str) -> Batch:
        ids, mask, labels, groups = (
            each.to(device, non_blocking=True)
            for each in (self.input_ids, self.attention_mask, self.labels, self.row_groups)
        )
        packing = self.packing and self.packing.to(device)
        whole = self.whole and self.whole.to(device)
        return Batch(ids, mask, labels, groups, self.learned.to(device), self.group_count, packing, whole)

    @property
    def rows(self) -> int:
        return len(self.row_groups)

    @property
    def tokens(self) -> int:
        """Tokens that are not padding."""
        return int(self.attention_mask.sum())

    @property
    def predicted_tokens(self) -> int:
        """Tokens that the loss is over; the first of a row is never predicted."""
        return len(self.learned.places)


def collate(
    rows: Sequence[TokenRow],
    groups: Sequence[int],
    pad_id: int,
    side: Literal["left", "right"] = "right",
    round_up: RoundUp = int,
) -> Batch:
    """Pad rows on one side to the longest, whose length is rounded up first."""
    width = round_up(max(len(row) for row in rows))
    shape = (len(rows), width)
    ids = torch.full(shape, pad_id, dtype=torch.int64)
    mask = torch.zeros(shape, dtype=torch.int64)
    labels = torch.full(shape, IGNORED, dtype=torch.int64)
    for index, row in enumerate(rows):
        place = slice(width - len(row), width) if side == "left" else slice(0, len(row))
        ids[index, place] = torch.as_tensor(row.input_ids.astype("int64"))
        mask[index, place] = 1
        labels[index, place] = torch.as_tensor(row.labels)
    return Batch.of(ids, mask, labels, torch.tensor(list(groups), dtype=torch.int64))


def micro_batches(
    rows: Sequence[TokenRow], groups: Sequence[int], micro_batch: int, pad_id: int, round_up: RoundUp = int
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
        found.append(collate([rows[i] for i in chosen], [groups[i] for i in chosen], pad_id, round_up=round_up))
    return found


def packed_batches(
    rows: Sequence[TokenRow], groups: Sequence[int], capacity: int, pad_id: int, round_up: RoundUp = int
) -> list[Batch]:
    """Divide one optimiser batch into sequences of at most `capacity` tokens, each of several rows laid end to end.

    The division is first-fit decreasing, so a longest row comes first. A sequence's length is rounded up, and nothing
    else is padded.
    """
    return [
        pack([rows[i] for i in chosen], [groups[i] for i in chosen], pad_id, round_up)
        for chosen in first_fit([len(row) for row in rows], capacity)
    ]


def pack(rows: Sequence[TokenRow], groups: Sequence[int], pad_id: int, round_up: RoundUp = int) -> Batch:
    """Lay rows end to end, in this order."""
    lengths = [len(row) for row in rows]
    tokens = sum(lengths)
    packing = Packing.of(lengths, round_up(tokens) - tokens)
    shape = (1, sum(packing.lengths))
    ids = torch.full(shape, pad_id, dtype=torch.int64)
    mask = torch.zeros(shape, dtype=torch.int64)
    labels = torch.full(shape, IGNORED, dtype=torch.int64)
    ids[0, :tokens] = torch.as_tensor(np.concatenate([row.input_ids for row in rows]).astype("int64"))
    mask[0, :tokens] = 1
    labels[0, :tokens] = torch.as_tensor(np.concatenate([row.labels for row in rows]))
    labels[0, packing.offsets[: len(rows)].long()] = IGNORED
    return Batch.of(ids, mask, labels, torch.tensor(list(groups), dtype=torch.int64), packing)
