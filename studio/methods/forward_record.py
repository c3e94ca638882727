"""What one forward through an adapted model leaves behind, from which its losses and loads come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.core.words import tr


@dataclass(frozen=True, slots=True)
class BatchTokens:
    """What all layers share of one forward's tokens.

    mask: [tokens] bool, keep: [tokens] 1 and 0 in the router's type, both None where nothing is padding. count: scalar,
    how many are no padding. groups: [tokens] twice each one's group, and one more where it is learned from; None where
    all are group 0 and nothing is learned.
    """

    mask: Tensor | None
    keep: Tensor | None
    count: Tensor
    groups: Tensor | None


@dataclass(slots=True)
class ForwardRecord:
    """One forward's batch description and its routed layers' sums, in the order of depth.

    layers: each method's own sums (mixlora `LayerSums`, moelora `ProjectionSums`), whose `probability` carries
    gradient where the layer ran with gradient.
    adapter: the one in force as the forward began. differentiable: whether gradient was on then. A layer that runs
    without it all the same is the first pass of re-entrant checkpointing: its sums carry no gradient, and its
    recomputation attaches to `scales` instead, which the loss's own backward fills in before any layer's backward runs.
    learned: [answers] the positions whose prediction the loss is over, as indices of [batch x sequence] laid flat.
    whole: where other processes run other rows of the same forward, what `set_batch` was told of them.
    apart: whether its losses are of its own tokens alone, although other processes train the same step.
    paired: whether layers count which experts share a token. barred: by depth, the experts that no token may go to.
    values: the unweighted losses, once they are formed. known: what `tokens_of` found, by device, shape and type.
    """

    adapter: str | None = None
    attention_mask: Tensor | None = None
    row_groups: Tensor | None = None
    rows: Tensor | None = None
    learned: Tensor | None = None
    whole: tuple[Tensor, int] | None = None
    groups: int = 1
    paired: bool = False
    training: bool = False
    apart: bool = False
    wanted: bool = False
    counted: bool = False
    differentiable: bool = False
    traced: bool = False
    barred: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    layers: dict[int, Any] = field(default_factory=dict)
    routing: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    coefficients: dict[str, dict[int, Tensor]] = field(default_factory=dict)
    scales: dict[str, Tensor] = field(default_factory=dict)
    values: dict[str, Tensor] | None = None
    known: dict[tuple[Any, ...], BatchTokens] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[ForwardRecord], tuple[()]]:
        """Copy and pickle as an empty record: what a forward left behind belongs to its own model's graph."""
        return ForwardRecord, ()

    def barred_in(self, depth: int, like: Tensor) -> Tensor | None:
        """Return the experts that no token of a layer may go to [n], on the device of `like`; None where all may."""
        found = self.barred.get(depth)
        return torch.tensor(found, device=like.device) if found else None

    @property
    def deferred(self) -> bool:
        """True where some layer ran without gradient although the forward as a whole has it."""
        return self.differentiable and any(not sums.probability.requires_grad for sums in self.layers.values())

    def tokens_of(self, x: Tensor, dtype: torch.dtype) -> BatchTokens:
        """Return what is known of the tokens of x [batch, sequence, hidden]; `keep` and `count` are of type `dtype`.

        Worked out once for all layers: each small kernel less a layer is a launch less that a card waits for.
        """
        key = (x.device, x.shape[:-1], dtype)
        if key not in self.known:
            mask = self.mask_for(x)
            keep = None if mask is None else mask.to(dtype)
            whole = x.shape[:-1].numel()
            count = keep.sum() if keep is not None else torch.full((), float(whole), dtype=dtype, device=x.device)
            self.known[key] = BatchTokens(mask, keep, count, self.groups_for(x))
        return self.known[key]

    def mask_for(self, x: Tensor) -> Tensor | None:
        """Return the mask [tokens] as bool for x [batch, sequence, hidden], or None where nothing is padding.

        With a cache the mask covers the past too; only the last columns belong to x.
        """
        mask = self.attention_mask
        if mask is None or mask.dim() != 2 or x.dim() != 3:
            return None
        if mask.shape[0] != x.shape[0] or mask.shape[1] < x.shape[1]:
            raise ProblemError.at(
                "attention_mask",
                tr(
                    "Its shape {shape} does not cover the batch's {tokens} tokens.",
                    shape=tuple(mask.shape),
                    tokens=tuple(x.shape[:2]),
                ),
                tr("Pass set_batch the mask of the very batch that follows."),
            )
        return mask[:, mask.shape[1] - x.shape[1] :].reshape(-1).to(device=x.device, dtype=torch.bool)

    @property
    def bins(self) -> int:
        """The number of values that `groups_for` may give: each group's other tokens, and those it learns from."""
        return 2 * self.groups

    def groups_for(self, x: Tensor) -> Tensor | None:
        """Return each token's bin [tokens] for x [batch, sequence, hidden]: twice its group, and one more where it is
        learned from. None where all are 0. Both in one number, so that a layer counts both in one kernel."""
        groups = self._row_groups_for(x)
        if self.learned is None or x.dim() != 3:
            return None if groups is None else groups * 2
        bins = x.new_zeros(x.shape[:2].numel(), dtype=torch.int64) if groups is None else groups * 2
        return bins.index_add_(0, self.learned, torch.ones_like(self.learned))

    def _row_groups_for(self, x: Tensor) -> Tensor | None:
        if self.row_groups is None or x.dim() != 3:
            return None
        if (rows := self.rows_for(x)) is not None:
            return self.row_groups.to(x.device).index_select(0, rows)
        if self.row_groups.shape[0] != x.shape[0]:
            raise ProblemError.at(
                "row_groups",
                tr(
                    "It names {named} rows, but the batch has {there}.",
                    named=self.row_groups.shape[0],
                    there=x.shape[0],
                ),
                tr("Pass set_batch one task index for each row."),
            )
        return self.row_groups.to(x.device).repeat_interleave(x.shape[1])

    def rows_for(self, x: Tensor) -> Tensor | None:
        """Return each token's row [tokens] for x [batch, sequence, hidden] of several rows a sequence, else None."""
        if self.rows is None or x.dim() != 3:
            return None
        if self.rows.shape != x.shape[:2] or self.row_groups is None:
            raise ProblemError.at(
                "rows",
                tr(
                    "Its shape {shape} does not cover the batch's {tokens} tokens, or row_groups is missing.",
                    shape=tuple(self.rows.shape),
                    tokens=tuple(x.shape[:2]),
                ),
                tr("Pass set_batch the row of each token, and one task index for each row."),
            )
        return self.rows.reshape(-1).to(x.device)
