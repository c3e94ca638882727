"""The tuner: finds the projections, puts our layer around each, and joins the losses of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.forward_record import ForwardRecord
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.layer import MoeLoraLinear
from studio.methods.moelora.losses import FormedLosses, WithGradient, form_losses, squared_variation
from studio.methods.moelora.sums import ProjectionSums, count_slots
from studio.methods.moelora.tokens import ForwardTokens
from studio.methods.routed import RoutedTuner
from studio.methods.step_sums import LayerTotals, padded_sum


class MoeLoraModel(RoutedTuner):
    """The model with MoELoRA in it, as `peft.get_peft_model(model, MoeLoraConfig(...)).base_model`.

    A forward given `labels` returns the cross-entropy with the auxiliary losses added, and in training mode no logits
    (see `RoutedTuner`). All of `studio.methods.protocols.RoutedMethod` is offered here; a routed layer is one adapted
    projection.
    """

    prefix: str = "moelora_"
    routed_layer_cls = MoeLoraLinear
    target_module_mapping: dict[str, Any]

    def _prepare_adapter_config(self, peft_config: MoeLoraConfig, model_config: dict[str, Any]) -> MoeLoraConfig:
        if peft_config.target_modules is None and model_config.get("model_type") not in self.target_module_mapping:
            raise ProblemError.at(
                "MoeLoraConfig.target_modules",
                tr(
                    "PEFT names no projections for the architecture {model_config!r}.",
                    model_config=model_config.get("model_type"),
                ),
                tr('Name some, such as ["q_proj", "v_proj"], or "all-linear".'),
            )
        peft_config = super()._prepare_adapter_config(peft_config, model_config)
        self._refuse_head(peft_config)
        return peft_config

    def _check_target_module_exists(self, peft_config: MoeLoraConfig, key: str) -> Any:
        return self._is_target_in_decoder(peft_config, key)

    def _create_and_replace(
        self,
        lora_config: MoeLoraConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        *,
        parameter_name: str | None = None,
    ) -> None:
        if isinstance(target, MoeLoraLinear):
            layer = target
        else:
            if not (hasattr(target, "in_features") and hasattr(target, "out_features")):
                raise ProblemError.at(
                    f"MoeLoraConfig.target_modules: {current_key}",
                    tr("{name} is not a linear projection.", name=type(target).__name__),
                    tr('Name linear projections only, such as ["q_proj", "v_proj"], or "all-linear".'),
                )
            layer = MoeLoraLinear(target)
            layer.record = self.record
            layer.train(target.training)
            setattr(parent, target_name, layer)
            self._layers = []
        layer.update_layer(adapter_name, lora_config)
        if adapter_name not in self.active_adapters:
            for part in (layer.lora_A, layer.lora_B, layer.lora_router):
                part[adapter_name].requires_grad_(False)

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self._slots: Tensor | None = None
        self._formed: tuple[ForwardRecord, FormedLosses] | None = None

    def _routed(self) -> list[tuple[str, Any]]:
        if not self._layers:
            for depth, (_, layer) in enumerate(super()._routed()):
                layer.depth = depth
        return self._layers

    def _take_slots(self) -> Tensor:
        slots, self._slots = self._slots, None
        experts = self.experts_per_layer()
        if slots is None:
            return torch.zeros(2, len(experts), max(experts), dtype=torch.float64)
        return slots.to("cpu").to(torch.float64)

    def forget_step(self) -> None:
        super().forget_step()
        self._slots = None
        self._formed = None

    def _weighs_last_loads(self, adapter: str) -> bool:
        return self.peft_config[adapter].balance_coef > 0

    def _meets_others(self, adapter: str) -> bool:
        return self.peft_config[adapter].contrastive_coef > 0

    def _step_balance(self, adapter: str, layers: Iterable[LayerTotals]) -> Tensor:
        return squared_variation(torch.stack([totals.chosen for totals in layers]))[0].mean()

    def _layer_totals(self) -> dict[int, LayerTotals]:
        found = {}
        for depth, sums in self.record.layers.items():
            gates = sums.probability.detach()
            found[depth] = LayerTotals(gates, gates, gates.sum())  # a token's gates sum to 1
        return found

    def _count_record(self) -> None:
        record = self.record
        sums = cast(list[ProjectionSums], list(record.layers.values()))
        slots = count_slots(sums, sums[0].probability.shape[0], record.bins)
        total = slots
        if (depths := list(record.layers)) != list(range(len(self._routed()))):
            total = slots.new_zeros(slots.shape[0], len(self._routed()), slots.shape[-1])
            total[:, depths] = slots  # a list of places is copied to the device, which waits for it
        self._slots = padded_sum(self._slots, total)

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        changed = super()._begin(module, args, kwargs)
        name, layers = self._active()
        if name is None:
            return changed
        # How many vectors the first memory has seen differs from one forward to the next, also in a resumed run.
        tokens = ForwardTokens(self.record, layers[0].memory(name).written.sum())
        for layer in layers:
            layer.tokens = tokens
        return changed

    def _losses(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        record = self.record
        name = record.adapter
        if name is None or not record.layers:
            return {}, {}
        sums = cast(list[ProjectionSums], list(record.layers.values()))
        if self._formed is None or self._formed[0] is not record:
            layers = [self._routed()[depth][1] for depth in record.layers]
            last = self._last_loads()
            formed = form_losses(
                record,
                sums,
                [layer.memory(name) for layer in layers],
                self.peft_config[name],
                torch.stack([last[depth] for depth in record.layers]) if last else None,
            )
            for loss, gradients in formed.gradients.items():
                record.coefficients[loss] = dict(zip(record.layers, gradients, strict=True))
            self._formed = (record, formed)
        formed = self._formed[1]
        weighted = {}
        for loss, value in formed.weighted.items():
            tensors = [each.probability if loss == "balance" else each.picked for each in sums]
            weighted[loss] = value if record.deferred else WithGradient.apply(value, formed.gradients[loss], *tensors)
        return weighted, formed.values
