"""Several adapters over one base: the moment at which most is held, in one pass over the rows of all.

A gradient comes into being as the activations of its layer go. So where a step is one micro-batch, no gradient is there
when all activations are, and the most is held either at the head of the backward pass (all activations) or at its foot
(all gradients), since in between one gives way to the other layer by layer. Where gradients are accumulated, both are
there in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.core.recipe.recipe import Recipe
from studio.planner.activations import kept_bytes, layer_bytes
from studio.planner.adapter import ELEMENT, elements
from studio.planner.methods.registry import arithmetic_of
from studio.planner.shape import ModelShape
from studio.planner.step import Step
from studio.planner.transients import evaluation_bytes, logits_bytes, loss_bytes, optimizer_step_bytes


@dataclass(frozen=True, slots=True)
class Share:
    """One run's share of what a pass over the rows of several holds, bytes.

    gradients: of all its trained tensors. kept: its activations when the backward pass begins. again: one layer's,
    computed a second time. meanwhile: of one feed-forward's backward pass, what is there while other runs' rows are at
    it. alone: what it needs for a moment there, one run after another; as for its loss, its optimiser's step, and a
    batch of an evaluation. logits: of the loss, without copies of the head. accumulates: whether its step is several
    micro-batches.
    """

    gradients: int
    kept: int
    layers: int
    again: int
    meanwhile: int
    alone: int
    loss: int
    logits: int
    optimizer: int
    evaluation: int
    accumulates: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What is held at one moment beside the models and the optimisers' states, bytes."""

    gradients: int
    activations: int
    transient: int

    @property
    def bytes(self) -> int:
        return self.gradients + self.activations + self.transient


def share_of(recipe: Recipe, shape: ModelShape, step: Step) -> Share:
    """The share of a run in which nothing is "auto" any more, with its largest micro-batch, which is not alone."""
    training, method = recipe.training, recipe.method
    assert isinstance(training.micro_batch, int)
    step = replace(step, together=True)
    ask = arithmetic_of(method)
    tensors = ask.tensors(shape, method)
    meanwhile, alone = ask.beside_others(shape, method, step)
    evaluates = any(task.evaluate for task in recipe.tasks)
    return Share(
        gradients=elements(tensors) * ELEMENT,
        kept=kept_bytes(shape, method, step),
        layers=shape.layers,
        again=layer_bytes(shape, method, step) if step.checkpointing else 0,
        meanwhile=meanwhile,
        alone=alone,
        loss=loss_bytes(shape, step),
        logits=logits_bytes(shape, step),
        optimizer=optimizer_step_bytes(tensors, training.optimizer, step),
        evaluation=evaluation_bytes(shape, step) if evaluates else 0,
        accumulates=recipe.rows_of_a_process > training.micro_batch,
    )


def fullest(shares: Sequence[Share]) -> Moment:
    """The moment of a step of all at which most is held."""
    gradients = sum(each.gradients for each in shares)
    moments = [
        *_of_pass(shares, 0),
        Moment(gradients, 0, max(each.optimizer for each in shares)),
        Moment(0, 0, max(each.evaluation for each in shares)),
    ]
    if going_on := [each for each in shares if each.accumulates]:
        moments += _of_pass(going_on, gradients)
    return max(moments, key=lambda moment: moment.bytes)


def _of_pass(shares: Sequence[Share], before: int) -> list[Moment]:
    """The loss, the head and the foot of one pass; `before` are the bytes of gradients that are there when it begins.

    A layer's own gradients are in the block of its backward pass already, of the run that takes the most for it.
    """
    kept, again = sum(each.kept for each in shares), sum(each.again for each in shares)
    largest = max(shares, key=lambda each: each.alone)
    of_layer = sum(each.gradients // each.layers for each in shares)
    own = largest.gradients // largest.layers
    block = largest.alone + sum(each.meanwhile for each in shares) + again
    last = sum(each.kept // each.layers for each in shares)
    after = before or sum(each.gradients for each in shares) - own
    return [
        Moment(before, kept, max(each.loss for each in shares)),
        Moment(before or of_layer - own, kept, block),
        Moment(after, last, block),
    ]
