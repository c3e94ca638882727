"""Rows through the model in groups that fit: log-probabilities of their last tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.core.at_once import LOGITS_AT_ONCE, TOKENS_A_ROW


@dataclass(frozen=True, slots=True)
class Forward:
    """A model to be scored; at most `rows_at_once` rows of some 64 tokens go through it together."""

    model: Any
    pad_id: int
    rows_at_once: int

    @property
    def device(self) -> torch.device:
        return torch.device(next(self.model.parameters()).device)

    def log_probs(self, input_ids: Tensor, attention_mask: Tensor, kept: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of each of the last `kept` tokens given those before it, [rows, kept] on the CPU.

        Its log-probability, float64; whether no other token was likelier; and all tokens' logits, float32
        [rows, kept, vocabulary] on the model's device.
        """
        output = self.model(
            input_ids=input_ids.to(self.device),
            attention_mask=attention_mask.to(self.device),
            position_ids=_positions(attention_mask).to(self.device),
            use_cache=False,
            logits_to_keep=kept + 1,
        )
        logits = output.logits[:, -(kept + 1) : -1].float()
        targets = input_ids[:, -kept:].to(self.device)
        log_probs = logits.gather(2, targets[:, :, None])[:, :, 0] - logits.logsumexp(dim=2)
        return log_probs.double().cpu(), (logits.argmax(dim=2) == targets).cpu(), logits

    def groups(
        self, lengths: Sequence[int], logits: Sequence[int], order_by: Sequence[int] | None = None
    ) -> Iterator[list[int]]:
        """Indices of rows in groups of similar length (or similar `order_by`), the longest first.

        `lengths` are the rows' tokens and `logits` the positions of each whose logits are needed; the longest come
        first so that a lack of memory shows at once.
        """
        keys = order_by or lengths
        positions = LOGITS_AT_ONCE // self.model.config.get_text_config().vocab_size
        group: list[int] = []
        for index in sorted(range(len(lengths)), key=lambda index: (-keys[index], index)):
            wider = [*group, index]
            too_wide = len(wider) * max(lengths[i] for i in wider) > self.rows_at_once * TOKENS_A_ROW
            too_many = len(wider) * max(logits[i] for i in wider) > positions
            if group and (len(wider) > self.rows_at_once or too_wide or too_many):
                yield group
                group = []
            group.append(index)
        if group:
            yield group

    def left_padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Token ids and attention mask of rows that end together, [rows, longest] int64 on the model's device."""
        width = max(len(row) for row in rows)
        ids = torch.full((len(rows), width), self.pad_id, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, width - len(row) :] = torch.tensor(row, dtype=torch.int64)
            mask[index, width - len(row) :] = 1
        return ids.to(self.device), mask.to(self.device)


def _positions(attention_mask: Tensor) -> Tensor:
    """Each token's position in its own row, padding on the left at 0."""
    return (attention_mask.cumsum(dim=1) - 1).clamp(min=0)
