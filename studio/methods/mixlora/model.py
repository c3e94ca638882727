"""The tuner: PEFT's LoraModel for the attention, our layer for every feed-forward, and the losses of both."""

from __future__ import annotations

import copy
from typing import Any

from peft.tuners.lora import LoraModel
from torch import nn

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.mixlora.config import MixLoraConfig
from studio.methods.mixlora.feedforward import FeedForward
from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.loads import MixLoraLoads
from studio.methods.mixlora.structure import find_feed_forwards


class MixLoraModel(MixLoraLoads):
    """The model with MixLoRA in it, as `peft.get_peft_model(model, MixLoraConfig(...)).base_model`.

    A forward given `labels` returns the cross-entropy with the balance loss added, and in training mode no logits
    (see `RoutedTuner`). All of `studio.methods.protocols.RoutedMethod` is offered here.
    """

    prefix: str = "mixlora_"

    def _prepare_adapter_config(self, peft_config: MixLoraConfig, model_config: dict[str, Any]) -> MixLoraConfig:
        found = find_feed_forwards(self.model)
        for name, given in (("layer_experts", peft_config.layer_experts), ("layer_ranks", peft_config.layer_ranks)):
            if given is not None and len(given) != len(found):
                raise ProblemError.at(
                    f"MixLoraConfig.{name}",
                    tr(
                        "It has {given} entries, but the model has {found} feed-forwards.",
                        given=len(given),
                        found=len(found),
                    ),
                    tr("Give one entry for each layer, first layer first."),
                )
        if peft_config.target_modules is None or peft_config.target_modules in ("all", "all-linear"):
            peft_config.target_modules = all_projections(self.model, found)
        self._found = found
        if not any(self._targeted(peft_config, path) for path in found):
            targets = peft_config.target_modules
            raise ProblemError.at(
                "MixLoraConfig.target_modules",
                tr(
                    "{targets} (with exclude_modules and layers_to_transform) names nothing in a feed-forward, where"
                    " the experts live.",
                    targets=targets if isinstance(targets, str) else sorted(targets),
                ),
                tr(
                    "Add some of {projections} (a text is a pattern for whole paths, names go into a list), or use"
                    " the method lora.",
                    projections=", ".join(next(iter(found.values())).projections),
                ),
            )
        self._refuse_head(peft_config)
        return peft_config

    def _targeted(self, config: MixLoraConfig, path: str) -> list[str]:
        """Return the projections to adapt of the feed-forward at `path`, matched by their whole names as in PEFT."""
        matches = LoraModel._check_target_module_exists
        return [name for name in self._found[path].projections if matches(config, f"{path}.{name}")]

    def _check_target_module_exists(self, peft_config: MixLoraConfig, key: str) -> Any:
        """Match whole feed-forwards instead of the projections inside them; the rest as PEFT does."""
        if key in self._found:
            return bool(self._targeted(peft_config, key))
        if any(key.startswith(name + ".") for name in self._found):
            inside = LoraModel._check_target_module_exists(peft_config, key)
            return False if inside else inside  # falsy in two ways: PEFT wants to hear of what was excluded
        return self._is_target_in_decoder(peft_config, key)

    def _create_and_replace(
        self,
        lora_config: MixLoraConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        *,
        parameter_name: str | None = None,
    ) -> None:
        if current_key not in self._found:
            super()._create_and_replace(
                _for_attention(lora_config),
                adapter_name,
                target,
                target_name,
                parent,
                current_key,
                parameter_name=parameter_name,
            )
            return
        feed_forward = self._found[current_key]
        if isinstance(target, MixLoraFeedForward):
            layer = target
        else:
            depth = list(self._found).index(current_key)
            layer = MixLoraFeedForward(target, feed_forward, depth)
            layer.record = self.record
            setattr(parent, target_name, layer)
            self._layers = []
        layer.update_layer(adapter_name, lora_config, self._targeted(lora_config, current_key))
        if adapter_name not in self.active_adapters:
            for part in (layer.router(adapter_name), layer.bank(adapter_name)):
                part.requires_grad_(False)

    def _replace_module(self, parent: nn.Module, child_name: str, new_module: nn.Module, child: nn.Module) -> None:
        if isinstance(child, MixLoraFeedForward):  # unloading: the stock way expects a weight on the module
            setattr(parent, child_name, new_module)
        else:
            super()._replace_module(parent, child_name, new_module, child)


def all_projections(model: nn.Module, feed_forwards: dict[str, FeedForward]) -> set[str]:
    """Return the names of all linear projections of attention and feed-forward, as `q_proj` or `down_proj`."""
    names: set[str] = set()
    for path, feed_forward in feed_forwards.items():
        names.update(feed_forward.projections)
        layer = model.get_submodule(path.rpartition(".")[0])
        for name, module in layer.named_modules():
            inside = name.split(".")
            if hasattr(module, "in_features") and "lora_A" not in inside and "lora_B" not in inside:
                names.add(inside[-2] if inside[-1] == "base_layer" else inside[-1])
    return names


def _for_attention(config: MixLoraConfig) -> MixLoraConfig:
    """Return the config with the attention's own rank and alpha in place, where it has them."""
    if config.attention_r is None and config.attention_alpha is None:
        return config
    own = copy.copy(config)
    own.r = config.r if config.attention_r is None else config.attention_r
    own.lora_alpha = config.lora_alpha if config.attention_alpha is None else config.attention_alpha
    return own
