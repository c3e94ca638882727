"""The numbers in a file's header as a stock config has them: what llama.cpp goes by, and not what was to be written."""

from __future__ import annotations

from typing import Any

from studio.export.gguf import qwen35
from studio.export.gguf.architecture import architecture_of, expert_count, head_size, rotated_size
from studio.export.gguf.metadata import context_length
from studio.export.gguf.read_back import GgufContents, UnfaithfulFileError
from studio.export.gguf.rope import FACTORS, LONG_FACTORS, SHORT_FACTORS, Rope, rope_of, rotates_as
from studio.export.gguf.tensor_names import Piece

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
        "context_length": context_length(config),
    }
    if experts:
        expected |= {"expert_count": experts, "expert_used_count": config["num_experts_per_tok"]}
        told["num_experts_per_tok"] = int(fields[f"{architecture.name}.expert_used_count"])
    if architecture.name in qwen35.NAMES:
        expected |= qwen35.header_of(config)
    for key, value in expected.items():
        _checked(fields, f"{architecture.name}.{key}", value)
    _check_positions(contents, f"{architecture.name}.rope.", rope, config)
    return config | told


def _check_positions(contents: GgufContents, start: str, rope: Rope, config: dict[str, Any]) -> None:
    """Compare every key and tensor of the positions: none may be missing, and none be there that was not wanted."""
    expected: dict[str, Any] = {"dimension_count": rotated_size(config), "freq_base": rope.base}
    if start.split(".")[0] in qwen35.NAMES:
        expected["dimension_sections"] = qwen35.header_of(config)["rope.dimension_sections"]
    if rope.scaling != "none":
        expected["scaling.type"] = rope.scaling
    if rope.scaling in ("linear", "yarn"):
        expected["scaling.factor"] = rope.factor
    if rope.original_context:
        expected["scaling.original_context_length"] = rope.original_context
    if rope.scaling == "yarn":
        expected |= {"scaling.yarn_beta_fast": rope.beta_fast, "scaling.yarn_beta_slow": rope.beta_slow}
    held = {key.removeprefix(start): value for key, value in contents.fields.items() if key.startswith(start)}
    if "scaling.attn_factor" in held or abs(rope.attention - 1.0) > _NEAR:
        expected["scaling.attn_factor"] = rope.attention
    if odd := sorted(held.keys() - expected.keys()):
        raise UnfaithfulFileError(f"the header holds {start}{odd[0]}, which the model's positions do not have")
    for key, value in expected.items():
        if isinstance(value, str):
            if held.get(key) != value:
                raise UnfaithfulFileError(f"{start}{key} is {held.get(key)} in the header, and {value} in the model")
        else:
            _checked(contents.fields, f"{start}{key}", value)
    tensors = {name for name in (FACTORS, LONG_FACTORS, SHORT_FACTORS) if name in contents.tensors}
    told = Rope(
        float(held["freq_base"]),
        held.get("scaling.type", "none"),
        float(held.get("scaling.factor", 1.0)),
        int(held.get("scaling.original_context_length", 0)),
        float(held.get("scaling.attn_factor", 1.0)),
        float(held.get("scaling.yarn_beta_fast", 32.0)),
        float(held.get("scaling.yarn_beta_slow", 1.0)),
        {name: contents.values(Piece(name)) for name in tensors},
    )
    if tensors != rope.tensors.keys() or not rotates_as(told, config):
        raise UnfaithfulFileError("the file's positions are not the model's")


def _common() -> tuple[str, ...]:
    return tuple(_SAME)[:6]


def _checked(fields: dict[str, Any], key: str, expected: Any) -> Any:
    value = fields.get(key)
    if isinstance(expected, list):
        if value != expected:
            raise UnfaithfulFileError(f"{key} is {value} in the header, and {expected} in the model")
        return value
    if value is None or abs(float(value) - float(expected)) > _NEAR * abs(float(expected)):
        raise UnfaithfulFileError(f"{key} is {value} in the header, and {expected} in the model")
    return type(expected)(value)
