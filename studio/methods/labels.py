"""A forward's labels: which positions are learned from, and their loss as transformers' `ForCausalLMLoss` has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.methods.causal import ChunkedHead
from studio.methods.cross_entropy import IGNORED, summed_cross_entropy


@dataclass(frozen=True, slots=True)
class Labels:
    """What a forward is to learn.

    targets: [batch, positions] the token that each of the first `positions` hidden states should predict, `ignored`
    where nothing is learned. items: by how many targets the sum of losses is divided, None for this batch's own.
    """

    targets: Tensor
    ignored: int
    items: Any

    @staticmethod
    def of(arguments: Mapping[str, Any]) -> Labels | None:
        """Return what a forward's keyword arguments ask for, or None where there are no labels."""
        labels = arguments.get("labels")
        if labels is None:
            return None
        shifted = arguments.get("shift_labels")
        return Labels(
            labels[..., 1:] if shifted is None else shifted,
            arguments.get("ignore_index", IGNORED),
            arguments.get("num_items_in_batch"),
        )

    def share_of_step(self) -> Tensor | float:
        """Return this micro-batch's share of its optimiser step, where the caller normalises over the whole step.

        transformers' Trainer divides the cross-entropy by the step's label count and then no more by the number of
        accumulated micro-batches, so auxiliary losses must be shared out in the same way.
        """
        if self.items is None:
            return 1.0
        return (self.targets != self.ignored).sum() / torch.as_tensor(self.items, device=self.targets.device)

    @torch.compiler.disable
    def loss(self, states: Tensor, head: ChunkedHead) -> Tensor:
        """Return the cross-entropy (scalar) of hidden states [batch, sequence, hidden], with gradient.

        The mean over the learned positions, or their sum divided by `items`. 0 where nothing is learned from:
        transformers gives nan there, which would spoil every weight.
        """
        targets = self.targets.to(states.device)
        places = targets != self.ignored
        chosen = targets[places]
        hidden = states[:, : targets.shape[1]][places]
        total, _ = summed_cross_entropy(hidden, chosen, head, head.vocabulary, head.learns)
        return total / (max(1, len(chosen)) if self.items is None else torch.as_tensor(self.items, device=total.device))
