"""The two extra losses of one forward, averaged over the adapted projections, right under every checkpointing.

Both are computed with their gradients when the forward is over, for all projections together; backward only hands the
gradients to the projections. A recomputation under checkpointing has nothing of it to compute and nothing to remember.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from studio.core.process.lost_process import meeting
from studio.methods.forward_record import ForwardRecord
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.contrastive import contrast
from studio.methods.moelora.memory import ContrastiveMemory, recall, remember
from studio.methods.moelora.sums import ProjectionSums
from studio.methods.step_sums import processes, sum_over_processes


@dataclass(frozen=True, slots=True)
class FormedLosses:
    """One forward's losses: values by name, and the weighted losses' gradients.

    values: balance, contrastive and contrastive_floor, unweighted. weighted: balance and contrastive where their weight
    is not zero; without gradient. gradients: for each of them, one tensor for each projection, in the record's order.
    """

    values: dict[str, Tensor]
    weighted: dict[str, Tensor]
    gradients: dict[str, list[Tensor]]


@torch.no_grad()
def form_losses(
    record: ForwardRecord,
    sums: Sequence[ProjectionSums],
    memories: Sequence[ContrastiveMemory],
    config: MoeLoraConfig,
    last: Tensor | None,
) -> FormedLosses:
    """Compute one finished forward's losses; the memories take its vectors, so call it once for each forward.

    balance: squared coefficient of variation (population) of the gates summed over unmasked tokens, 0 when even and
    experts - 1 when one expert gets all. contrastive and its floor, the mean ln of the number of positives: see
    `contrastive`. Each is the mean over all projections, so that a weight means the same for few targets and for many.
    Gates are summed over all processes, and the pairs of all are contrasted as those of one forward; gradients are this
    process's part, times the number of processes, so that their mean is that of the whole batch. Where the record is
    `apart`, gates are this process's own.

    last: [projections, experts] the average gates of the whole step before this one, zeros where none are known, or
    None. The weighted balance loss is then the tangent there, which is linear in the gates and so adds up over
    micro-batches to that of the optimiser's batch, however that is divided. The values are this forward's own.
    """
    formed = FormedLosses({}, {}, {})
    gates = torch.stack([each.probability for each in sums])
    gates, count = _over_processes(gates, record.training and not record.apart)
    squares, slope = squared_variation(gates)
    formed.values["balance"] = squares.mean()
    if config.balance_coef:
        if last is not None:
            squares, slope = _tangent(gates, last, squares, slope)
        formed.weighted["balance"] = squares.mean() * config.balance_coef
        formed.gradients["balance"] = list((slope * (count * config.balance_coef / len(sums))).unbind())
    if record.training and config.contrastive_coef:
        old = recall(memories)
        together = _side_by_side if all(each.tokens.common for each in sums) else _end_to_end
        every = together(*_stacked(sums))
        found = contrast(every.vectors, every.experts, every.valid, old, config.temperature)
        remember(memories, old, found.units, every.experts, found.valid)
        formed.values["contrastive"] = found.loss.mean()
        formed.values["contrastive_floor"] = found.floor.mean()
        formed.weighted["contrastive"] = found.loss.mean() * config.contrastive_coef
        weight = every.processes * config.contrastive_coef / len(sums)
        gradient = torch.where(every.mine[..., None], found.gradient[:, every.own] * weight, 0.0)
        gradient = gradient.to(sums[0].picked.dtype)
        formed.gradients["contrastive"] = [
            own[: each.picked.shape[0]] for own, each in zip(gradient.unbind(), sums, strict=True)
        ]
    return formed


def _stacked(sums: Sequence[ProjectionSums]) -> tuple[Tensor, Tensor, Tensor]:
    """Stack the projections' pairs; where some have fewer, what is added to them is not valid."""
    pairs = max(each.picked.shape[0] for each in sums)

    def stacked(tensors: list[Tensor]) -> Tensor:
        if all(tensor.shape[0] == pairs for tensor in tensors):
            return torch.stack(tensors)
        return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)

    return (
        stacked([each.picked for each in sums]),
        stacked([each.pair_experts for each in sums]),
        stacked([each.tokens.pair_valid for each in sums]),
    )


def squared_variation(gates: Tensor) -> tuple[Tensor, Tensor]:
    """Return (variance / mean²) of each row of gates [rows, experts], and its gradient [rows, experts].

    Rows without any weight give 0.
    """
    total = gates.sum(dim=1, keepdim=True)
    mean = total.clamp(min=torch.finfo(gates.dtype).eps) / gates.shape[1]
    away = torch.where(total > 0, gates / mean - 1.0, 0.0)
    squares = away.square().mean(dim=1, keepdim=True)
    return squares[:, 0], torch.where(total > 0, 2.0 * (away - squares) / (gates.shape[1] * mean), 0.0)


