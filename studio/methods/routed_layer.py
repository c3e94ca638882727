"""A layer that routes each token to some of its experts, as PEFT sees it."""

from __future__ import annotations

from typing import Any

from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.forward_record import ForwardRecord


class RoutedLayer(nn.Module, BaseTunerLayer):
    """A module around a frozen one that routes each token to some of its experts.

    `record` is shared with the tuner and with all other layers: it holds the batch's mask and takes the sums.
    `computes_frozen`: the layer computes the frozen products itself, instead of adding to what its base layer gives.
    """

    active_adapters: list[str]
    method = ""
    computes_frozen = False

    def __init__(self, base_layer: nn.Module, depth: int) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.depth = depth
        self.configs: dict[str, Any] = {}
        self.record = ForwardRecord()
        self.form_in_use = ""
        self.fallback = ""
        self._disable_adapters = False
        self.merged_adapters: list[str] = []

    @property
    def recomputes_a_part(self) -> bool:
        """Whether the layer itself computes some of its products again in the backward pass."""
        return False

    def unmerge(self) -> None:
        """Do nothing, since nothing is ever merged."""

    def chosen_adapter(self) -> str | None:
        """Return the one adapter in force here, or None for the plain base layer."""
        names = [name for name in self.active_adapters if name in self.configs]
        if self.disable_adapters or not names:
            return None
        if len(names) > 1:
            raise ProblemError.at(
                "set_adapter",
                tr("{count} {method} adapters are active at once.", count=len(names), method=self.method),
                tr("Activate one at a time."),
            )
        return names[0]
