"""MixLoRA is a PEFT method like any other: known to it, saved and loaded; see test_routed_methods for the rest."""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from peft import PeftType
from safetensors.torch import load_file

from studio.methods.mixlora import MixLoraConfig
from studio.methods.registration import add_peft_type, register_method


def logits(model, batch):
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits


def test_that_the_closed_enumeration_knows_the_new_member_in_every_way_that_peft_asks():
    member = add_peft_type("mixlora")
    assert PeftType("MIXLORA") is member
    assert PeftType["MIXLORA"] is member
    assert PeftType.MIXLORA is member
    assert member in list(PeftType)
    assert "MIXLORA" in list(PeftType)
    assert f"{member.value}" == "MIXLORA"


def test_that_registering_twice_changes_nothing():
    from peft.mapping import PEFT_TYPE_TO_TUNER_MAPPING

    before = dict(PEFT_TYPE_TO_TUNER_MAPPING)
    register_method(name="mixlora", config_cls=MixLoraConfig, model_cls=before[PeftType("MIXLORA")])
    assert before == PEFT_TYPE_TO_TUNER_MAPPING


def test_that_only_adapters_and_routers_are_trained(adapted):
    model = adapted()
    assert model.base_model.routed_layers() == ["model.layers.0.mlp", "model.layers.1.mlp"]
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained
    assert all("lora_" in name for name in trained)
    assert sum("lora_router" in name for name in trained) == 2
    assert sum("lora_experts" in name for name in trained) == 2 * 3 * 2


@pytest.mark.parametrize("low_cpu_mem_usage", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"use_rslora": True},
        {"routing_strategy": "mixlora-dynamic"},
        {"routing_strategy": "mixlora-switch", "expert_capacity": 3},
        {"balance_bias_rate": 0.01},
        {"layer_experts": [3, 5], "layer_ranks": [2, 6], "attention_r": 3},
        {"target_modules": ["q_proj", "up_proj"]},
    ],
    ids=["plain", "rslora", "top-p", "switch", "bias", "per-layer", "few-targets"],
)
def test_that_saving_and_loading_restores_every_expert_and_router(
    adapted, tiny_llama, batch, tmp_path: Path, fields, low_cpu_mem_usage
):
    model = adapted(**fields).eval()
    for name, buffer in model.named_buffers():
        if "selection_bias" in name:
            buffer.uniform_(-0.3, 0.3)
    model.save_pretrained(tmp_path)
    written = load_file(tmp_path / "adapter_model.safetensors")
    held = {n: t for n, t in model.state_dict().items() if "lora_" in n}
    assert len(written) == len(held)
    loaded = peft.PeftModel.from_pretrained(tiny_llama(), tmp_path, low_cpu_mem_usage=low_cpu_mem_usage).eval()
    for name, tensor in held.items():
        assert torch.equal(loaded.state_dict()[name], tensor), name
    assert torch.equal(logits(loaded, batch), logits(model, batch))


def test_that_the_saved_config_reads_like_the_reference(adapted, tmp_path: Path):
    adapted(r=4, num_experts=6, top_k=3, router_aux_loss_coef=0.002).save_pretrained(tmp_path)
    written = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    assert written["peft_type"] == "MIXLORA"
    assert written["num_experts"] == 6
    assert written["top_k"] == 3
    assert written["routing_strategy"] == "mixlora"
    assert written["router_aux_loss_coef"] == 0.002
    assert sorted(written["target_modules"]) == [
        "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj",
    ]  # fmt: skip
