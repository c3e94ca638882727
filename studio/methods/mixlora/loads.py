"""The tuner's side of MixLoRA's routing: gathers the layers' loads, balances by bias, forms the losses."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.losses import losses_of
from studio.methods.routed import RoutedTuner


class MixLoraLoads(RoutedTuner):
    """Counts each layer's slots for the charts and for the loss-free balancing bias."""

    routed_layer_cls = MixLoraFeedForward

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self._totals: list[Tensor] = []
        self._unbalanced: dict[int, Tensor] = {}
        self._router_version = -1
        self.register_state_dict_pre_hook(_settle_before_saving)

    def end_step(self) -> None:
        self._fold()
        self._balance_by_bias()

    def forget_step(self) -> None:
        super().forget_step()
        self._totals, self._unbalanced = [], {}

    def take_loads(self) -> Tensor:
        self._fold()
        totals, self._totals = self._totals, []
        experts = self.experts_per_layer()
        if not totals:
            return torch.zeros(1, len(experts), max(experts), dtype=torch.float64)
        loads = torch.zeros(max(t.shape[0] for t in totals), len(experts), max(experts), dtype=torch.float64)
        for depth, total in enumerate(totals):
            loads[: total.shape[0], depth, : total.shape[1]] = total.to("cpu")
        return loads

    def _losses(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        _, layer = self._routed()[0]
        name = layer.chosen_adapter()
        if name is None:
            return {}, {}
        config = layer.configs[name]
        return losses_of(
            self.record, config.router_aux_loss_coef, config.router_z_loss_coef, config.balance_scope == "pooled"
        )

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
        layers = self._routed()
        name = layers[0][1].chosen_adapter()
        if name is None or layers[0][1].configs[name].balance_bias_rate == 0:
            return
        version = sum(layer.router(name).weight._version for _, layer in layers if name in layer.lora_router)
        if version != self._router_version and self._unbalanced:
            for _, layer in layers:
                counts = self._unbalanced.get(layer.depth)
                if counts is not None and name in layer.lora_router:
                    if dist.is_available() and dist.is_initialized():
                        dist.all_reduce(counts)
                    layer.router(name).nudge(counts, layer.configs[name].balance_bias_rate)
            self._unbalanced = {}
        self._router_version = version

    def _fold(self) -> None:
        record = self.record
        if not record.counted or not record.layers:
            return
        record.counted = False
        if record.training:
            for depth, sums in record.layers.items():
                self._unbalanced[depth] = self._unbalanced.get(depth, 0) + sums.slots.sum(dim=0)
        if not self._totals:
            self._totals = [torch.zeros(1, count, dtype=torch.float64) for count in self.experts_per_layer()]
        for depth, sums in record.layers.items():
            total = self._totals[depth]
            groups = max(total.shape[0], sums.slots.shape[0])
            grown = torch.zeros(groups, total.shape[1], dtype=torch.float64, device=sums.slots.device)
            grown[: total.shape[0]] += total.to(grown.device)
            grown[: sums.slots.shape[0]] += sums.slots
            self._totals[depth] = grown


def _settle_before_saving(tuner: MixLoraLoads, *_: Any) -> None:
    if not (dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1) and tuner._routed():
        tuner.end_step()
