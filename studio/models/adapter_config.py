"""An adapter's config, checked before PEFT acts on it: absurd numbers, patterns that never end, and calls for code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from studio.core.methods.allowed import Allowed, Flag, Number, Words
from studio.core.methods.fields import STORED_RANK
from studio.core.methods.method import AdapterFile
from studio.core.methods.registry import adapter_files
from studio.core.problem import Problem, ProblemError
from studio.core.words import tr

# Settings that PEFT gives every kind of adapter; what a method adds is declared in `studio.core.methods`.
SETTINGS: dict[str, Allowed] = {
    "qalora_group_size": Number(1, 2**16, whole=True),
    "use_rslora": Flag(), "use_dora": Flag(), "fan_in_fan_out": Flag(), "inference_mode": Flag(),
    "ensure_weight_tying": Flag(), "lora_bias": Flag(),
    "bias": Words(("none", "all", "lora_only")), "task_type": Words(("CAUSAL_LM",)),
    "megatron_core": Words(("megatron.core",)),
}  # fmt: skip
TEXTS = ("peft_type", "base_model_name_or_path", "revision", "peft_version")
NAMES = ("target_modules", "exclude_modules", "modules_to_save", "layers_pattern")
LAYERS = Number(0, 4096, whole=True)
PATTERNS = {"rank_pattern": STORED_RANK, "alpha_pattern": Number(0, 1e6)}
INITIAL = (True, False, "gaussian", "orthogonal")  # others change the base model while an adapter is loaded
MOST_NAMES = 20_000
REMEDY = tr("Get the adapter from its author again; do not use it if it arrived like this.")


def check_config(where: str, config: dict[str, Any]) -> None:
    """Raise ProblemError, naming every fault, for an adapter_config.json that is not safe or not fully understood."""
    kind, known = config.get("peft_type"), adapter_files()
    if not isinstance(kind, str) or kind not in known:
        raise ProblemError.at(
            where,
            tr("its peft_type is {kind}.", kind=f"{kind!r:.60}"),
            tr("Use an adapter of one of the kinds {known}.", known=", ".join(known)),
        )
    ProblemError.raise_any(
        Problem(where, tr("{sentence}.", sentence=what), REMEDY) for what in _faults(known[kind], config)
    )


def is_harmless_pattern(pattern: str) -> bool:
    """Whether matching the regular expression on a module's name is sure to end soon.

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


def _faults(file: AdapterFile, config: dict[str, Any]) -> Iterator[str]:
    for name in file.required:
        if config.get(name) is None:
            yield tr("it does not set {name}", name=name)
    settings = {**SETTINGS, **file.allowed}
    for name, value in config.items():
        if value is None:
            continue
        if name in settings:
            if not settings[name].allows(value):
                yield tr("{field} is {value}, not {allowed}", **_shown(name, value), allowed=settings[name])
        elif fault := _fault(name, value):
            yield fault


def _shown(name: str, value: Any) -> dict[str, str]:
    return {"field": f"{name!r:.60}", "value": f"{value!r:.60}"}


def _fault(name: str, value: Any) -> str:
    """What is wrong with one field, as a clause; empty where nothing is."""
    shown = _shown(name, value)
    if name in TEXTS:
        fine = isinstance(value, str) and len(value) < 2000 and value.isprintable()
        return "" if fine else tr("{field} is {value}, which is not a name", **shown)
    if name in NAMES:
        if _are_names(value):
            return ""
        return tr("{field} is {value}, which is neither a list of names nor a simple pattern", **shown)
    if name == "layers_to_transform":
        layers = value if isinstance(value, list) else [value]
        fine = len(layers) <= LAYERS.high and all(map(LAYERS.allows, layers))
        return "" if fine else tr("{field} is {value}, not {allowed}, nor a list of such", **shown, allowed=LAYERS)
    if name in PATTERNS:
        fine = isinstance(value, dict) and len(value) <= MOST_NAMES
        fine = fine and all(is_harmless_pattern(key) and PATTERNS[name].allows(each) for key, each in value.items())
        return "" if fine else tr("{field} is {value}, which does not map modules to numbers", **shown)
    if name == "init_lora_weights":
        if value in INITIAL:
            return ""
        return tr("{field} is {value}, which changes the base model while it is loaded", **shown)
    if name == "auto_mapping":
        library = value.get("parent_library", "") if isinstance(value, dict) else None
        known = isinstance(library, str) and re.fullmatch(r"(transformers|peft)(\.\w+)*", library or "peft")
        return "" if known else tr("{field} is {value}, which would import a module of its own", **shown)
    # Every other field, known to PEFT or not, is understood only where it is empty.
    return "" if _is_empty(name, value) else tr("{field} is {value}, which is not understood here", **shown)


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
