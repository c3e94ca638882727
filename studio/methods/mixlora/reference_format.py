"""Reads and writes MixLoRA adapters in the reference's format (PyPI `mixlora` 0.2.3 and `moe-peft`).

`adapter_config.json` beside `adapter_model.bin`, a torch.save of float32 tensors. The
format has one rank, one alpha and one number of experts for the whole adapter; smaller ranks are filled with
zeros and other scalings folded into B, both exactly, and what it cannot hold is refused.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import torch
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from torch import Tensor, nn

from studio.core.problem import Problem, ProblemError
from studio.core.words import tr
from studio.methods.mixlora.config import MixLoraConfig
from studio.methods.mixlora.layer import MixLoraFeedForward

WEIGHTS = "adapter_model.bin"
CONFIG = "adapter_config.json"

# The reference's experts sit outside the module tree, so eval() never reaches their dropout and it stays on at
# inference; a probability of zero is refused there. This one never drops anything in float32.
_HARMLESS_DROPOUT = 1e-12
_PEFT = "base_model.model.model."
_LEGACY_NAMES = {"w1_proj": "gate_proj", "w2_proj": "down_proj", "w3_proj": "up_proj"}
_EXPERT_KEY = re.compile(r"layers\.(\d+)\.mlp\.(\w+)\.experts\.(\d+)\.lora_([AB])\.weight")
_LEGACY_EXPERT_KEY = re.compile(r"layers\.(\d+)\.experts\.(\d+)\.(w[123]_proj)\.lora_([AB])\.weight")
_ROUTER_KEY = re.compile(r"layers\.(\d+)\.(?:mlp\.moe_gate|gate)\.weight")
_ATTENTION_KEY = re.compile(r"layers\.(\d+)\.self_attn\.(\w+)\.lora_([AB])\.weight")


@dataclass(frozen=True, slots=True)
class Written:
    """What was put on disk: bytes of both files, and the tensors of experts, routers and attention."""

    bytes: int
    experts: int
    routers: int
    attention: int


def write_reference(model: Any, folder: Path, adapter_name: str = "default") -> Written:
    """Write one MixLoRA adapter of a PeftModel into `folder` as the reference reads it.

    Raises ProblemError where the format cannot hold the adapter: DoRA magnitudes, another router than top-k,
    a balancing bias, layers with different numbers of experts.
    """
    config: MixLoraConfig = model.peft_config[adapter_name]
    layers = list(_feed_forwards(model, adapter_name))
    attention = list(_attention(model, adapter_name))
    targets = _targets_by_layer(layers, attention, adapter_name)
    ProblemError.raise_any(_unwritable(model, config, layers, targets, adapter_name))
    rank = max([config.rank_of(layer.depth) for layer in layers] + [a.r[adapter_name] for _, _, a in attention])
    alpha = max(1, round(config.lora_alpha))
    scaling = alpha / rank**0.5 if config.use_rslora else alpha / rank
    tensors: dict[str, Tensor] = {}
    counts = {"experts": 0, "routers": 0, "attention": 0}
    for layer in layers:
        bank, stem = layer.bank(adapter_name), f"mixlora.layers.{layer.depth}.mlp"
        tensors[f"{stem}.moe_gate.weight"] = _plain(layer.router(adapter_name).weight)
        counts["routers"] += 1
        for projection in layer.feed_forward.projections:
            pair = bank.pair(projection)
            for expert in range(0 if pair is None else pair.A.shape[0]):
                assert pair is not None
                key = f"{stem}.{projection}.experts.{expert}"
                _put(
                    tensors,
                    key,
                    pair.A[expert],
                    pair.B[expert],
                    rank,
                    layer.scaling_of(adapter_name, projection) / scaling,
                )
                counts["experts"] += 2
    for depth, projection, lora in attention:
        key = f"mixlora.layers.{depth}.self_attn.{projection}"
        a, b = lora.lora_A[adapter_name].weight, lora.lora_B[adapter_name].weight
        _put(tensors, key, a, b, rank, lora.scaling[adapter_name] / scaling)
        counts["attention"] += 2
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(tensors, folder / WEIGHTS)
    described = _config_for_reference(model, config, rank, alpha) | {"target_modules": sorted(targets[0])}
    (folder / CONFIG).write_text(json.dumps(described, indent=2), encoding="utf-8")
    size = sum((folder / name).stat().st_size for name in (WEIGHTS, CONFIG))
    return Written(size, **counts)


def read_reference(folder: Path) -> tuple[MixLoraConfig, dict[str, Tensor]]:
    """Return the config and the tensors of a reference adapter, old key names turned into new ones.

    Keys are `layers.{i}.mlp.moe_gate.weight`, `layers.{i}.mlp.{p}.experts.{e}.lora_A.weight` and
    `layers.{i}.self_attn.{p}.lora_A.weight`. Raises ProblemError for missing files and other methods.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ProblemError.at(
                str(folder), tr("It has no {name}.", name=name), tr("Choose the folder of a reference adapter.")
            )
    described = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    strategy = described.get("routing_strategy")
    if described.get("peft_type") != "MIXLORA" or strategy not in ("mixlora", "mixtral"):
        raise ProblemError.at(
            str(folder / CONFIG),
            tr(
                "It holds {kind!r} with routing {strategy!r}.",
                kind=described.get("peft_type"),
                strategy=strategy,
            ),
            tr('Choose an adapter of peft_type "MIXLORA" with routing "mixlora" (or the old "mixtral").'),
        )
    targets = described["target_modules"]
    names = [name for name, wanted in targets.items() if wanted] if isinstance(targets, dict) else list(targets)
    # The weights-only loader refuses anything but tensors; this pickle was not written by us.
    raw = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
    tensors = {_modern_key(key): tensor for key, tensor in raw.items()}
    config = MixLoraConfig(
        r=described["r"],
        lora_alpha=described["lora_alpha"],
        lora_dropout=described.get("training_lora_dropout", described["lora_dropout"]),
        target_modules=[_LEGACY_NAMES.get(name, name) for name in names],
        use_rslora=described.get("use_rslora", False),
        num_experts=described["num_experts"],
        top_k=described.get("top_k", 2),
        router_aux_loss_coef=described.get("router_aux_loss_coef", 0.001),
        router_init_range=described.get("router_init_range", 0.02),
        jitter_noise=described.get("jitter_noise", 0.0),
        task_type=described.get("task_type", "CAUSAL_LM"),
    )
    return config, tensors


