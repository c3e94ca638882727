"""Whatever is wrong with a config is told in words, field by field, before any model is touched."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig

NAN = float("nan")
BOTH: list[dict[str, Any]] = [
    {"r": 0}, {"r": -1}, {"r": "16"}, {"r": 8.5}, {"r": None}, {"r": True}, {"r": [8]},
    {"lora_alpha": 0}, {"lora_alpha": -1}, {"lora_alpha": NAN}, {"lora_alpha": "32"}, {"lora_alpha": float("inf")},
    {"lora_dropout": 1.0}, {"lora_dropout": -0.1}, {"lora_dropout": NAN},
    {"num_experts": 0}, {"num_experts": -2}, {"top_k": 0}, {"top_k": 9}, {"top_k": 1.5}, {"top_k": None},
    {"router_init_range": 0}, {"router_init_range": NAN},
    {"bias": "all"}, {"lora_bias": True}, {"init_lora_weights": "pissa"}, {"init_lora_weights": False},
    {"rank_pattern": {"up_proj": 8}}, {"alpha_pattern": {"up_proj": 8}}, {"layer_replication": [(0, 2)]},
    {"target_parameters": ["mlp.weight"]}, {"fan_in_fan_out": True},
]  # fmt: skip
MIXLORA: list[dict[str, Any]] = [
    {"routing_strategy": "mixtral"}, {"form": "fast"}, {"balance_scope": "all"}, {"expert_capacity": 0},
    {"layer_experts": [8, 1]}, {"layer_experts": []}, {"layer_experts": 8}, {"layer_ranks": [4, 0]},
    {"layer_ranks": [4, 2.5]}, {"attention_r": 0}, {"attention_alpha": -1}, {"top_p": 2.0},
    {"router_aux_loss_coef": -1}, {"router_z_loss_coef": 2}, {"jitter_noise": 1.0}, {"balance_bias_rate": -0.1},
]  # fmt: skip
MOELORA: list[dict[str, Any]] = [
    {"num_experts": 1}, {"top_k": 1}, {"r": 9}, {"r": 8}, {"temperature": 0}, {"memory": -1}, {"memory": 1.5},
    {"pairs": -1}, {"contrastive_coef": -1}, {"balance_coef": NAN}, {"use_dora": True},
]  # fmt: skip
# What is told of a pair names the field that is out of step with the other.
TOLD_AS = {"alpha_pattern": "rank_pattern", "lora_bias": "bias"}


def told(config: type, fields: dict[str, Any]) -> None:
    (field,) = fields
    with pytest.raises(ProblemError) as refused:
        config(**fields)
    wheres = [problem.where for problem in refused.value.problems]
    assert any(TOLD_AS.get(field, field) in where or where.endswith(".top_k") for where in wheres), wheres
    assert all(problem.what and problem.remedy for problem in refused.value.problems)


@pytest.mark.parametrize("fields", BOTH + MIXLORA, ids=str)
def test_that_mixlora_refuses_in_words(fields):
    told(MixLoraConfig, fields)


@pytest.mark.parametrize("fields", BOTH + MOELORA, ids=str)
def test_that_moelora_refuses_in_words(fields):
    told(MoeLoraConfig, fields)


def test_that_everything_wrong_is_told_at_once():
    with pytest.raises(ProblemError) as refused:
        MixLoraConfig(r=0, lora_alpha=-1, top_p=3, form="fast", bias="all")
    assert [problem.where.rpartition(".")[2] for problem in refused.value.problems] == [
        "r", "lora_alpha", "top_p", "form", "bias",
    ]  # fmt: skip


def test_that_whole_numbers_of_any_kind_are_numbers():
    import numpy as np

    assert MixLoraConfig(r=np.int64(8), lora_alpha=np.float32(4)).r == 8
