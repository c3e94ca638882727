"""The tuner's side of MixLoRA's routing: gathers the layers' loads, balances by bias, forms the losses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.losses import balance_value, losses_of
from studio.methods.routed import RoutedTuner
from studio.methods.step_sums import LayerTotals, padded_sum, processes, sum_over_processes


class MixLoraLoads(RoutedTuner):
    """Counts each layer's slots for the charts and for the loss-free balancing bias."""

    routed_layer_cls = MixLoraFeedForward

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self._totals: dict[int, Tensor] = {}  # [bins, experts] by depth
        self._unbalanced: dict[str, dict[int, Tensor]] = {}  # [experts] by adapter and depth
        self._router_versions: dict[str, int] = {}
        self.register_state_dict_pre_hook(_settle_before_saving)

    def end_step(self) -> None:
        super().end_step()
        self._balance_by_bias()

    def forget_step(self) -> None:
        super().forget_step()
        self._totals, self._unbalanced = {}, {}

    def _take_slots(self) -> Tensor:
        totals, self._totals = self._totals, {}
        found = list(totals.values())
        bins = max((total.shape[0] for total in found), default=2)
        widest = max([*self.experts_per_layer(), *(total.shape[1] for total in found)])
        loads = torch.zeros(bins, len(self._routed()), widest, dtype=torch.float64)
        if not found:
            return loads
        # One copy from the device for all layers, each of which would have to be waited for.
        whole = found[0].new_zeros(len(found), bins, widest)
        for place, total in enumerate(found):
            whole[place, : total.shape[0], : total.shape[1]] = total
        places = {layer.depth: place for place, (_, layer) in enumerate(self._routed())}
        for depth, total in zip(totals, whole.to("cpu"), strict=True):
            loads[:, places[depth]] = total
        return loads

    def _losses(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        if self.record.adapter is None:
            return {}, {}
        config = self.peft_config[self.record.adapter]
        return losses_of(
            self.record,
            config.router_aux_loss_coef,
            config.router_z_loss_coef,
            config.balance_scope == "pooled",
            self._last_loads(),
        )

    def _weighs_last_loads(self, adapter: str) -> bool:
        config = self.peft_config[adapter]
        return config.router_aux_loss_coef > 0 and config.balance_scope == "layer"

    def _meets_others(self, adapter: str) -> bool:
        config = self.peft_config[adapter]
        return config.router_aux_loss_coef > 0 and config.balance_scope == "pooled"

    def _step_balance(self, adapter: str, layers: Iterable[LayerTotals]) -> Tensor:
        return balance_value(layers, self.peft_config[adapter].balance_scope == "pooled")

    def _layer_totals(self) -> dict[int, LayerTotals]:
        return {
            depth: LayerTotals(sums.slots.sum(dim=0), sums.probability.detach(), sums.tokens)
            for depth, sums in self.record.layers.items()
        }

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        changed = super()._begin(module, args, kwargs)
        if self.training:
            self._balance_by_bias()
        return changed

    @torch.no_grad()
    def _balance_by_bias(self) -> None:
        """Move the loss-free balancing biases, once for each optimiser step.

        A step shows in the version of the routers' weights, which every in-place update raises; so this needs
        no word from the trainer and is right under accumulation, and when a scaler skips a step.
        """
        name, layers = self._active()
        if name is None or not self._balances_by_bias(name):
            return
        routers = {layer.depth: layer.router(name) for layer in layers}
        version = sum(router.weight._version for router in routers.values())
        if version != self._router_versions.get(name):
            for depth, counts in self._unbalanced.pop(name, {}).items():
                if processes() > 1:
                    sum_over_processes(counts)
                routers[depth].nudge(counts, self.peft_config[name].balance_bias_rate)
        self._router_versions[name] = version

    def _balances_by_bias(self, adapter: str) -> bool:
        return adapter in self.peft_config and self.peft_config[adapter].balance_bias_rate > 0

    def _count_record(self) -> None:
        record = self.record
        for depth, sums in record.layers.items():
            known = self._totals.get(depth)
            if known is not None and known.shape == sums.slots.shape and known.device == sums.slots.device:
                known.add_(sums.slots)
            else:
                self._totals[depth] = padded_sum(known, sums.slots.to(torch.float64, copy=True))
        if record.training and record.adapter is not None and self._balances_by_bias(record.adapter):
            counts = self._unbalanced.setdefault(record.adapter, {})
            for depth, sums in record.layers.items():
                counts[depth] = padded_sum(counts.get(depth), sums.slots.sum(dim=0))


def _settle_before_saving(tuner: MixLoraLoads, *_: Any) -> None:
    if processes() == 1 and tuner._routed():
        tuner._fold()
        tuner._balance_by_bias()
