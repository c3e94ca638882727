"""The tuner's side of routing: describes each batch to the layers, gathers their loads, forms the losses."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.losses import JoinLoss, losses_of
from studio.methods.mixlora.record import ForwardRecord


class RoutedTuner(nn.Module):
    """Gives a PEFT tuner everything of `studio.methods.seams.RoutedMethod`."""

    model: nn.Module

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        self.record = ForwardRecord()
        self._next_batch: tuple[Tensor | None, Tensor | None, int] | None = None
        self._totals: list[Tensor] = []
        self._count_evaluations = False
        self._trace = False
        self._layers: list[tuple[str, MixLoraFeedForward]] = []
        self._unbalanced: dict[int, Tensor] = {}
        self._router_version = -1
        # generate() calls the base model and never this tuner's forward, so the batch is met at the base model.
        self._hooks = [model.register_forward_pre_hook(self._begin, with_kwargs=True)]
        self.register_state_dict_pre_hook(_settle_before_saving)

    def _detach_hooks(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def _routed(self) -> list[tuple[str, MixLoraFeedForward]]:
        if not self._layers:
            self._layers = [(n, m) for n, m in self.model.named_modules() if isinstance(m, MixLoraFeedForward)]
        return self._layers

    def routed_layers(self) -> list[str]:
        return [name for name, _ in self._routed()]

    def experts_per_layer(self) -> list[int]:
        counts = []
        for _, layer in self._routed():
            name = layer.chosen_adapter() or next(iter(layer.configs))
            counts.append(layer.configs[name].experts_of(layer.depth))
        return counts

    def forms_in_use(self) -> dict[str, str]:
        return {name: layer.form_in_use for name, layer in self._routed() if layer.form_in_use}

    def set_batch(self, attention_mask: Tensor | None, row_groups: Tensor | None = None) -> None:
        groups = 1 if row_groups is None or not row_groups.numel() else int(row_groups.max()) + 1
        self._next_batch = (attention_mask, row_groups, groups)

    def end_step(self) -> None:
        """Move the loss-free balancing biases now rather than as the next forward begins.

        Saving does this by itself, but not where several processes train, since only one of them saves: there,
        call it in all of them after the last step before a save.
        """
        self._fold()
        self._balance_by_bias(self._routed())

    def count_evaluations(self, enabled: bool) -> None:
        self._count_evaluations = enabled

    def trace_routing(self, enabled: bool) -> None:
        self._trace = enabled

    def take_routing(self) -> list[tuple[Tensor, Tensor]]:
        return [self.record.routing[i] for i in sorted(self.record.routing)]

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

    def auxiliary_losses(self) -> dict[str, Tensor]:
        weighted, _ = self._losses()
        if not self.record.deferred:
            return weighted
        # Made after the forward, so autograd's order (latest first) runs their backward before any layer's.
        return {
            name: JoinLoss.apply(
                self.record, name, torch.zeros_like(loss, requires_grad=True), loss, torch.ones_like(loss)
            )
            for name, loss in weighted.items()
        }

    def auxiliary_values(self) -> dict[str, Tensor]:
        with torch.no_grad():
            return self._losses()[1]

    def _losses(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        _, layer = self._routed()[0]
        name = layer.chosen_adapter()
        if name is None:
            return {}, {}
        config = layer.configs[name]
        return losses_of(
            self.record, config.router_aux_loss_coef, config.router_z_loss_coef, config.balance_scope == "pooled"
        )

    def _join_losses(self, loss: Tensor, share: Tensor | float) -> Tensor:
        """Return `loss` with `share` of the auxiliary losses added."""
        weighted, _ = self._losses()
        for name, extra in weighted.items():
            if self.record.deferred:
                share = torch.as_tensor(share, dtype=torch.float32, device=extra.device)
                loss = JoinLoss.apply(self.record, name, loss, extra, share)
            else:
                loss = loss + (extra * share).to(loss.dtype)
        return loss

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Start a new record as the model's forward begins, after putting the last one's counts aside."""
        self._fold()
        batch, self._next_batch = self._next_batch, None
        mask, row_groups, groups = batch if batch is not None else (kwargs.get("attention_mask"), None, 1)
        training = self.training
        counted = training or self._count_evaluations
        fresh = ForwardRecord(
            attention_mask=mask if isinstance(mask, Tensor) else None,
            row_groups=row_groups,
            groups=groups,
            training=training,
            wanted=counted or kwargs.get("labels") is not None,
            counted=counted,
            differentiable=torch.is_grad_enabled(),
            traced=self._trace,
        )
        self.record = fresh
        layers = self._routed()
        if training:
            self._balance_by_bias(layers)
        for _, layer in layers:
            layer.record = fresh

    @torch.no_grad()
    def _balance_by_bias(self, layers: list[tuple[str, MixLoraFeedForward]]) -> None:
        """Move the loss-free balancing biases, once for each optimiser step.

        A step shows in the version of the routers' weights, which every in-place update raises; so this needs
        no word from the trainer and is right under accumulation, and when a scaler skips a step.
        """
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
        """Add the last record's counts to the totals, once."""
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


def _settle_before_saving(tuner: RoutedTuner, *_: Any) -> None:
    if not (dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1) and tuner._routed():
        tuner.end_step()
