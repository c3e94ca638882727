"""An adapter's config, checked before PEFT acts on it: absurd numbers, patterns that never end, and calls for code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from studio.core.problem import Problem, ProblemError

REQUIRED = {
    "LORA": ("r", "lora_alpha", "target_modules"),
    "MIXLORA": ("r", "lora_alpha", "target_modules", "num_experts", "top_k", "routing_strategy"),
    "MOELORA": ("r", "lora_alpha", "target_modules", "num_experts", "top_k"),
}
"""The kinds of adapters that are read, and what must be said of each: a default would be a guess."""

WHOLE = {
    "r": (1, 4096), "num_experts": (1, 1024), "top_k": (1, 1024), "attention_r": (1, 4096),
    "expert_capacity": (1, 2**20), "memory": (0, 2**16), "pairs": (0, 2**20), "qalora_group_size": (1, 2**16),
}  # fmt: skip
REAL = {
    "lora_alpha": (0, 1e6), "attention_alpha": (0, 1e6), "lora_dropout": (0, 1), "router_aux_loss_coef": (0, 10),
    "router_z_loss_coef": (0, 1), "router_init_range": (0, 100), "jitter_noise": (0, 0.5), "balance_bias_rate": (0, 1),
    "top_p": (0, 1), "balance_coef": (0, 10), "contrastive_coef": (0, 10), "temperature": (0, 100),
}  # fmt: skip
FLAGS = (
    "use_rslora", "use_dora", "use_goat_scaling", "fan_in_fan_out", "inference_mode", "ensure_weight_tying",
    "lora_bias", "whole_logits",
)  # fmt: skip
WORDS = {
    "bias": ("none", "all", "lora_only"), "task_type": ("CAUSAL_LM",),
    "routing_strategy": ("mixlora", "mixlora-dynamic", "mixlora-switch"), "balance_scope": ("layer", "pooled"),
    "form": ("auto", "fused", "sorted", "masked", "loop"), "megatron_core": ("megatron.core",),
}  # fmt: skip
TEXTS = ("peft_type", "base_model_name_or_path", "revision", "peft_version")
NAMES = ("target_modules", "exclude_modules", "modules_to_save", "layers_pattern")
LISTS = {"layer_experts": (1, 1024), "layer_ranks": (1, 4096), "layers_to_transform": (0, 4096)}
PATTERNS = {"rank_pattern": (1, 4096), "alpha_pattern": (0, 1e6)}
INITIAL = (True, False, "gaussian", "orthogonal")  # others change the base model while an adapter is loaded
MOST_NAMES = 20_000
REMEDY = "Get the adapter from its maker again; do not use it if it came so."


def check_config(where: str, config: dict[str, Any]) -> None:
    """Raise ProblemError, naming every fault, for an adapter_config.json that is not safe or not fully understood."""
    kind = config.get("peft_type")
    if not isinstance(kind, str) or kind not in REQUIRED:
        raise ProblemError.at(
            where, f"its peft_type is {kind!r:.60}.", f"Adapters of the kinds {', '.join(REQUIRED)} are read."
        )
    ProblemError.raise_any(Problem(where, f"{what}.", REMEDY) for what in _faults(kind, config))


def is_harmless_pattern(pattern: str) -> bool:
    """Whether matching the regular expression on a module's name surely ends soon.

    What is repeated must be a single character or set, never a group; repetitions and groups are few.
    """
    if len(pattern) > 2000 or re.search(r"\)[*+?{]|\(\?(?!:)|\\[1-9A-Za-z](?<!\\[bdwsBDWS])|[*+?}][*+?{]", pattern):
        return False
    if len(re.findall(r"(?<!\\)[*+{(]", pattern)) > 4:
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _faults(kind: str, config: dict[str, Any]) -> Iterator[str]:
    for name in REQUIRED[kind]:
        if config.get(name) is None:
            yield f"it does not say {name}"
    for name, value in config.items():
        if value is not None and (fault := _fault(name, value)):
            yield f"{name!r:.60} is {value!r:.60}{fault}"


def _fault(name: str, value: Any) -> str:
    """What is wrong with one field, as the end of a sentence; nothing where all is well."""
    if name in WHOLE:
        return "" if _number(value, *WHOLE[name], whole=True) else _outside(WHOLE[name])
    if name in REAL:
        return "" if _number(value, *REAL[name]) else _outside(REAL[name])
    if name in FLAGS:
        return "" if isinstance(value, bool) else ", neither true nor false"
    if name in WORDS:
        return "" if value in WORDS[name] else f", not {' or '.join(WORDS[name])}"
    if name in TEXTS:
        return "" if isinstance(value, str) and len(value) < 2000 and value.isprintable() else ", which is no name"
    if name in NAMES:
        return "" if _are_names(value) else ", which is no list of names and no simple pattern"
    if name in LISTS:
        values = value if isinstance(value, list) else [value]
        fine = len(values) <= 4096 and all(_number(each, *LISTS[name], whole=True) for each in values)
        return "" if fine else _outside(LISTS[name])
    if name in PATTERNS:
        fine = isinstance(value, dict) and len(value) <= MOST_NAMES
        fine = fine and all(is_harmless_pattern(key) and _number(each, *PATTERNS[name]) for key, each in value.items())
        return "" if fine else ", which are no numbers by module"
    if name == "init_lora_weights":
        return "" if value in INITIAL else ", which changes the base model while it is loaded"
    if name == "auto_mapping":
        library = value.get("parent_library", "") if isinstance(value, dict) else None
        known = isinstance(library, str) and re.fullmatch(r"(transformers|peft)(\.\w+)*", library or "peft")
        return "" if known else ", which would import a module of its own"
    # Of every other field, known to PEFT or not, only that it is left out is understood.
    return "" if _is_empty(name, value) else ", which is not understood here"


def _number(value: Any, low: float, high: float, whole: bool = False) -> bool:
    kinds = (int,) if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high


def _outside(bounds: tuple[float, float]) -> str:
    return f", which is not between {bounds[0]:g} and {bounds[1]:g}"


def _are_names(value: Any) -> bool:
    if isinstance(value, str):
        return value == "all-linear" or is_harmless_pattern(value)
    return (
        isinstance(value, list)
        and len(value) <= MOST_NAMES
        and all(isinstance(name, str) and re.fullmatch(r"[\w.-]{1,300}", name) for name in value)
    )


def _is_empty(name: str, value: Any) -> bool:
    # PEFT writes this one out at its defaults.
    if name == "runtime_config" and isinstance(value, dict):
        return not any(value.values())
    return value is False or value in ({}, [], "")
