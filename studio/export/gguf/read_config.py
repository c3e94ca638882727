"""The numbers in a file's header as a stock config has them: what llama.cpp goes by, and not what was to be written."""

from __future__ import annotations

from typing import Any

from studio.export.gguf.architecture import architecture_of, expert_count, head_size
from studio.export.gguf.metadata import context_length
from studio.export.gguf.read_back import GgufContents, UnfaithfulFileError
from studio.export.gguf.rope import rope_of

_SAME = {
    "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
    "vocab_size": "vocab_size",
    "attention.scale": "attention_multiplier",
    "embedding_scale": "embedding_multiplier",
    "residual_scale": "residual_multiplier",
    "logit_scale": "logits_scaling",
}
_NEAR = 1e-6  # relative: the header's numbers are float32


def config_in(contents: GgufContents, config: dict[str, Any]) -> dict[str, Any]:
    """`config` with every number that the header holds taken from there.

    Raises UnfaithfulFileError where the header says something else, or nothing.
    """
    architecture = architecture_of(config)
    fields = contents.fields
    if fields["general.architecture"] != architecture.name:
        raise UnfaithfulFileError(f"the header says {fields['general.architecture']}, and not {architecture.name}")
    told: dict[str, Any] = {}
    for key, name in _SAME.items():
        if name in config and config[name] is not None and (key in _common() or f"{architecture.name}.{key}" in fields):
            told[name] = _checked(fields, f"{architecture.name}.{key}", config[name])
    experts = expert_count(config)
    rope = rope_of(config, architecture)
    expected = {
        "attention.key_length": head_size(config),
        "attention.value_length": head_size(config),
        "rope.dimension_count": head_size(config),
        "rope.freq_base": rope.base,
        "context_length": context_length(config),
    }
    if experts:
        expected |= {"expert_count": experts, "expert_used_count": config["num_experts_per_tok"]}
        told["num_experts_per_tok"] = int(fields[f"{architecture.name}.expert_used_count"])
    if rope.scaling in ("linear", "yarn"):
        expected["rope.scaling.factor"] = rope.factor
    for key, value in expected.items():
        _checked(fields, f"{architecture.name}.{key}", value)
    return config | told


def _common() -> tuple[str, ...]:
    return tuple(_SAME)[:6]


def _checked(fields: dict[str, Any], key: str, expected: Any) -> Any:
    value = fields.get(key)
    if value is None or abs(float(value) - float(expected)) > _NEAR * abs(float(expected)):
        raise UnfaithfulFileError(f"{key} is {value} in the header, and {expected} in the model")
    return type(expected)(value)
