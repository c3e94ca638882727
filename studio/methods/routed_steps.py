"""The part of a routed method's tuner that counts: each forward's record, and what they add up to in a step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from studio.methods.forward_record import ForwardRecord
from studio.methods.routed_model import RoutedModel
from studio.methods.step_sums import LayerTotals, RoutingCounts, StepSums, padded_sum


@dataclass(frozen=True, slots=True)
class BatchRows:
    """What `set_batch` was told of the forward to come; `groups` is one more than the highest of `row_groups`."""

    attention_mask: Tensor | None
    row_groups: Tensor | None = None
    rows: Tensor | None = None
    learned: Tensor | None = None
    groups: int = 1
    whole: tuple[Tensor, int] | None = None


class CountingModel(RoutedModel):
    """Keeps the record of the last forward, and the loads of the last step, with which the next one is weighed."""

    record: ForwardRecord

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self.record = ForwardRecord()
        self._next_batch: BatchRows | None = None
        self._counting_ahead = False
        self._counting_pairs = False
        self._pairs: dict[int, Tensor] = {}  # [experts, experts] by depth
        self._trace = False
        self._barred: dict[int, tuple[int, ...]] = {}  # by depth
        self._trainer_sums = False
        self._step: dict[str, StepSums] = {}  # by adapter

    def set_batch(
        self,
        attention_mask: Tensor | None,
        row_groups: Tensor | None = None,
        rows: Tensor | None = None,
        group_count: int | None = None,
        learned: Tensor | None = None,
        whole: tuple[Tensor, int] | None = None,
    ) -> None:
        if group_count is None:
            group_count = 1 if row_groups is None or not row_groups.numel() else int(row_groups.max()) + 1
        self._next_batch = BatchRows(attention_mask, row_groups, rows, learned, group_count, whole)

    def count_pairs(self, enabled: bool) -> None:
        self._counting_pairs = enabled

    def sum_in_trainer(self, enabled: bool) -> bool:
        self._trainer_sums = enabled
        name, _ = self._active()
        return name is not None and self._meets_others(name)

    def trace_routing(self, enabled: bool) -> None:
        self._trace = enabled

    def take_routing(self) -> list[tuple[Tensor, Tensor]]:
        return [self.record.routing[i] for i in sorted(self.record.routing)]

    def bar_experts(self, barred: Mapping[int, Collection[int]]) -> None:
        self._barred = self._by_depth(barred)

    def take_loads(self) -> Tensor:
        return self.take_counts().slots

    def take_counts(self) -> RoutingCounts:
        self._fold()
        pairs, self._pairs = self._pairs, {}
        slots = self._take_slots()
        slots = slots.view(-1, 2, *slots.shape[1:])
        return RoutingCounts(slots.sum(dim=1), slots[:, 1], self._together(pairs))

    def end_step(self) -> None:
        self._fold()
        self._keep_loads()

    def forget_step(self) -> None:
        self._step, self._pairs = {}, {}
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
            for depth, sums in record.layers.items() if record.paired else ():
                if sums.pairs is not None:
                    self._pairs[depth] = padded_sum(self._pairs.get(depth), sums.pairs)
        if record.adapter is not None and (record.training or self._counting_ahead):
            self._step.setdefault(record.adapter, StepSums()).add(self._layer_totals())

    def _together(self, pairs: Mapping[int, Tensor]) -> Tensor | None:
        """All layers' pairs [layers, experts, experts], copied from the device at once; None where there are none."""
        if not pairs:
            return None
        found, widest = list(pairs.values()), max(self.experts_per_layer())
        whole = found[0].new_zeros(len(self._routed()), widest, widest)
        places = {layer.depth: place for place, (_, layer) in enumerate(self._routed())}
        for depth, counts in pairs.items():
            whole[places[depth], : counts.shape[0], : counts.shape[1]] = counts
        return whole.to("cpu").to(torch.float64)

    def _count_record(self) -> None:
        """Add the last record's slots to the totals that `_take_slots` returns."""
        raise NotImplementedError

    def _take_slots(self) -> Tensor:
        """Return the slots [bins, layers, experts] (see `ForwardRecord.bins`) since the last call, float64."""
        raise NotImplementedError

    def _layer_totals(self) -> dict[int, LayerTotals]:
        """Return the last record's totals by depth."""
        raise NotImplementedError

    def _weighs_last_loads(self, adapter: str) -> bool:
        """Say whether the adapter's balance loss is weighed with the last step's loads."""
        raise NotImplementedError

    def _meets_others(self, adapter: str) -> bool:
        """Say whether a forward's losses need the other processes' tokens of the same forward."""
        raise NotImplementedError

    def _step_balance(self, adapter: str, layers: Iterable[LayerTotals]) -> Tensor:
        """Return the balance loss of a whole step's totals, unweighted; scalar."""
        raise NotImplementedError
