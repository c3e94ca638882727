"""MoELoRA is a PEFT method like any other: known to it, saved and loaded; see test_routed_methods for the rest."""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from peft import PeftType
from safetensors.torch import load_file

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.methods.moelora import MoeLoraConfig
from studio.methods.protocols import routed_method
from studio.methods.registry import adapter_config


def logits(model, batch):
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits


def trained(model):
    return {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}


def test_that_peft_knows_the_method_beside_mixlora():
    import studio.methods.mixlora  # noqa: F401

    assert PeftType("MOELORA") in list(PeftType)
    assert PeftType.MOELORA != PeftType.MIXLORA


def test_that_it_has_the_parameters_of_lora_at_its_rank_and_the_routers(tiny_llama):
    fields = {"r": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    lora = trained(peft.get_peft_model(tiny_llama(), peft.LoraConfig(**fields)))
    ours = trained(peft.get_peft_model(tiny_llama(), MoeLoraConfig(num_experts=4, **fields)))
    routers = {name: count for name, count in ours.items() if "lora_router" in name}
    assert {name: count for name, count in ours.items() if name not in routers} == lora
    assert sum(routers.values()) == 2 * 4 * (6 * 32 + 64)


def test_that_only_the_papers_projections_are_adapted_when_none_are_named(tiny_llama):
    model = peft.get_peft_model(tiny_llama(), MoeLoraConfig(r=8, num_experts=4))
    assert [name.rpartition(".")[2] for name in model.base_model.routed_layers()] == ["q_proj", "v_proj"] * 2


def test_that_the_output_is_the_gated_sum_of_the_experts_said_plainly(adapted):
    torch.manual_seed(0)
    layer = adapted(lora_alpha=5).eval().base_model.model.model.layers[0].mlp.down_proj
    x = torch.randn(2, 5, 64)
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    expected = layer.base_layer(x)
    scores = x @ layer.router("default").weight.t()
    for row in range(2):
        for place in range(5):
            best = scores[row, place].topk(2)
            for gate, expert in zip(best.values.softmax(0), best.indices.tolist(), strict=True):
                own = slice(3 * expert, 3 * expert + 3)
                expected[row, place] = expected[row, place] + gate * 5 / 3 * (b[:, own] @ (a[own] @ x[row, place]))
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("low_cpu_mem_usage", [False, True])
@pytest.mark.parametrize("fields", [{}, {"use_rslora": True}, {"target_modules": ["q_proj", "up_proj"], "memory": 5}])
def test_that_saving_and_loading_restores_every_expert_and_router_and_no_memory(
    adapted, tiny_llama, batch, tmp_path: Path, fields, low_cpu_mem_usage
):
    model = adapted(**fields).train()
    model(**batch)
    model.eval()
    model.save_pretrained(tmp_path)
    written = load_file(tmp_path / "adapter_model.safetensors")
    held = {n: t for n, t in model.state_dict().items() if "lora_" in n}
    assert len(written) == len(held)
    assert not any("memory" in name for name in written)
    loaded = peft.PeftModel.from_pretrained(tiny_llama(), tmp_path, low_cpu_mem_usage=low_cpu_mem_usage).eval()
    for name, tensor in held.items():
        assert torch.equal(loaded.state_dict()[name], tensor), name
    assert torch.equal(logits(loaded, batch), logits(model, batch))
    for name, buffer in loaded.named_buffers():
        assert not buffer.is_meta, name
    loaded.train()
    loaded(**batch)
    assert loaded.base_model.auxiliary_values()["contrastive"].isfinite()


def test_that_the_memories_are_buffers_that_a_runs_checkpoint_can_find_and_put_back(adapted, batch):
    model = adapted().train()
    model(**batch)
    memories = {name: buffer for name, buffer in model.named_buffers() if "lora_memory" in name}
    assert len(memories) == 14 * 2
    assert all(memories[name].sum() > 0 for name in memories if name.endswith("written"))
    fresh = adapted().train()
    for name, buffer in fresh.named_buffers():
        if "lora_memory" in name:
            buffer.copy_(memories[name])
    for one in (model, fresh):
        one(**batch)
    first, second = (one.base_model.auxiliary_values()["contrastive"] for one in (model, fresh))
    assert torch.equal(first, second)


def test_that_the_saved_config_holds_every_field(adapted, tmp_path: Path):
    fields = {"num_experts": 6, "top_k": 3, "contrastive_coef": 0.5, "temperature": 0.1, "memory": 9, "pairs": 11}
    adapted(balance_coef=0.002, **fields).save_pretrained(tmp_path)
    written = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    assert written["peft_type"] == "MOELORA"
    assert fields.items() <= written.items()
    assert written["balance_coef"] == 0.002


def test_that_a_second_adapter_on_fewer_projections_routes_these_alone(adapted, batch):
    model = adapted()
    fewer = {"r": 6, "num_experts": 3, "target_modules": ["v_proj", "down_proj"], "task_type": "CAUSAL_LM"}
    model.add_adapter("second", MoeLoraConfig(**fewer))
    model.set_adapter("second")
    model.train()
    model(**batch)
    assert all(value.isfinite() for value in model.base_model.auxiliary_values().values())
    assert model.base_model.take_loads().sum(-1)[0].count_nonzero() == 4  # two projections in each of two layers


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"r": 8, "num_experts": 8}, "nothing to contrast"),
        ({"r": 20, "num_experts": 8}, "multiple of 8"),
        ({"r": 16, "num_experts": 1}, "from 2 to 256"),
        ({"r": 16, "top_k": 1}, "learn nothing"),
        ({"r": 16, "top_k": 9}, "there are 8"),
        ({"r": 16, "temperature": 0.0}, "temperature"),
        ({"r": 16, "memory": -1}, "memory"),
        ({"r": 16, "use_dora": True}, "DoRA"),
        ({"r": 16, "bias": "all"}, "bias"),
    ],
)
def test_that_what_cannot_be_is_refused_with_the_reason(fields, words):
    with pytest.raises(ProblemError, match=words):
        MoeLoraConfig(**fields)


def test_that_the_embedding_is_no_target(tiny_llama):
    with pytest.raises(ProblemError, match="not a linear projection"):
        peft.get_peft_model(tiny_llama(), MoeLoraConfig(r=16, target_modules=["embed_tokens"]))


def test_that_the_recipe_reaches_every_field():
    table = MethodTable(
        name="moelora", rank=24, experts=6, top_k=3, alpha=9, dropout=0.1, balance=0.2, contrastive=0.3,
        temperature=0.4, memory=5, pairs=6, targets=["q_proj"],
    )  # fmt: skip
    config = adapter_config(table)
    assert isinstance(config, MoeLoraConfig)
    assert (config.r, config.num_experts, config.top_k, config.lora_alpha) == (24, 6, 3, 9)
    assert (config.lora_dropout, config.balance_coef, config.contrastive_coef) == (0.1, 0.2, 0.3)
    assert (config.temperature, config.memory, config.pairs) == (0.4, 5, 6)
    assert config.target_modules == {"q_proj"}


@pytest.mark.parametrize("name", ["lora", "dora"])
def test_that_the_baselines_are_pefts_own_and_route_nothing(name, tiny_llama):
    config = adapter_config(MethodTable(name=name, rank=4))
    model = peft.get_peft_model(tiny_llama(), config)
    assert type(config) is peft.LoraConfig
    assert config.use_dora == (name == "dora")
    assert any("magnitude" in parameter for parameter in trained(model)) == (name == "dora")
    assert routed_method(model) is None
