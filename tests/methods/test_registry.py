"""The recipe's method table becomes the PEFT config that it describes."""

from __future__ import annotations

import peft
import pytest

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable
from studio.methods.mixlora import MixLoraConfig
from studio.methods.registry import CONFIGS, adapter_config


def test_that_the_default_table_is_the_papers_mixlora():
    config = adapter_config(MethodTable())
    assert isinstance(config, MixLoraConfig)
    assert (config.r, config.lora_alpha, config.lora_dropout, config.num_experts, config.top_k) == (16, 32, 0.05, 8, 2)
    assert config.router_aux_loss_coef == 0.01
    assert config.task_type == "CAUSAL_LM"


def test_that_all_targets_mean_every_projection_and_never_the_head(tiny_llama):
    model = peft.get_peft_model(tiny_llama(), adapter_config(MethodTable(rank=2, experts=4)))
    trained = {n.rpartition(".lora_")[0].rpartition(".")[2] for n, p in model.named_parameters() if p.requires_grad}
    assert trained == {"q_proj", "k_proj", "v_proj", "o_proj", "mlp"}


def test_that_every_option_of_the_engine_reaches_it():
    config = adapter_config(
        MethodTable(
            routing="top-p", top_p=0.7, capacity=9, balance_scope="pooled", balance_bias=0.001, z_loss=0.01,
            jitter=0.1, magnitudes=True, rank_stabilised=True, attention_rank=4, layer_ranks=[2, 4],
            targets=["up_proj"],
        )
    )  # fmt: skip
    assert config.routing_strategy == "mixlora-dynamic"
    assert (config.top_p, config.expert_capacity, config.balance_scope) == (0.7, 9, "pooled")
    assert (config.balance_bias_rate, config.router_z_loss_coef, config.jitter_noise) == (0.001, 0.01, 0.1)
    assert config.use_dora
    assert config.use_rslora
    assert adapter_config(MethodTable(goat_scaling=True)).use_goat_scaling
    assert config.layer_ranks == [2, 4]
    assert config.target_modules == {"up_proj"}
    assert config.attention_alpha / config.attention_r**0.5 == pytest.approx(config.lora_alpha / config.r**0.5)


def test_that_every_method_has_a_builder():
    assert list(CONFIGS) == list(METHODS)


@pytest.mark.parametrize(("name", "dora"), [("lora", False), ("dora", True)])
def test_that_the_baselines_are_pefts_own(name, dora):
    config = adapter_config(MethodTable(name=name, rank_stabilised=True))
    assert type(config) is peft.LoraConfig
    assert config.use_dora is dora
    assert config.use_rslora
    assert config.target_modules == "all-linear"
