"""The figures of each layer's routing over a window of steps, from which a verdict is made. Numpy alone.

Information is Shannon's, between a routed slot's task and its expert. An estimate from counts is too high by about
(tasks - 1)(experts - 1) / (2 · slots) (Miller 1955, Madow 1955), more where slots come in clumps: tokens of one row
resemble one another. How much more is estimated from how far a task's loads differ from step to step (Pearson's
chi-square over its degrees of freedom, as in quasi-likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from studio.core.run.load_stats import DEAD_SHARE

Floats = NDArray[np.float64]
SURE = 3.0  # standard deviations by which information must exceed what chance alone would show


@dataclass(frozen=True, slots=True)
class RoutingFigures:
    """Figures of each layer, all [layers] but `dead` and `used` [layers, experts].

    slots: (token, slot) pairs counted. in_effect: exp(entropy) of the loads, the number of experts in effect. spread:
    the same from 0 (only as many experts as a token has slots) to 1 (all alike). busiest: the busiest expert's load
    over its fair share; expert: which it is. dead: experts with less than 0.1 % of the slots. told: the share of a
    slot's task that its expert tells, from 0 to 1, without what chance would show; `noise` is that, in the same unit,
    and `sure` says whether `told` is more than chance. told is NaN for a single task. used: load over fair share.
    """

    slots: Floats
    experts: NDArray[np.int64]
    in_effect: Floats
    spread: Floats
    variation: Floats
    busiest: Floats
    expert: NDArray[np.int64]
    dead: NDArray[np.bool_]
    told: Floats
    noise: Floats
    sure: NDArray[np.bool_]
    used: Floats


def routing_figures(counts: ArrayLike, top_k: int, widths: ArrayLike | None = None) -> RoutingFigures:
    """Work out the figures of counts [steps, tasks, layers, experts].

    top_k: the fewest slots that a token takes. widths: [layers] how many experts each layer has, where some have fewer
    than the widest, which counts are filled up to with zeros.
    """
    by_step = np.asarray(counts, dtype=np.float64)
    by_task = by_step.sum(axis=0)
    loads = by_task.sum(axis=0)
    layers, widest = loads.shape
    experts = np.full(layers, widest) if widths is None else np.asarray(widths, dtype=np.int64)
    there = np.arange(widest) < experts[:, None]
    slots = loads.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = loads / slots[:, None]
        used = np.where(there, shares * experts[:, None], np.nan)
        in_effect = np.exp(_entropy(shares))
        least = np.minimum(top_k, experts)
        spread = np.where(experts > least, (in_effect - least) / (experts - least), 1.0).clip(0, 1)
        variation = np.sqrt((np.where(there, used - 1, 0.0) ** 2).sum(axis=-1) / experts)
        told, noise, sure = _told(by_step, by_task, slots)
    quiet = slots == 0
    for each in (in_effect, spread, variation, told, noise):
        each[quiet] = np.nan
    dead = there & (shares < DEAD_SHARE)
    filled = np.nan_to_num(used, nan=0.0)
    return RoutingFigures(
        slots, experts, in_effect, spread, variation, filled.max(axis=-1), filled.argmax(axis=-1), dead,
        told, noise, sure & ~quiet, used,
    )  # fmt: skip


def _entropy(shares: Floats) -> Floats:
    """Entropy in nats over the last axis."""
    return -(shares * np.log(shares, out=np.zeros_like(shares), where=shares > 0)).sum(axis=-1)


def _told(by_step: Floats, by_task: Floats, slots: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """What an expert tells of its slot's task, as shares of the task's entropy: found, by chance, and whether sure."""
    task_slots = by_task.sum(axis=-1)  # [tasks, layers]
    tasks = np.count_nonzero(task_slots.max(axis=1, initial=0))
    layers = by_task.shape[1]
    if tasks < 2:
        return np.full(layers, np.nan), np.full(layers, np.nan), np.zeros(layers, dtype=bool)
    of_task = np.moveaxis(task_slots / slots, 0, -1)
    of_expert = by_task.sum(axis=0) / slots[:, None]
    joint = by_task / slots[None, :, None]
    whole = _entropy(of_task)
    shared = whole + _entropy(of_expert) - _entropy(np.moveaxis(joint, 0, -1).reshape(layers, -1))
    active = np.count_nonzero(by_task.sum(axis=0), axis=-1)
    freedom = (tasks - 1) * np.maximum(active - 1, 0)
    clumps = _clumps(by_step, by_task, task_slots)
    chance = clumps * freedom / (2 * slots)
    doubt = clumps * np.sqrt(2 * freedom) / (2 * slots)
    sure = (shared - chance > SURE * doubt) & (active > 1)
    return np.maximum(shared - chance, 0) / whole, chance / whole, sure


def _clumps(by_step: Floats, by_task: Floats, task_slots: Floats) -> Floats:
    """How many times more the loads [layers] differ from step to step than single slots would; at least 1."""
    of_step = by_step.sum(axis=-1)  # [steps, tasks, layers]
    weight = np.divide(1.0, of_step, out=np.zeros_like(of_step), where=of_step > 0)
    # In one pass: the arrays between would be the largest of all, and take half the time of a picture.
    squares = np.einsum("stle,stle,stl->tle", by_step, by_step, weight)
    ratio = np.divide(squares, by_task, out=np.zeros_like(by_task), where=by_task > 0).sum(axis=-1)
    square = (task_slots * (ratio - 1)).clip(min=0)
    steps = np.count_nonzero(of_step, axis=0)
    freedom = np.maximum(steps - 1, 0) * np.maximum(np.count_nonzero(by_task, axis=-1) - 1, 0)
    total = freedom.sum(axis=0)
    return np.maximum(1.0, np.divide(square.sum(axis=0), total, out=np.ones_like(square[0]), where=total > 0))
