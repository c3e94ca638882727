"""Frozen bases in float32, bfloat16, NF4 and int8; mixed precision; several families of models."""

from __future__ import annotations

from typing import Any

import peft
import pytest
import torch
import transformers
from torch import nn

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig
from studio.methods.mixlora.frozen import dense_weight
from tests.methods.conftest import VOCABULARY, randomise

SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": VOCABULARY,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
FAMILIES = {
    "llama": {},
    "mistral": {"sliding_window": None},
    "qwen2": {},
    "qwen3": {"head_dim": 16},
    "gemma": {"head_dim": 16},
    "gemma2": {"head_dim": 16},
    "gemma3_text": {"head_dim": 16},
    "smollm3": {},
    "phi3": {},
    "phi": {},
}


def family(name: str, **fields: Any) -> nn.Module:
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(name, **(SIZES | FAMILIES.get(name, {}) | fields))
    return transformers.AutoModelForCausalLM.from_config(config)


def with_adapter(model: nn.Module, **fields) -> peft.PeftModel:
    settings = {"r": 4, "num_experts": 4, "top_k": 2, "task_type": "CAUSAL_LM", "whole_logits": True}
    return randomise(peft.get_peft_model(model, MixLoraConfig(**(settings | fields))))


def step(model, batch):
    model.zero_grad()
    output = model(**batch)
    output.loss.backward()
    return output.logits.detach().float(), {n: p.grad.float() for n, p in model.named_parameters() if p.requires_grad}


def relative(a: torch.Tensor, b: torch.Tensor) -> float:
    return ((a - b).norm() / b.norm().clamp(min=1e-12)).item()


@pytest.mark.parametrize("name", FAMILIES)
def test_that_every_supported_family_trains_every_expert_and_equals_the_loop(name, batch):
    model = with_adapter(family(name)).train()
    logits, gradients = step(model, batch)
    model.base_model.peft_config["default"].form = "loop"
    expected, expected_gradients = step(model, batch)
    assert set(model.base_model.forms_in_use().values()) == {"loop"}
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
    for key, gradient in expected_gradients.items():
        assert relative(gradients[key], gradient) < 1e-3, key
    assert sum("lora_experts" in key for key in gradients) >= 2 * 2 * 2
    assert len(model.base_model.routed_layers()) == 2


def test_that_a_vision_tower_beside_the_decoder_is_left_alone():
    config = transformers.Gemma3Config(
        text_config=SIZES | {"head_dim": 16},
        vision_config={
            "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
            "image_size": 28, "patch_size": 14,
        },
    )  # fmt: skip
    model = transformers.Gemma3ForConditionalGeneration(config)
    adapted = peft.get_peft_model(model, MixLoraConfig(r=2, num_experts=3))
    trained = [n for n, p in adapted.named_parameters() if p.requires_grad]
    assert trained
    assert not any("vision" in n for n in trained)
    assert len(adapted.base_model.routed_layers()) == 2


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("gpt2", {"n_embd": 32, "n_layer": 1, "n_head": 2, "vocab_size": 50}, "GPT2MLP"),
        ("mixtral", SIZES | {"num_local_experts": 2}, "MixtralSparseMoeBlock"),
    ],
)
def test_that_an_unsupported_feed_forward_is_refused_by_name(name, fields, told):
    model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model(name, **fields))
    with pytest.raises(ProblemError, match=told) as refused:
        peft.get_peft_model(model, MixLoraConfig())
    assert "gate_up_proj" in refused.value.problems[0].remedy


def test_that_targets_outside_the_feed_forward_are_refused_with_its_projections():
    with pytest.raises(ProblemError, match="gate_proj"):
        peft.get_peft_model(family("llama"), MixLoraConfig(target_modules=["q_proj", "v_proj"]))