def convert_reference(folder: Path, target: Path, base: str) -> None:
    """Write the reference adapter in `folder` into `target` in PEFT's form, without its base model.

    Raises ProblemError for whatever `read_reference` refuses, and for a layer whose experts are not all there.
    """
    config, tensors = read_reference(folder)
    config.base_model_name_or_path, config.inference_mode = base, True
    banks: dict[str, dict[int, Tensor]] = defaultdict(dict)
    written: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        if match := _EXPERT_KEY.fullmatch(key):
            layer, projection, expert, half = match.groups()
            banks[f"layers.{layer}.mlp.lora_experts.{projection}_{half}"][int(expert)] = tensor
        else:
            written[_PEFT + key.replace("mlp.moe_gate", "mlp.lora_router")] = tensor.contiguous()
    for name, experts in banks.items():
        if sorted(experts) != list(range(config.num_experts)):
            raise ProblemError.at(
                str(folder / WEIGHTS),
                tr(
                    "{name} has {experts} experts, and the config says {stated}.",
                    name=name,
                    experts=len(experts),
                    stated=config.num_experts,
                ),
                tr("Get the adapter from its author again."),
            )
        written[_PEFT + name] = torch.stack([experts[number] for number in range(config.num_experts)])
    save_file(written, target / "adapter_model.safetensors", {"format": "pt"})
    config.save_pretrained(str(target))


def load_reference(base: nn.Module, folder: Path, adapter_name: str = "default") -> Any:
    """Return `base` as a PeftModel with the reference adapter of `folder` in it; every tensor must find its place."""
    config, tensors = read_reference(folder)
    model = peft.get_peft_model(base, config, adapter_name=adapter_name)
    places = dict(_places(model, adapter_name))
    lost, missing = sorted(tensors.keys() - places.keys()), sorted(places.keys() - tensors.keys())
    if lost or missing:
        raise ProblemError.at(
            str(folder / WEIGHTS),
            tr(
                "{lost} of its tensors have no place in the model (as {one_lost}), {missing} places have no tensor (as"
                " {one_missing}).",
                lost=len(lost),
                one_lost=lost[:1],
                missing=len(missing),
                one_missing=missing[:1],
            ),
            tr("Choose the base model that the adapter was trained on."),
        )
    with torch.no_grad():
        for key, place in places.items():
            place.copy_(tensors[key])
    return model


def _places(model: Any, adapter_name: str) -> Iterator[tuple[str, Tensor]]:
    for layer in _feed_forwards(model, adapter_name):
        bank, stem = layer.bank(adapter_name), f"layers.{layer.depth}.mlp"
        yield f"{stem}.moe_gate.weight", layer.router(adapter_name).weight
        for projection in layer.feed_forward.projections:
            pair = bank.pair(projection)
            for expert in range(0 if pair is None else pair.A.shape[0]):
                assert pair is not None
                yield f"{stem}.{projection}.experts.{expert}.lora_A.weight", pair.A[expert]
                yield f"{stem}.{projection}.experts.{expert}.lora_B.weight", pair.B[expert]
    for depth, projection, lora in _attention(model, adapter_name):
        yield f"layers.{depth}.self_attn.{projection}.lora_A.weight", lora.lora_A[adapter_name].weight
        yield f"layers.{depth}.self_attn.{projection}.lora_B.weight", lora.lora_B[adapter_name].weight


