"""One optimiser batch, forward and backward in micro-batches, and the figures that are recorded of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.core.run.run_rows import ALL_TASKS
from studio.data.batch import Batch, micro_batches, packed_batches
from studio.data.order import RowOrder
from studio.data.packing import first_fit
from studio.data.tasks import LoadedTasks
from studio.methods.protocols import RoutedMethod, routed_method
from studio.methods.step_sums import RoutingCounts
from studio.planner.plan import rows_at_once
from studio.training.answer_loss import AnswerLoss
from studio.training.input_casts import InputCasts
from studio.training.loss_scale import LossScale
from studio.training.packed_attention import PackedAttention

PAIRED_STEPS = 10  # every so many steps it is counted which experts share tokens: some kernels a layer on a card
MOST_PAIRED_EXPERTS = 128  # of a layer; with more, their pairs would be most of run.db


@dataclass(slots=True)
class StepFigures:
    """Results of one step's forward and backward: losses are means over answer tokens, `tokens` is all but padding.

    `auxiliary_share` is how much of the whole loss the weighted auxiliary losses are; None where there are none.
    `loads` maps a task (or "" for all) to the slots [layers, experts] that its experts got, `answer_loads` each task to
    those of the positions that the loss is over. `together` [layers, experts, experts] are the tokens that two experts
    share, in one step of `PAIRED_STEPS`.
    """

    step: int
    loss: float = 0.0
    task_losses: dict[str, float] = field(default_factory=dict)
    auxiliary: dict[str, float] = field(default_factory=dict)
    auxiliary_share: float | None = None
    tokens: int = 0
    answer_tokens: int = 0
    loads: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    answer_loads: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    together: NDArray[np.float64] | None = None


class StepComputer:
    """Computes the gradient of one optimiser step, whatever the number of rows at once.

    The loss is the sum over all answer tokens of the optimiser's batch divided by their number, so dividing the batch
    changes nothing; auxiliary losses of the micro-batches are averaged, weighted by their tokens. A balance loss is
    weighted with the last step's loads (see `RoutedMethod.auxiliary_losses`), and adds up in this way too.

    With `packed`, rows are laid end to end instead of being padded: as many at once as are together no longer than the
    padded micro-batch would be, if each of its rows were as long as the longest of all training rows.
    With `loss_scale`, gradients are larger by its factor, until somebody unscales them.
    """

    def __init__(
        self,
        model: Any,
        loss: AnswerLoss,
        tasks: LoadedTasks,
        order: RowOrder,
        autocast: torch.dtype | None,
        packed: PackedAttention | None = None,
        loss_scale: LossScale | None = None,
    ) -> None:
        self._model = model
        self._loss = loss
        self._tasks = tasks
        self._order = order
        self._autocast = autocast
        self._device = next(parameter.device for parameter in model.parameters() if parameter.requires_grad)
        self._pad_multiple = 8 if self._device.type == "cuda" else 1
        self._packed = packed
        self._loss_scale = loss_scale
        self._input_casts = InputCasts(model)

    def rows(self, step: int) -> list[tuple[str, int]]:
        """The rows of step `step` (from 0) as (task, row), for error messages."""
        return [(self._tasks.tasks[task].name, int(row)) for task, row in self._order.at(step)]

    def longest(self, count: int) -> NDArray[np.int64]:
        """The `count` longest training rows of all tasks: [count, 2], each (task, row); again from the longest on
        where there are fewer."""
        lengths = [task.train.lengths for task in self._tasks.tasks]
        places = [np.stack([np.full(len(own), task), np.arange(len(own))], axis=1) for task, own in enumerate(lengths)]
        by_length = np.argsort(-np.concatenate(lengths).astype(np.int64), kind="stable")
        return np.concatenate(places)[np.resize(by_length[:count], count)].astype(np.int64)

    def largest(self, micro_batch: int) -> NDArray[np.int64]:
        """The rows of the largest micro-batch that a step may have: [rows, 2], each (task, row).

        Packed, it is the fullest sequence of the longest rows: short rows fill what is left beside the longest.
        """
        batch = self._order.batch_size
        if self._packed is None:
            return self.longest(rows_at_once(batch, micro_batch))
        chosen = self.longest(batch)
        lengths = [len(self._tasks.tasks[task].train[int(row)]) for task, row in chosen]
        fullest = max(first_fit(lengths, self._capacity(micro_batch)), key=lambda rows: sum(lengths[i] for i in rows))
        return chosen[fullest]

    def __call__(self, step: int, micro_batch: int) -> StepFigures:
        """Add the gradient of step `step` (from 0) to the parameters; `StepFigures.step` counts from 1."""
        chosen = self._order.at(step)
        routed = routed_method(self._model)
        if routed is not None and routed.lacks_loads():
            self._count_ahead(routed, chosen, micro_batch)
        if routed is not None:
            few = max(routed.experts_per_layer()) <= MOST_PAIRED_EXPERTS
            routed.count_pairs(few and step % PAIRED_STEPS == 0)
        return self.gradient_of(chosen, micro_batch, StepFigures(step + 1))

    def gradient_of(self, chosen: NDArray[np.int64], micro_batch: int, figures: StepFigures) -> StepFigures:
        """Add the gradient of the rows `chosen` [rows, 2] (task, row) to the parameters, and fill in `figures`."""
        batches = self._batches(chosen, micro_batch)
        answers = sum(batch.predicted_tokens for batch in batches)
        tokens = [batch.tokens for batch in batches]
        figures.tokens, figures.answer_tokens = sum(tokens), answers
        count = len(self._tasks.tasks)
        sums = torch.zeros(2, count, dtype=torch.float64, device=self._device)
        routed = routed_method(self._model)
        auxiliary: dict[str, torch.Tensor] = {}
        added: list[torch.Tensor] = []
        for batch, own in zip(batches, tokens, strict=True):
            batch = batch.to(self._device)
            with self._attention(batch), self._inputs_as_they_come():
                with self._mixed_precision():
                    losses = self._loss(batch)
                    total = losses.total / max(1, answers)
                    if routed is not None:
                        for loss in routed.auxiliary_losses().values():
                            total = total + loss * (own / figures.tokens)
                            added.append(loss.detach() * (own / figures.tokens))
                        for name, value in routed.auxiliary_values().items():
                            auxiliary[name] = auxiliary.get(name, 0.0) + value.detach() * (own / figures.tokens)
                (total if self._loss_scale is None else self._loss_scale(total)).backward()
            sums[0].index_add_(0, batch.row_groups, losses.rows.double())
            sums[1].index_add_(0, batch.row_groups, losses.tokens.double())
        if routed is not None:
            auxiliary |= routed.step_values()
        self._add_losses(figures, sums.cpu(), auxiliary)
        if added and (whole := figures.loss + (extra := float(torch.stack(added).sum()))):
            figures.auxiliary_share = extra / whole
        if routed is not None:
            self._add_loads(figures, routed.take_counts())
        return figures

    @torch.no_grad()
    def _count_ahead(self, routed: RoutedMethod, chosen: NDArray[np.int64], micro_batch: int) -> None:
        """Let the first step's own loads weight its balance loss, at the price of one more forward of its rows.

        Each micro-batch's own would make what is learned depend on how the rows are divided.
        """
        self._model.eval()  # no dropout, so that no randomness is used up
        with routed.counting_ahead():
            for batch in self._batches(chosen, micro_batch):
                batch = batch.to(self._device)
                with self._attention(batch), self._inputs_as_they_come(), self._mixed_precision():
                    self._loss(batch)
        self._model.train()

    def _batches(self, chosen: NDArray[np.int64], micro_batch: int) -> list[Batch]:
        rows = [self._tasks.tasks[task].train[int(row)] for task, row in chosen]
        groups = [int(task) for task, _ in chosen]
        if self._packed is not None:
            return packed_batches(rows, groups, self._capacity(micro_batch), self._tasks.pad_id, self._pad_multiple)
        return micro_batches(rows, groups, micro_batch, self._tasks.pad_id, multiple=self._pad_multiple)

    def _capacity(self, micro_batch: int) -> int:
        """The most tokens of a packed sequence: what the plan counts, and the same at every step."""
        longest = max(int(task.train.lengths.max()) for task in self._tasks.tasks)
        return rows_at_once(self._order.batch_size, micro_batch) * longest

    def _attention(self, batch: Batch) -> AbstractContextManager[None]:
        return nullcontext() if self._packed is None else self._packed.among(batch.packing)

    def _mixed_precision(self) -> torch.autocast:
        return torch.autocast(self._device.type, dtype=self._autocast, enabled=self._autocast is not None)

    def _inputs_as_they_come(self) -> AbstractContextManager[None]:
        """Around the backward pass as well, which computes layers again where activations are not kept."""
        return nullcontext() if self._autocast is None else self._input_casts.left_out()

    def _add_losses(self, figures: StepFigures, sums: torch.Tensor, auxiliary: dict[str, torch.Tensor]) -> None:
        figures.loss = float(sums[0].sum()) / max(1, figures.answer_tokens)
        for task, total, count in zip(self._tasks.tasks, *sums.tolist(), strict=True):
            if count:
                figures.task_losses[task.name] = total / count
        figures.auxiliary = {name: float(value) for name, value in auxiliary.items()}

    def _add_loads(self, figures: StepFigures, counts: RoutingCounts) -> None:
        slots, learned = (each.to("cpu", torch.float32).numpy() for each in (counts.slots, counts.learned))
        figures.loads[ALL_TASKS] = slots.sum(axis=0, dtype=np.float32)
        for task, own, answers in zip(self._tasks.tasks, slots, learned, strict=False):
            if own.any():
                figures.loads[task.name] = own
            if answers.any():
                figures.answer_loads[task.name] = answers
        figures.together = None if counts.together is None else counts.together.numpy()
