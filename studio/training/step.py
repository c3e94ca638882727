"""One optimiser batch, forward and backward in micro-batches, and the figures that are recorded of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from studio.core.at_once import card_length
from studio.core.run.run_rows import ALL_TASKS
from studio.data.batch import Batch, RoundUp, WholeForward, collate, micro_batches, pack, packed_batches
from studio.data.order import RowOrder
from studio.data.packing import first_fit
from studio.data.tasks import LoadedTasks
from studio.data.token_rows import TokenRow
from studio.methods.protocols import RoutedMethod, routed_method
from studio.methods.step_sums import RoutingCounts
from studio.planner.plan import rows_at_once
from studio.training.answer_loss import AnswerLoss, RowLosses
from studio.training.crew.crew import Crew
from studio.training.crew.division import divided, packed_division, tokens_before
from studio.training.input_casts import InputCasts
from studio.training.loss_scale import LossScale
from studio.training.memory.usage import current_bytes
from studio.training.packed_attention import PackedAttention

PAIRED_STEPS = 10  # every so many steps it is counted which experts share tokens: some kernels a layer on a card
MOST_PAIRED_EXPERTS = 128  # of a layer; with more, their pairs would be most of run.db


@dataclass(slots=True)
class StepFigures:
    """Results of one step's forward and backward: losses are means over answer tokens, `tokens` is all but padding.

    `auxiliary_share` is how much of the whole loss the weighted auxiliary losses are; None where there are none.
    `loads` maps a task (or "" for all) to the slots [layers, experts] that its experts got, `answer_loads` each task to
    those of the positions that the loss is over. `together` [layers, experts, experts] are the tokens that two experts
    share, in one step of `PAIRED_STEPS`. `probes`: no step, but what one takes of memory in each process. `held`: of
    several processes, the bytes that each one's device has in use.
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
    probes: bool = False
    held: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parts:
    """This process's batches, what the auxiliary losses of each weigh, and the whole optimiser batch's tokens."""

    own: list[Batch]
    weights: list[float]
    tokens: int
    answers: int


class StepGradient:
    """One step's gradient in the making: its batches, what each adds to the loss, and the figures in the end.

    Whoever computes the batches, alone or together with other runs' batches, calls for each of them in order `loss_of`,
    then backward on what that returned, then `note`; and `finish` after the last.
    """

    def __init__(
        self,
        model: Any,
        parts: Parts,
        tasks: list[str],
        figures: StepFigures,
        device: torch.device,
        loss_scale: LossScale | None,
        crew: Crew,
    ) -> None:
        self.batches = parts.own
        self._tasks = tasks
        self._figures = figures
        self._routed = routed_method(model)
        self._loss_scale = loss_scale
        self._crew = crew
        figures.tokens, figures.answer_tokens = parts.tokens, parts.answers
        self._weights = iter(parts.weights)
        self._sums = torch.zeros(2, len(tasks), dtype=torch.float64, device=device)
        self._auxiliary: dict[str, Tensor] = {}
        self._added: list[Tensor] = []

    def loss_of(self, losses: RowLosses) -> Tensor:
        """Return the batch's share of the step's loss, auxiliary losses included, times the loss scale; scalar."""
        total = losses.total / max(1, self._figures.answer_tokens)
        share = next(self._weights)
        if self._routed is not None:
            for loss in self._routed.auxiliary_losses().values():
                total = total + loss * share
                self._added.append(loss.detach() * share)
            for name, value in self._routed.auxiliary_values().items():
                self._auxiliary[name] = self._auxiliary.get(name, 0.0) + value.detach() * share
        return total if self._loss_scale is None else self._loss_scale(total)

    def note(self, batch: Batch, losses: RowLosses) -> None:
        """Add a batch's losses to those of its tasks."""
        self._sums[0].index_add_(0, batch.row_groups, losses.rows.double())
        self._sums[1].index_add_(0, batch.row_groups, losses.tokens.double())

    def finish(self) -> StepFigures:
        """Return the figures of all batches, those of the other processes too."""
        figures, routed = self._figures, self._routed
        counts = None if routed is None else routed.take_counts()
        extra = torch.stack(self._added).sum() if self._added else torch.zeros(())
        names = sorted(self._auxiliary)
        values = [self._auxiliary[name] for name in names]
        own = [self._sums, extra, self._held(), *values, *self._counted(counts)]
        sums, extra, held, *found = self._crew.sum_figures(own)
        figures.held = held.tolist()
        self._add_losses(sums)
        auxiliary = dict(zip(names, found, strict=False))
        if routed is not None:
            auxiliary |= routed.step_values()
        figures.auxiliary = {name: float(value) for name, value in auxiliary.items()}
        if self._added and (whole := figures.loss + float(extra)):
            figures.auxiliary_share = float(extra) / whole
        if counts is not None:
            self._add_loads(*found[len(names) :])
        return figures

    def _held(self) -> Tensor:
        """This process's part of all processes' memory, at its own place: [processes], empty for one alone."""
        if self._crew.alone:
            return torch.zeros(0)
        held = torch.zeros(self._crew.count, dtype=torch.float64)
        held[self._crew.rank] = current_bytes(self._sums.device)
        return held

    def _add_losses(self, sums: Tensor) -> None:
        self._figures.loss = float(sums[0].sum()) / max(1, self._figures.answer_tokens)
        for task, total, count in zip(self._tasks, *sums.tolist(), strict=True):
            if count:
                self._figures.task_losses[task] = total / count

    def _counted(self, counts: RoutingCounts | None) -> list[Tensor]:
        """What is counted of the routing, alike in every process: slots and learned ones of each task, and pairs."""
        if counts is None:
            return []
        # A process that had no row of the last tasks has counted fewer.
        missing = len(self._tasks) - len(counts.slots)
        padded = [functional.pad(each, (0, 0, 0, 0, 0, max(0, missing))) for each in (counts.slots, counts.learned)]
        return padded if counts.together is None else [*padded, counts.together]

    def _add_loads(self, slots: Tensor, learned: Tensor, together: Tensor | None = None) -> None:
        whole, answered = (each.to(torch.float32).numpy() for each in (slots, learned))
        self._figures.loads[ALL_TASKS] = whole.sum(axis=0, dtype=np.float32)
        for task, own, answers in zip(self._tasks, whole, answered, strict=False):
            if own.any():
                self._figures.loads[task] = own
            if answers.any():
                self._figures.answer_loads[task] = answers
        self._figures.together = None if together is None else together.numpy()


