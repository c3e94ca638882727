"""What the trainer, the charts and the exporters may ask of any adapted model, whichever method adapted it.

The tuner of a routed method (`peft_model.base_model`) offers all of `RoutedMethod`; a method without routing
(lora, dora) offers none, so ask with `routed_method(peft_model)`, which answers None there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from studio.methods.step_sums import RoutingCounts


@runtime_checkable
class AuxiliaryLosses(Protocol):
    """Losses that join the cross-entropy in the one backward."""

    def auxiliary_losses(self) -> dict[str, Tensor]:
        """Return the last forward's extra losses by name, weighted and with gradient; scalars, float32.

        For a trainer that computes the cross-entropy itself. A forward that was given `labels` has added them
        already, so add them only where no labels went in. Call it between that forward and its backward.

        A balance loss depends on the loads of all tokens that it is taken over. In a loop that calls `end_step`, those
        of the whole last step stand for them, so that micro-batches weighted by their tokens add up to the loss of the
        optimiser's batch. Nothing else shows where a step ends: without it, it stays within the batch of each forward,
        and a step's losses depend on how its rows are divided (as do "pooled" balance and the contrastive loss always).
        """
        ...

    def auxiliary_values(self) -> dict[str, Tensor]:
        """Return the same losses without their weight and without gradient, for charts.

        `balance` is E · Σ f·p, averaged over layers: top_k at perfect balance, more when experts are preferred.
        """
        ...


@runtime_checkable
class RoutedMethod(AuxiliaryLosses, Protocol):
    """A method that sends each token to some of several experts in some layers."""

    def routed_layers(self) -> list[str]:
        """Return the names of the modules that route, in the order of depth."""
        ...

    def experts_per_layer(self) -> list[int]:
        """Return the number of experts of each routed layer, in the same order."""
        ...

    def set_batch(
        self,
        attention_mask: Tensor | None,
        row_groups: Tensor | None = None,
        rows: Tensor | None = None,
        group_count: int | None = None,
        learned: Tensor | None = None,
        whole: tuple[Tensor, int] | None = None,
    ) -> None:
        """Describe the rows of the very next forward.

        attention_mask: [batch, sequence], 1 for a token and 0 for padding; padding joins no load and no loss.
        row_groups: [batch] integers, the task of each row, so that loads are counted by task.
        rows: [batch, sequence] integers, where several rows lie in one sequence: the row of each token, counted over
        the whole batch; `row_groups` [rows] is needed then.
        group_count: a number that all `row_groups` are below. Without it their largest is read, and that waits for a
        card to have done all that it was given before.
        learned: [answers] integers, the positions whose prediction the loss is over, as indices of [batch x sequence]
        laid flat; they are counted apart.
        whole: where other processes run other rows of the same forward: [batch x sequence] integers, each token's
        number among those of all processes, from 1 and never falling, padding with that of the token before it; and
        how many those are. What is chosen among a forward's tokens is then chosen as one process would.
        Without this call the mask is the forward's own `attention_mask`, and every row is of group 0.
        """
        ...

    def begin_forward(self) -> None:
        """Begin the forward that `set_batch` described, where another tree of modules calls this model's layers.

        A forward of the model itself does so on its own; see `studio.methods.together`.
        """
        ...

    def take_loads(self) -> Tensor:
        """Return the slots routed to each expert since the last call, and start again from zero.

        float64 [groups, layers, experts], counts of (token, slot) pairs without padding; a layer with fewer
        experts than the widest is filled with zeros. Training forwards only, each once (a recomputation under
        checkpointing is not a second forward).
        """
        ...

    def take_counts(self) -> RoutingCounts:
        """Return what `take_loads` does, that of the learned positions alone, and which experts share tokens.

        Either this or `take_loads` starts again from zero.
        """
        ...

    def count_pairs(self, enabled: bool) -> None:
        """Say whether training forwards count which experts share a token, at the price of some kernels a layer."""
        ...

    def sum_in_trainer(self, enabled: bool) -> bool:
        """Say that the trainer itself sums losses and gradients over processes, each forward weighted by its tokens.

        Returns whether the losses need all processes' tokens of the same forward all the same (the contrastive loss,
        "pooled" balance). If so, `auxiliary_losses` waits for the others, so that each process must run as many
        forwards, and gives the losses of all together with a gradient whose mean over the processes is theirs, as ever
        without this call. If not, a forward's losses are of its own tokens alone and wait for nobody.
        """
        ...

    def end_step(self) -> None:
        """Move what the method itself moves between optimiser steps: the loads that weigh the next step's balance loss,
        and loss-free balancing biases.

        Call it after each optimiser step, in every process, before anything is saved. A loop that never does has its
        balance losses within each batch (see `auxiliary_losses`); its biases move all the same, with the next training
        forward or the next save, but of several processes only one may save.
        """
        ...

    def lacks_loads(self) -> bool:
        """Return whether the balance loss of the step to come has no last step to be weighed with; waits for a card."""
        ...

    def counting_ahead(self) -> AbstractContextManager[None]:
        """Count the forwards inside as if they were the last step, for the balance loss of the first one.

        They are to be of that step's rows, in evaluation mode and without gradient; no other count knows of them.
        """
        ...

    def step_values(self) -> dict[str, Tensor]:
        """Return the losses that are more than a mean over tokens, of all training forwards since the last step's end.

        `balance` of `auxiliary_values`, as one forward with all their rows would give it; nothing before any forward.
        """
        ...

    def forget_step(self) -> None:
        """Drop what the forwards since the last optimiser step counted, as if they had not been.

        For a step that is computed again or undone; buffers and parameters are the caller's to put back.
        """
        ...

    def trace_routing(self, enabled: bool) -> None:
        """Say whether each forward keeps which experts every token went to, for `take_routing`."""
        ...

    def take_routing(self) -> list[tuple[Tensor, Tensor]]:
        """Return for each routed layer (experts [tokens, k], weights [tokens, k]) of the last traced forward.

        Tokens are the batch's rows laid end to end, padding included; an unused slot bears expert -1.
        """
        ...

    def bar_experts(self, barred: Mapping[int, Collection[int]]) -> None:
        """Switch experts off in every forward from now on: {place among `routed_layers`: experts}; {} ends it.

        A barred expert's logit is -∞ before the choice, so a layer routes as if it had never had that expert: its
        tokens go to the next best ones, whose weights are formed over those that are left. An expert is forced by
        barring all others: its weight is then 1 wherever weights are renormalised (top-p and switch included, whose
        probabilities are taken over those that are left). For trying a trained adapter, not for training.

        Raises ProblemError for a layer or an expert that is not there, and where a layer would have none left.
        """
        ...

    def forms_in_use(self) -> dict[str, str]:
        """Return for each routed layer the form of arithmetic that the last forward chose, for the run's events."""
        ...

    def fallbacks(self) -> list[str]:
        """Return in sentences why the last forward took a slower form than such a device has, none where it did not."""
        ...


def routed_method(model: Any) -> RoutedMethod | None:
    """Return the routed tuner inside a PeftModel (or the tuner itself), or None where nothing routes."""
    # A PeftModel answers for its tuner too, so ask the tuner first.
    for candidate in (getattr(model, "base_model", None), model):
        if candidate is not None and isinstance(candidate, RoutedMethod):
            return candidate
    return None