def _modern_key(key: str) -> str:
    key = key.removeprefix("mixlora.")
    if match := _LEGACY_EXPERT_KEY.fullmatch(key):
        layer, expert, name, half = match.groups()
        return f"layers.{layer}.mlp.{_LEGACY_NAMES[name]}.experts.{expert}.lora_{half}.weight"
    if match := _ROUTER_KEY.fullmatch(key):
        return f"layers.{match.group(1)}.mlp.moe_gate.weight"
    if _EXPERT_KEY.fullmatch(key) or _ATTENTION_KEY.fullmatch(key):
        return key
    raise ProblemError.at(
        WEIGHTS, tr("It holds {key!r}, which is not part of MixLoRA.", key=key), tr("Choose another adapter.")
    )


def _put(tensors: dict[str, Tensor], key: str, a: Tensor, b: Tensor, rank: int, factor: float) -> None:
    missing = rank - a.shape[0]
    tensors[f"{key}.lora_A.weight"] = nn.functional.pad(_plain(a), (0, 0, 0, missing))
    tensors[f"{key}.lora_B.weight"] = nn.functional.pad(_plain(b) * factor, (0, missing))


def _plain(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float32).contiguous().clone()


def _feed_forwards(model: Any, adapter_name: str) -> Iterator[MixLoraFeedForward]:
    for module in model.modules():
        if isinstance(module, MixLoraFeedForward) and adapter_name in module.configs:
            yield module


def _attention(model: Any, adapter_name: str) -> Iterator[tuple[int, str, Any]]:
    for name, module in model.named_modules():
        match = re.search(r"layers\.(\d+)\.self_attn\.(\w+)$", name)
        if match and isinstance(module, LoraLayer) and adapter_name in module.lora_A:
            yield int(match.group(1)), match.group(2), module


def _targets_by_layer(
    layers: list[MixLoraFeedForward], attention: list[tuple[int, str, Any]], adapter_name: str
) -> list[set[str]]:
    """Return the names of the adapted projections of each layer that has any, in the order of depth."""
    found: dict[int, set[str]] = defaultdict(set)
    for layer in layers:
        bank = layer.bank(adapter_name)
        found[layer.depth] |= {name for name in layer.feed_forward.projections if bank.pair(name) is not None}
    for depth, projection, _ in attention:
        found[depth].add(projection)
    return [found[depth] for depth in sorted(found)]


def _unwritable(
    model: Any, config: MixLoraConfig, layers: list[MixLoraFeedForward], targets: list[set[str]], adapter_name: str
) -> Iterator[Problem]:
    remedy = tr("Export it in the PEFT format instead.")
    if config.use_dora:
        yield Problem("use_dora", tr("The reference's format has no place for DoRA's magnitudes."), remedy)
    if config.routing_strategy != "mixlora":
        yield Problem(
            "routing_strategy",
            tr("The reference cannot run {routing_strategy!r}.", routing_strategy=config.routing_strategy),
            remedy,
        )
    if len({config.experts_of(layer.depth) for layer in layers}) > 1:
        yield Problem("layer_experts", tr("The reference needs the same number of experts in every layer."), remedy)
    if len(targets) < _text_config(model).num_hidden_layers or any(names != targets[0] for names in targets):
        yield Problem("target_modules", tr("The reference adapts the same projections in every layer."), remedy)
    biases = [layer.router(adapter_name).selection_bias for layer in layers]
    if any(bias is not None and bool(bias.any()) for bias in biases):
        yield Problem("balance_bias_rate", tr("The reference's router has no selection bias."), remedy)


def _text_config(model: Any) -> Any:
    return model.get_base_model().config.get_text_config()


def _config_for_reference(model: Any, config: MixLoraConfig, rank: int, alpha: int) -> dict[str, Any]:
    base = _text_config(model)
    activation = getattr(base, "hidden_activation", None) or base.hidden_act
    return {
        "bias": "none",
        "peft_type": "MIXLORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(config.base_model_name_or_path or getattr(base, "_name_or_path", "") or ""),
        "use_dora": False,
        "use_rslora": bool(config.use_rslora),
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": _HARMLESS_DROPOUT,
        "training_lora_dropout": float(config.lora_dropout),
        "routing_strategy": "mixlora",
        "num_experts": config.experts_of(0),
        "top_k": config.top_k,
        "act_fn": activation,
        "router_aux_loss_coef": float(config.router_aux_loss_coef),
        "router_init_range": float(config.router_init_range),
        "jitter_noise": 0.0,
    }