class StepComputer:
    """Computes the gradient of one optimiser step, whatever the number of rows at once.

    The loss is the sum over all answer tokens of the optimiser's batch divided by their number, so dividing the batch
    changes nothing; auxiliary losses of the micro-batches are averaged, weighted by their tokens. A balance loss is
    weighted with the last step's loads (see `RoutedMethod.auxiliary_losses`), and adds up in this way too.
    Each process of a `crew` computes its part of the batch: what their gradients add up to is the batch's, and the
    figures are of the whole. Every process knows all rows of the batch, so what they are divided by needs no asking.

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
        crew: Crew | None = None,
    ) -> None:
        self._model = model
        self.loss = loss
        self._tasks = tasks
        self._order = order
        self._autocast = autocast
        self._device = next(parameter.device for parameter in model.parameters() if parameter.requires_grad)
        self._round_up: RoundUp = card_length if self._device.type == "cuda" else int
        self._packed = packed
        self._loss_scale = loss_scale
        self._input_casts = InputCasts(model)
        self._crew = crew or Crew()
        routed = routed_method(model)
        # Whether each forward's losses need the other processes' tokens, and whether all run as many forwards.
        self._meets = not self._crew.alone and routed is not None and routed.sum_in_trainer(True)
        self._in_step = self._meets or self._crew.sharded

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
        if self._packed is None:
            return self.longest(rows_at_once(self._own_rows, micro_batch))
        chosen = self.longest(self._own_rows)
        lengths = [len(self._tasks.tasks[task].train[int(row)]) for task, row in chosen]
        fullest = max(first_fit(lengths, self._capacity(micro_batch)), key=lambda rows: sum(lengths[i] for i in rows))
        return chosen[fullest]

    def __call__(self, step: int, micro_batch: int) -> StepFigures:
        """Add the gradient of step `step` (from 0) to the parameters; `StepFigures.step` counts from 1."""
        return self._add(self.begin(step, micro_batch))

    def begin(self, step: int, micro_batch: int) -> StepGradient:
        """Return the gradient of step `step` (from 0) in the making, whose batches are yet to be computed."""
        chosen = self._order.at(step)
        self._crew.seed_step(self._order.seed, step)
        routed = routed_method(self._model)
        if routed is not None and routed.lacks_loads():
            self._count_ahead(routed, chosen, micro_batch)
        if routed is not None:
            few = max(routed.experts_per_layer()) <= MOST_PAIRED_EXPERTS
            routed.count_pairs(few and step % PAIRED_STEPS == 0)
        return self._begun(chosen, micro_batch, StepFigures(step + 1))

    def gradient_of(self, chosen: NDArray[np.int64], micro_batch: int, figures: StepFigures) -> StepFigures:
        """Add the gradient of the rows `chosen` [rows, 2] (task, row) to the parameters, and fill in `figures`.

        Each process adds that of its own part, or where the figures are a probe's of all the rows.
        """
        return self._add(self._begun(chosen, micro_batch, figures))

    def _begun(self, chosen: NDArray[np.int64], micro_batch: int, figures: StepFigures) -> StepGradient:
        names = [task.name for task in self._tasks.tasks]
        parts = self._parts(chosen, micro_batch, figures.probes)
        return StepGradient(self._model, parts, names, figures, self._device, self._loss_scale, self._crew)

    def _add(self, making: StepGradient) -> StepFigures:
        with self._crew.guard():
            for batch in making.batches:
                batch = batch.to(self._device)
                with self._attention(batch), self.inputs_as_they_come():
                    with self.mixed_precision():
                        with self._crew.guard() if self._meets else nullcontext():
                            losses = self.loss(batch)
                        total = making.loss_of(losses)
                    total.backward()
                making.note(batch, losses)
        return making.finish()

    def _parts(self, chosen: NDArray[np.int64], micro_batch: int, everyones: bool = False) -> Parts:
        """This process's batches of the rows `chosen`, with what each forward's auxiliary losses weigh."""
        rows = [self._tasks.tasks[task].train[int(row)] for task, row in chosen]
        groups = [int(task) for task, _ in chosen]
        if self._crew.alone or everyones:
            own = self._batches(rows, groups, micro_batch)
            count = self._crew.count
            tokens = sum(batch.tokens for batch in own)
            weights = [batch.tokens / (tokens * count) for batch in own]
            return Parts(own, weights, tokens * count, count * sum(batch.predicted_tokens for batch in own))
        lengths = [len(row) for row in rows]
        if self._packed is not None:
            division = packed_division(lengths, self._crew.count, self._capacity(micro_batch), self._in_step)
        else:
            division = divided(lengths, self._crew.count, micro_batch)
        own = [
            self._batch([rows[place] for place in forward], [groups[place] for place in forward])
            for forward in division[self._crew.rank]
            if forward
        ]
        tokens = sum(lengths)
        if self._meets:  # what the losses of all processes together weigh, which each of them adds its share of
            whole = [
                sum(lengths[place] for each in forwards for place in each) for forwards in zip(*division, strict=True)
            ]
            weights = [forward / (tokens * self._crew.count) for forward in whole]
            if self._packed is None:
                own = [
                    replace(batch, whole=WholeForward.of(batch.attention_mask, before, count))
                    for batch, before, count in zip(
                        own, tokens_before(division, self._crew.rank, lengths), whole, strict=True
                    )
                ]
        else:
            weights = [batch.tokens / tokens for batch in own]
        return Parts(own, weights, tokens, sum(int(row.learned[1:].sum()) for row in rows))

    @torch.no_grad()
    def _count_ahead(self, routed: RoutedMethod, chosen: NDArray[np.int64], micro_batch: int) -> None:
        """Let the first step's own loads weight its balance loss, at the price of one more forward of its rows.

        Each micro-batch's own would make what is learned depend on how the rows are divided.
        """
        self._model.eval()  # no dropout, so that no randomness is used up
        with routed.counting_ahead(), self._crew.guard():
            for batch in self._parts(chosen, micro_batch).own:
                batch = batch.to(self._device)
                with self._attention(batch), self.inputs_as_they_come(), self.mixed_precision():
                    self.loss(batch)
        self._model.train()

    def _batches(self, rows: list[TokenRow], groups: list[int], micro_batch: int) -> list[Batch]:
        if self._packed is not None:
            return packed_batches(rows, groups, self._capacity(micro_batch), self._tasks.pad_id, self._round_up)
        return micro_batches(rows, groups, micro_batch, self._tasks.pad_id, round_up=self._round_up)

    def _batch(self, rows: list[TokenRow], groups: list[int]) -> Batch:
        if self._packed is not None:
            return pack(rows, groups, self._tasks.pad_id, self._round_up)
        return collate(rows, groups, self._tasks.pad_id, round_up=self._round_up)

    def _capacity(self, micro_batch: int) -> int:
        """The most tokens of a packed sequence: what the plan counts, and the same at every step."""
        longest = max(int(task.train.lengths.max()) for task in self._tasks.tasks)
        return rows_at_once(self._own_rows, micro_batch) * longest

    @property
    def _own_rows(self) -> int:
        """The most rows of a batch that fall to one process."""
        return -(-self._order.batch_size // self._crew.count)

    def _attention(self, batch: Batch) -> AbstractContextManager[None]:
        return nullcontext() if self._packed is None else self._packed.among(batch.packing)

    def mixed_precision(self) -> torch.autocast:
        """Around the forward pass: products are computed in the run's type."""
        return torch.autocast(self._device.type, dtype=self._autocast, enabled=self._autocast is not None)

    def inputs_as_they_come(self) -> AbstractContextManager[None]:
        """Around the backward pass as well, which computes layers again where activations are not kept."""
        return nullcontext() if self._autocast is None else self._input_casts.left_out()
