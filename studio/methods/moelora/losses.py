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

from studio.methods.forward_record import ForwardRecord
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.contrastive import contrast
from studio.methods.moelora.memory import ContrastiveMemory, recall, remember
from studio.methods.moelora.sums import ProjectionSums
from studio.methods.step_sums import processes


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
    Gates are summed over all processes. Contrasts are each process's own pairs against the one memory of all, and the
    processes' gradients are averaged as those of the cross-entropy are.

    last: [projections, experts] the average gates of the whole step before this one, zeros where none are known, or
    None. The weighted balance loss is then the tangent there, which is linear in the gates and so adds up over
    micro-batches to that of the optimiser's batch, however that is divided. The values are this forward's own.
    """
    formed = FormedLosses({}, {}, {})
    gates = torch.stack([each.probability for each in sums])
    gates, count = _over_processes(gates, record.training)
    squares, slope = squared_variation(gates)
    formed.values["balance"] = squares.mean()
    if config.balance_coef:
        if last is not None:
            squares, slope = _tangent(gates, last, squares, slope)
        formed.weighted["balance"] = squares.mean() * config.balance_coef
        formed.gradients["balance"] = list((slope * (count * config.balance_coef / len(sums))).unbind())
    if record.training and config.contrastive_coef:
        old = recall(memories)
        vectors, experts, valid = _stacked(sums)
        found = contrast(vectors, experts, valid, old, config.temperature)
        remember(memories, old, *_of_all_processes(found.units, experts, found.valid))
        formed.values["contrastive"] = found.loss.mean()
        formed.values["contrastive_floor"] = found.floor.mean()
        formed.weighted["contrastive"] = found.loss.mean() * config.contrastive_coef
        gradient = (found.gradient * (config.contrastive_coef / len(sums))).to(vectors.dtype)
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


def _over_processes(gates: Tensor, training: bool) -> tuple[Tensor, int]:
    """Sum the gates over the processes that train together; evaluations are each process's own."""
    count = processes() if training else 1
    if count > 1:
        dist.all_reduce(gates)
    return gates, count


def _of_all_processes(units: Tensor, experts: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Lay all processes' pairs [projections, pairs, ...] side by side, so that every process remembers the same.

    DistributedDataParallel copies the first process's buffers to all, and a checkpoint holds one process's: a memory
    of one's own would be lost both ways.
    """
    count = processes()
    if count == 1:
        return units, experts, valid
    most = torch.tensor(units.shape[1], device=units.device)
    dist.all_reduce(most, op=dist.ReduceOp.MAX)
    missing = int(most) - units.shape[1]  # of short rows: what is added is not valid
    gathered = []
    for own in (
        functional.pad(units, (0, 0, 0, missing)),
        functional.pad(experts, (0, missing)),
        functional.pad(valid.to(torch.uint8), (0, missing)),
    ):
        everyones = [torch.empty_like(own) for _ in range(count)]
        dist.all_gather(everyones, own.contiguous())
        gathered.append(torch.cat(everyones, dim=1))
    return gathered[0], gathered[1], gathered[2].bool()


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
