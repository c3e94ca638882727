"""The part of a routed method's tuner that knows its layers: which are adapted, which route, and what is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from peft.tuners.lora import LoraModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.causal import decoder_of
from studio.methods.routed_layer import RoutedLayer


class RoutedModel(LoraModel):
    """A PEFT tuner whose routed layers are of `routed_layer_cls`."""

    active_adapters: list[str]
    model: nn.Module
    tuner_layer_cls = BaseTunerLayer
    routed_layer_cls: type[RoutedLayer]

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self._layers: list[tuple[str, Any]] = []
        self._decoder_prefix = decoder_of(model)[0]

    def _is_target_in_decoder(self, config: Any, key: str) -> Any:
        """Match as PEFT does, but inside the text decoder only."""
        if self._decoder_prefix and not key.startswith(self._decoder_prefix + "."):
            return False
        return LoraModel._check_target_module_exists(config, key)

    def _refuse_head(self, config: Any) -> None:
        """Refuse the output head as a target, which "all-linear" leaves out too; PEFT's LoRA would adapt it."""
        get_head = getattr(self.model, "get_output_embeddings", None)
        head = get_head() if callable(get_head) else None
        names = [name for name, module in self.model.named_modules() if module is head]
        named = any(LoraModel._check_target_module_exists(config, name) for name in names)
        if named and config.target_modules != "all-linear":
            raise ProblemError.at(
                f"{type(config).__name__}.target_modules",
                tr(
                    "It names the output head, {name}, which {method} does not adapt.",
                    name=names[0],
                    method=self.routed_layer_cls.method,
                ),
                tr('Leave it out, or train it whole with modules_to_save=["{name}"].', name=names[0]),
            )

    def add_weighted_adapter(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: PEFT would mix the attention's plain LoRA and leave experts and routers as they are made."""
        raise ProblemError.at(
            "add_weighted_adapter",
            tr(
                "{method} adapters cannot be mixed: their experts have nothing in common.",
                method=self.routed_layer_cls.method,
            ),
            tr("Train one adapter on both tasks."),
        )

    def _enable_peft_forward_hooks(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("adapter_names") is not None:
            raise ProblemError.at(
                "adapter_names",
                tr("{method} does not mix adapters within one batch.", method=self.routed_layer_cls.method),
                tr("Call set_adapter and pass one adapter's rows at a time."),
            )
        return super()._enable_peft_forward_hooks(*args, **kwargs)

    def _routed(self) -> list[tuple[str, Any]]:
        """Return the routed layers by name, in the order of depth."""
        if not self._layers:
            self._layers = [(n, m) for n, m in self.model.named_modules() if isinstance(m, self.routed_layer_cls)]
        return self._layers

    def routed_layers(self) -> list[str]:
        return [name for name, _ in self._routed()]

    def experts_per_layer(self) -> list[int]:
        counts = []
        for _, layer in self._routed():
            name = layer.chosen_adapter() or next(iter(layer.configs), None)
            counts.append(0 if name is None else layer.configs[name].experts_of(layer.depth))
        return counts

    def _by_depth(self, barred: Mapping[int, Collection[int]]) -> dict[int, tuple[int, ...]]:
        """Return barred experts by depth; raises ProblemError where none would be left, or one is not there."""
        layers, counts = self._routed(), self.experts_per_layer()
        found: dict[int, tuple[int, ...]] = {}
        for place, experts in barred.items():
            if not 0 <= place < len(layers):
                raise ProblemError.at(
                    f"layer {place}", tr("no such layer routes."), tr("Choose 0 to {last}.", last=len(layers) - 1)
                )
            if odd := [expert for expert in experts if not 0 <= expert < counts[place]]:
                remedy = tr("Choose 0 to {last}.", last=counts[place] - 1)
                raise ProblemError.at(f"layer {place}", tr("it has no expert {odd}.", odd=odd[0]), remedy)
            if len(set(experts)) == counts[place]:
                raise ProblemError.at(f"layer {place}", tr("all of its experts are off."), tr("Leave at least one on."))
            if experts:
                found[layers[place][1].depth] = tuple(sorted(set(experts)))
        return found

    def _active(self) -> tuple[str | None, list[Any]]:
        """Return the adapter in force, or None, and the layers that it adapts."""
        chosen = [(layer.chosen_adapter(), layer) for _, layer in self._routed()]
        adapted = [(name, layer) for name, layer in chosen if name is not None]
        return adapted[0][0] if adapted else None, [layer for _, layer in adapted]

    def forms_in_use(self) -> dict[str, str]:
        return {name: layer.form_in_use for name, layer in self._routed() if layer.form_in_use}

    def fallbacks(self) -> list[str]:
        return sorted({layer.fallback for _, layer in self._routed() if layer.fallback})
