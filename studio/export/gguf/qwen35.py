"""Qwen 3.5 in llama.cpp: how its linear attention and its norms are stored there, and what the header says of them.

llama.cpp's norms multiply by their weight and transformers' by 1 + weight; it holds the decay -exp(A_log) itself; and
where several value heads share a key head, they follow one another by their place in the group, not by group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from studio.core.words import tr

NAMES = ("qwen35", "qwen35moe")
SECTIONS = [11, 11, 10, 0]  # of the rotated part, for places in pictures and in time: text has the same in all


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a stock tensor on its way into the file, and back.

    slack: by how much, as a share of 1 + |value|, float32 may miss the value after both.
    """

    into: Callable[[Tensor], Tensor]
    back: Callable[[Tensor], Tensor]
    slack: float = 0.0


def told_name(name: str) -> str:
    """The stock tensor's name as the gguf package's table has it."""
    return name.replace("linear_attn.dt_bias", "linear_attn.dt_proj.bias")


def change_of(name: str, config: dict[str, Any]) -> Change | None:
    """What happens to the stock tensor `name`; None where it stays as it is."""
    if name.endswith("norm.weight") and not name.endswith("linear_attn.norm.weight"):
        return Change(lambda tensor: tensor.float() + 1, lambda tensor: tensor - 1, 2.0**-22)
    if name.endswith("shared_expert_gate.weight"):
        return Change(lambda tensor: tensor[0], lambda tensor: tensor[None])
    if ".linear_attn." not in name:
        return None
    groups, heads = int(config["linear_num_key_heads"]), int(config["linear_num_value_heads"])
    keys = 2 * groups * int(config["linear_key_head_dim"])
    width = int(config["linear_value_head_dim"])
    apart, together = (
        partial(_regrouped, groups=groups, each=heads // groups),
        partial(_regrouped, groups=heads // groups, each=groups),
    )
    match name.rpartition("linear_attn.")[2]:
        case "A_log":
            return Change(
                lambda tensor: -torch.exp(apart(tensor.float())),
                lambda tensor: together(torch.log(-tensor)),
                2.0**-20,
            )
        case "dt_bias" | "in_proj_a.weight" | "in_proj_b.weight":
            return Change(apart, together)
        case "in_proj_z.weight":
            return Change(partial(apart, width=width), partial(together, width=width))
        case "in_proj_qkv.weight":
            return Change(partial(_after, keys, apart, width), partial(_after, keys, together, width))
        case "conv1d.weight":
            return Change(
                lambda tensor: _after(keys, apart, width, tensor[:, 0]),
                lambda tensor: _after(keys, together, width, tensor)[:, None],
            )
        case "out_proj.weight":
            return Change(
                lambda tensor: apart(tensor.T, width=width).T, lambda tensor: together(tensor.T, width=width).T
            )
    return None


def _regrouped(tensor: Tensor, groups: int, each: int, width: int = 1) -> Tensor:
    """Rows in `groups` of `each` heads of `width` rows, put so that the first heads of all groups come first."""
    heads = tensor.reshape(groups, each, width, *tensor.shape[1:])
    return heads.transpose(0, 1).reshape(tensor.shape)


def _after(keys: int, regroup: Callable[..., Tensor], width: int, tensor: Tensor) -> Tensor:
    """The rows after the first `keys` regrouped."""
    return torch.cat([tensor[:keys], regroup(tensor[keys:], width=width)])


def header_of(config: dict[str, Any]) -> dict[str, Any]:
    """What the header says beside what every architecture's does, by the key without the architecture."""
    found: dict[str, Any] = {
        "ssm.conv_kernel": int(config["linear_conv_kernel_dim"]),
        "ssm.state_size": int(config["linear_key_head_dim"]),
        "ssm.group_count": int(config["linear_num_key_heads"]),
        "ssm.time_step_rank": int(config["linear_num_value_heads"]),
        "ssm.inner_size": int(config["linear_value_head_dim"]) * int(config["linear_num_value_heads"]),
        "attention.recurrent_layers": [kind == "linear_attention" for kind in config["layer_types"]],
        "rope.dimension_sections": _sections(config),
    }
    if config.get("num_experts"):
        found["expert_feed_forward_length"] = int(config["moe_intermediate_size"])
        found["expert_shared_feed_forward_length"] = int(config["shared_expert_intermediate_size"])
    return found


def missing(config: dict[str, Any]) -> str:
    """What llama.cpp cannot compute of a Qwen 3.5 with this config, as a clause; "" where it can."""
    if config["linear_key_head_dim"] != config["linear_value_head_dim"]:
        return tr("llama.cpp wants keys and values of its linear attention to be equally wide")
    if sum(_sections(config)) > (config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]):
        return tr("llama.cpp wants heads that are as wide as the sections of its positions")
    return ""


def _sections(config: dict[str, Any]) -> list[int]:
    told = (config.get("rope_parameters") or {}).get("mrope_section")
    return [*map(int, told), 0] if told else SECTIONS