@pytest.mark.parametrize("precision", ["bf16", "nf4", "int8"])
@pytest.mark.parametrize("name", ["llama", "phi3", "phi"])
def test_that_a_small_base_gives_what_its_own_dense_weights_give(name, precision, batch, tmp_path):
    if precision != "bf16":
        pytest.importorskip("bitsandbytes")
    family(name).save_pretrained(tmp_path)
    quantised = {
        "nf4": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True,
                "bnb_4bit_compute_dtype": torch.float32},
        "int8": {"load_in_8bit": True},
    }  # fmt: skip
    options = {"dtype": torch.bfloat16 if precision == "bf16" else torch.float32}
    if precision in quantised:
        options["quantization_config"] = transformers.BitsAndBytesConfig(**quantised[precision])
    packed = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, **options)
    dense = family(name)
    for path, module in packed.named_modules():
        if hasattr(module, "in_features"):
            dense.get_submodule(path).weight.data = dense_weight(module, torch.float32)
    kinds = {type(m).__name__ for m in packed.modules()}
    assert {"bf16": "Linear", "nf4": "Linear4bit", "int8": "Linear8bitLt"}[precision] in kinds
    model, expected = with_adapter(packed).train(), with_adapter(dense).train()
    logits, gradients = step(model, batch)
    expected_logits, expected_gradients = step(expected, batch)
    allowed = {"bf16": 0.06, "nf4": 1e-4, "int8": 0.08}[precision]  # int8 rounds activations in the attention
    assert relative(logits, expected_logits) < allowed
    for key, gradient in expected_gradients.items():
        if "experts" in key:
            assert relative(gradients[key], gradient) < 5 * allowed, key
    assert all(p.dtype == torch.float32 for n, p in model.named_parameters() if "lora_" in n)


def test_that_evaluating_the_bare_base_leaves_packed_weights_readable(batch, tmp_path):
    # bitsandbytes repacks 4-bit weights on some CPUs as soon as a layer runs without gradient.
    pytest.importorskip("bitsandbytes")
    family("llama").save_pretrained(tmp_path)
    packing = transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    base = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, quantization_config=packing, dtype=torch.float32)
    model = with_adapter(base).eval()
    with torch.no_grad():
        expected = model(input_ids=batch["input_ids"]).logits
        with model.disable_adapter():
            model(input_ids=batch["input_ids"])
        torch.testing.assert_close(model(input_ids=batch["input_ids"]).logits, expected, rtol=1e-3, atol=1e-3)


def test_that_a_frozen_matrix_is_unpacked_once_in_each_pass(batch, monkeypatch):
    from studio.methods.mixlora import feedforward

    unpacked = []
    whole = feedforward.dense_weight
    monkeypatch.setattr(feedforward, "dense_weight", lambda linear, t: unpacked.append(linear) or whole(linear, t))
    model = with_adapter(family("llama"), num_experts=4).train()
    unpacked.clear()
    loss = model(**batch).loss
    assert len(unpacked) == 2 * 3
    loss.backward()
    assert len(unpacked) == 2 * 3 * 2


def test_that_autocast_runs_frozen_products_small_and_the_router_in_float32(batch):
    model = with_adapter(family("llama")).train()
    expected, expected_gradients = step(model, batch)
    kept = []
    router = model.base_model._routed()[0][1].router("default")
    router.register_forward_hook(lambda _, __, logits: kept.append(logits.dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits, gradients = step(model, batch)
    assert kept == [torch.float32]
    assert relative(logits, expected) < 0.06
    assert all(g.isfinite().all() for g in gradients.values())
    key = "base_model.model.model.layers.0.mlp.lora_experts.default.up_proj_B"
    assert relative(gradients[key], expected_gradients[key]) < 0.3


def test_that_weights_which_are_offloaded_are_refused_in_words():
    with pytest.raises(ProblemError, match="not in memory"):
        dense_weight(nn.Linear(4, 4, device="meta"), torch.float32)


def test_that_an_unknown_packing_is_refused_by_name():
    class Linear3bit(nn.Module):
        weight = torch.zeros(4, 4, dtype=torch.int8)

    with pytest.raises(ProblemError, match="Linear3bit"):
        dense_weight(Linear3bit(), torch.float32)
