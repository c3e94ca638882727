"""The part of a routed method's tuner that counts: each forward's record, and what they add up to in a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from studio.methods.forward_record import ForwardRecord
from studio.methods.routed_model import RoutedModel
from studio.methods.step_sums import LayerTotals, StepSums


class CountingModel(RoutedModel):
    """Keeps the record of the last forward, and the loads of the last step, with which the next one is weighed."""

    record: ForwardRecord

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self.record = ForwardRecord()
        self._next_batch: tuple[Tensor | None, Tensor | None, Tensor | None, int] | None = None
        self._counting_ahead = False
        self._trace = False
        self._step: dict[str, StepSums] = {}  # by adapter

    def set_batch(
        self,
        attention_mask: Tensor | None,
        row_groups: Tensor | None = None,
        rows: Tensor | None = None,
        group_count: int | None = None,
    ) -> None:
        if group_count is None:
            group_count = 1 if row_groups is None or not row_groups.numel() else int(row_groups.max()) + 1
        self._next_batch = (attention_mask, row_groups, rows, group_count)

    def trace_routing(self, enabled: bool) -> None:
        self._trace = enabled

    def take_routing(self) -> list[tuple[Tensor, Tensor]]:
        return [self.record.routing[i] for i in sorted(self.record.routing)]

    def take_loads(self) -> Tensor:
        raise NotImplementedError

    def end_step(self) -> None:
        self._fold()
        self._keep_loads()

    def forget_step(self) -> None:
        self._step = {}
        self._drop_record()

    def lacks_loads(self) -> bool:
        name, layers = self._active()
        if name is None or not self._weighs_last_loads(name):
            return False
        return not bool(torch.stack([layer.router(name).last_loads.any() for layer in layers]).all())

    @contextmanager
    def counting_ahead(self) -> Iterator[None]:
        self._fold()
        self._counting_ahead = True
        try:
            yield
            self._fold()
            self._keep_loads()
        finally:
            self._counting_ahead = False
            self._drop_record()

    @torch.no_grad()
    def step_values(self) -> dict[str, Tensor]:
        self._fold()
        name, _ = self._active()
        totals = self._step[name].over_processes() if name in self._step else {}
        return {"balance": self._step_balance(name, totals.values())} if name is not None and totals else {}

    def _drop_record(self) -> None:
        self._next_batch = None
        self.record = ForwardRecord()
        for _, layer in self._routed():
            layer.record = self.record

    @torch.no_grad()
    def _keep_loads(self) -> None:
        """Let what the step's forwards counted weigh the next step's balance, and begin a new step."""
        steps, self._step = self._step, {}
        layers = {layer.depth: layer for _, layer in self._routed()}
        for name, sums in steps.items():
            if name in self.peft_config and self._weighs_last_loads(name):  # it may have been deleted meanwhile
                for depth, totals in sums.over_processes().items():
                    layers[depth].router(name).last_loads.copy_(totals.share)

    def _last_loads(self) -> dict[int, Tensor]:
        """Each layer's loads of the last step [experts] by depth, where the forward's balance is weighed with them."""
        record, name = self.record, self.record.adapter
        if name is None or not record.training or not self._weighs_last_loads(name):
            return {}
        return {
            layer.depth: layer.router(name).last_loads for _, layer in self._routed() if layer.depth in record.layers
        }

    def _fold(self) -> None:
        """Add the last record's counts to the totals and to the step's sums, once."""
        record = self.record
        if not record.counted or not record.layers:
            return
        record.counted = False
        if not self._counting_ahead:
            self._count_record()
        if record.adapter is not None and (record.training or self._counting_ahead):
            self._step.setdefault(record.adapter, StepSums()).add(self._layer_totals())

    def _count_record(self) -> None:
        """Add the last record's slots to the totals that `take_loads` returns."""
        raise NotImplementedError

    def _layer_totals(self) -> dict[int, LayerTotals]:
        """Return the last record's totals by depth."""
        raise NotImplementedError

    def _weighs_last_loads(self, adapter: str) -> bool:
        """Say whether the adapter's balance loss is weighed with the last step's loads."""
        raise NotImplementedError

    def _step_balance(self, adapter: str, layers: Iterable[LayerTotals]) -> Tensor:
        """Return the balance loss of a whole step's totals, unweighted; scalar."""
        raise NotImplementedError