def _tangent(gates: Tensor, last: Tensor, squares: Tensor, slope: Tensor) -> tuple[Tensor, Tensor]:
    """Return (squared variation [rows], its gradient [rows, experts]) of gates, linearised at `last` where known.

    The variation does not change with the gates' scale, so its slope at the last step's average gates stands for those
    of this forward's tokens, whose number is the gates' sum.
    """
    there, slope_there = squared_variation(last)
    tokens = gates.sum(dim=1, keepdim=True).clamp(min=torch.finfo(gates.dtype).eps)
    known = last.any(dim=1, keepdim=True)
    linear = there + (slope_there * gates).sum(dim=1) / tokens[:, 0]
    return torch.where(known[:, 0], linear, squares), torch.where(known, slope_there / tokens, slope)


def _over_processes(gates: Tensor, together: bool) -> tuple[Tensor, int]:
    """Sum the gates over the processes that train together; evaluations are each process's own."""
    count = processes() if together else 1
    if count > 1:
        sum_over_processes(gates)
    return gates, count


@dataclass(frozen=True, slots=True)
class _Pairs:
    """All processes' pairs; `own` are this one's places, and of those the `mine` [projections, places] are its pairs.

    vectors: [projections, pairs, rank]. experts, valid: [projections, pairs].
    """

    vectors: Tensor
    experts: Tensor
    valid: Tensor
    own: slice
    mine: Tensor
    processes: int


def _side_by_side(vectors: Tensor, experts: Tensor, valid: Tensor) -> _Pairs:
    """Put each pair of a common choice in its place, where all processes but one have nothing.

    So they lie as in one process that runs all rows, and the memories take them in its order.
    """
    count = processes()
    wide = vectors.to(torch.promote_types(vectors.dtype, torch.float32))  # gloo does not add up every type
    all_vectors = torch.where(valid[..., None], wide, 0.0)
    numbers = torch.where(valid, experts + 1, 0).to(torch.int32)  # 0 where there is none: one exchange for both
    if count > 1:
        sum_over_processes(all_vectors)
        sum_over_processes(numbers)
    present = numbers > 0
    return _Pairs(all_vectors, torch.where(present, numbers - 1, 0).long(), present, slice(None), valid, count)


def _end_to_end(vectors: Tensor, experts: Tensor, valid: Tensor) -> _Pairs:
    """Lay all processes' pairs end to end, so that every process contrasts and remembers the same.

    DistributedDataParallel copies the first process's buffers to all, and a checkpoint holds one process's: a memory
    of one's own would be lost both ways. Nothing is computed before all processes have met: where memory runs out in
    it, nobody is left waiting here.
    """
    count, pairs = processes(), vectors.shape[1]
    if count == 1:
        return _Pairs(vectors, experts, valid, slice(0, pairs), valid, 1)
    most = torch.tensor(pairs, device=vectors.device)
    with meeting():
        dist.all_reduce(most, op=dist.ReduceOp.MAX)
    missing = int(most) - pairs  # of short rows: what is added is not valid
    gathered = []
    for own in (
        functional.pad(vectors, (0, 0, 0, missing)),
        functional.pad(experts, (0, missing)),
        functional.pad(valid.to(torch.uint8), (0, missing)),
    ):
        everyones = [torch.empty_like(own) for _ in range(count)]
        with meeting():
            dist.all_gather(everyones, own.contiguous())
        gathered.append(torch.cat(everyones, dim=1))
    first = dist.get_rank() * int(most)
    return _Pairs(gathered[0], gathered[1], gathered[2].bool(), slice(first, first + pairs), valid, count)


class WithGradient(torch.autograd.Function):
    """Returns `value`, and hands each of `tensors` its gradient in backward; for what was differentiated by hand."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: Sequence[Tensor], *tensors: Tensor) -> Tensor:
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        scaled = torch._foreach_mul(list(ctx.gradients), grad)
        return None, None, *(new.to(old.dtype) for new, old in zip(scaled, ctx.gradients, strict=True))


class AttachTerms(torch.autograd.Function):
    """Passes y through and, in backward, hands a recomputed projection the gradient that the losses have for it.

    Needed for re-entrant checkpointing alone, where what the first pass left has no gradient; see mixlora's `losses`.
    """

    @staticmethod
    def forward(ctx: Any, record: ForwardRecord, depth: int, y: Tensor, probability: Tensor, picked: Tensor) -> Tensor:
        ctx.record, ctx.depth = record, depth
        return y.view_as(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        found: list[Tensor | None] = []
        for name in ("balance", "contrastive"):
            scale = ctx.record.scales.get(name)
            gradient = ctx.record.coefficients.get(name, {}).get(ctx.depth)
            found.append(None if scale is None or gradient is None else (scale * gradient).to(gradient.dtype))
        return None, None, grad, *found
