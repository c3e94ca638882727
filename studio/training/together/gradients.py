"""The next step's gradients of several runs: one forward and one backward pass over the batches of all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import zip_longest
from typing import Any

import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.data.batch import Batch
from studio.methods.together import Part, Together
from studio.training.active_run import ActiveRun
from studio.training.answer_loss import RowLosses
from studio.training.packed_attention import Block, PackedAttention, blocks_of
from studio.training.packing_proof import why_not_packed
from studio.training.step import StepFigures, StepGradient


class TogetherGradients:
    """Computes steps of these runs, of all or of some of them; their base's products are computed once for all rows.

    The tokens of all lie end to end in one sequence. Each run's attention, losses and adapted layers see its own batch
    in the shape that it has alone, so nothing is padded to a common length.
    """

    def __init__(self, tree: Any, runs: Sequence[ActiveRun]) -> None:
        """`tree` is the base without an adapter, over whose tensors the runs' models are; it is changed.

        Raises ProblemError where such a base cannot be shared in this way.
        """
        if why := why_not_packed(runs[0].model, PackedAttention(runs[0].model)):
            raise ProblemError.at(
                tr("several adapters"),
                tr("rows of this model cannot be laid end to end: {why}.", why=why),
                tr("Train them in turn."),
            )
        self._members = {id(run): place for place, run in enumerate(runs)}
        streams = [None if run.randomness is None else run.randomness.stream for run in runs]
        self._together = Together.of(tree, [run.model for run in runs], streams)
        self._attention = PackedAttention(tree)

    def __call__(self, runs: Sequence[ActiveRun]) -> list[StepFigures]:
        """Add the gradient of each run's next step to its parameters."""
        making = [run.compute.begin(run.step, run.recovery.micro_batch) for run in runs]
        if any(run.recovery.checkpointing for run in runs):
            self._together.recompute_activations()
        for batches in zip_longest(*(each.batches for each in making)):
            there = [
                (run, each, batch.to(run.device))
                for run, each, batch in zip(runs, making, batches, strict=True)
                if batch is not None
            ]
            self._add(*(list(each) for each in zip(*there, strict=True)))
        return [each.finish() for each in making]

    def leave(self, run: ActiveRun) -> None:
        """Let go of a run that is over."""
        self._together.leave(self._members[id(run)])

    def _add(self, runs: Sequence[ActiveRun], making: Sequence[StepGradient], batches: Sequence[Batch]) -> None:
        with ExitStack() as around:
            around.enter_context(self._attention.among([block for batch in batches for block in _blocks(batch)]))
            for run in runs:
                around.enter_context(run.compute.inputs_as_they_come())
            with runs[0].compute.mixed_precision():
                losses = self._losses(runs, batches)
                totals = [each.loss_of(own) for each, own in zip(making, losses, strict=True)]
            torch.autograd.backward(totals)
        for each, batch, own in zip(making, batches, losses, strict=True):
            each.note(batch, own)

    def _losses(self, runs: Sequence[ActiveRun], batches: Sequence[Batch]) -> list[RowLosses]:
        for run, batch in zip(runs, batches, strict=True):
            run.compute.loss.describe(batch)
        states = self._together(
            [Part(self._members[id(run)], *batch.input_ids.shape) for run, batch in zip(runs, batches, strict=True)],
            torch.cat([batch.input_ids.flatten() for batch in batches])[None],
            whole_logits=bool(runs[0].compute.loss.whole_logits),
            position_ids=torch.cat([_positions(batch) for batch in batches])[None],
        )
        return [run.compute.loss.of(batch, own) for run, batch, own in zip(runs, batches, states, strict=True)]


def _blocks(batch: Batch) -> Sequence[Block]:
    if batch.packing is not None:
        return blocks_of(batch.packing)
    # As alone, a card needs no mask: see `AnswerLoss`.
    mask = None if batch.input_ids.is_cuda else batch.attention_mask
    rows, length = batch.input_ids.shape
    return [Block(rows, length, mask)]


def _positions(batch: Batch) -> Tensor:
    if batch.packing is not None:
        return batch.packing.positions.flatten()
    rows, length = batch.input_ids.shape
    return torch.arange(length, device=batch.input_ids.device).repeat(rows)
