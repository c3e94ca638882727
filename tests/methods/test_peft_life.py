"""MixLoRA is a PEFT method like any other: added, saved, loaded, switched, disabled, deleted, generated with."""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from peft import PeftType
from safetensors.torch import load_file

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig, MixLoraFeedForward
from studio.methods.registration import add_peft_type, register_method
from tests.methods.conftest import randomise


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


def test_that_a_fresh_adapter_leaves_the_base_exactly_as_it_was(tiny_llama, batch):
    expected = logits(tiny_llama().eval(), batch)
    model = peft.get_peft_model(tiny_llama(), MixLoraConfig(r=4, num_experts=4)).eval()
    torch.testing.assert_close(logits(model, batch), expected, rtol=0, atol=1e-6)


def test_that_only_adapters_and_routers_are_trained(adapted):
    trained = {name for name, p in adapted().named_parameters() if p.requires_grad}
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


def test_that_two_adapters_on_one_base_are_switched_disabled_and_deleted(adapted, tiny_llama, batch):
    model = adapted().eval()
    first = logits(model, batch)
    model.add_adapter("second", MixLoraConfig(r=2, num_experts=3, top_k=1, task_type="CAUSAL_LM"))
    model.set_adapter("second")
    randomise(model, seed=9)
    model.eval()
    second = logits(model, batch)
    assert not torch.allclose(first, second, atol=1e-3)
    assert model.base_model.experts_per_layer() == [3, 3]
    model.set_adapter("default")
    assert torch.equal(logits(model, batch), first)
    with model.disable_adapter():
        torch.testing.assert_close(logits(model, batch), logits(tiny_llama().eval(), batch), rtol=0, atol=0)
    model.set_adapter("second")
    model.delete_adapter("default")
    assert torch.equal(logits(model, batch), second)
    assert not any("default" in name for name in model.state_dict())


def test_that_a_second_adapter_is_not_trained_until_it_is_active(adapted):
    model = adapted()
    model.add_adapter("second", MixLoraConfig(r=2, num_experts=3, top_k=1, task_type="CAUSAL_LM"))
    assert not any(p.requires_grad for n, p in model.named_parameters() if ".second" in n)
    model.set_adapter("second")
    assert all(p.requires_grad for n, p in model.named_parameters() if ".second" in n)
    assert not any(p.requires_grad for n, p in model.named_parameters() if ".default" in n)


def test_that_generating_with_and_without_cache_gives_the_same_tokens(adapted, batch):
    model = adapted().eval()
    rows = {
        "input_ids": batch["input_ids"].flip(1),
        "attention_mask": batch["attention_mask"].flip(1),
        "max_new_tokens": 6,
        "do_sample": False,
        "pad_token_id": 0,
    }
    assert torch.equal(model.generate(**rows, use_cache=True), model.generate(**rows, use_cache=False))


def test_that_unloading_gives_the_base_back_without_hooks(adapted, tiny_llama, batch):
    base = adapted().unload().eval()
    assert not any(isinstance(m, MixLoraFeedForward) for m in base.modules())
    assert not base._forward_pre_hooks
    assert torch.equal(logits(base, batch), logits(tiny_llama().eval(), batch))


def test_that_merging_is_refused_with_a_way_out(adapted):
    with pytest.raises(ProblemError, match="MoE checkpoint"):
        adapted().merge_and_unload()


def test_that_mixing_adapters_within_a_batch_is_refused(adapted, batch):
    with pytest.raises(ProblemError, match="set_adapter"):
        adapted().eval()(input_ids=batch["input_ids"], adapter_names=["default"] * 3)
