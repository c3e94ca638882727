"""The plan's items against what torch really holds in the training step; bench_plan.py prints the large table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planner.real_step import Case, measure, measure_peak, method

WIDE = (("hidden_size", 64), ("intermediate_size", 128), ("num_key_value_heads", 4), ("head_dim", 16))

CASES = [
    Case("llama", "fp32", method()),
    Case("llama", "bf16", method(dropout=0.0), padded=False),
    Case("llama", "nf4", method(rank=4, experts=8), rows=3, length=64, config=WIDE),
    Case("llama", "int8", method(), config=WIDE),
    Case("llama", "int8", method("lora"), checkpointing=True, config=WIDE),
    Case("gemma", "int8", method("moelora"), config=WIDE),
    Case("phi", "nf4", method("lora", dropout=0.0), config=WIDE),
    Case("llama", "fp32", method("lora", rank=16), optimizer="adamw-8bit"),
    Case("llama", "bf16", method("dora")),
    Case("qwen2", "fp32", method(rank=16, top_k=1), length=96),
    Case("qwen3", "bf16", method(rank=4)),
    Case("gemma", "fp32", method(experts=6, top_k=3), rows=1, padded=False),
    Case("gemma2", "bf16", method()),
    Case("gemma3_text", "fp32", method("lora", dropout=0.0)),
    Case("gemma3_text", "nf4", method("lora"), config=WIDE),
    Case("phi", "fp32", method("lora")),
    Case("phi", "bf16", method()),
    Case("phi3", "fp32", method(rank=8), config=WIDE),
    Case("smollm3", "fp32", method()),
    Case("llama", "fp32", method(), checkpointing=True, length=96),
    Case("llama", "nf4", method(), checkpointing=True, length=96, config=WIDE),
    Case("qwen2", "bf16", method("lora"), checkpointing=True, rows=3),
    Case("llama", "fp32", method("moelora"), length=128),
    Case("llama", "bf16", method("moelora", dropout=0.0), length=128),
    Case("llama", "fp32", method(magnitudes=True, attention_rank=2)),
    Case("llama", "bf16", method(layer_experts=[3, 5], layer_ranks=[2, 8], routing="top-p")),
    Case("llama", "fp32", method(), rows=4, padded=False, packed=True),
    Case("qwen3", "bf16", method("lora"), rows=4, padded=False, packed=True, checkpointing=True),
    Case("llama", "fp32", method("lora", dropout=0.0), rows=4, padded=False, packed=True),
    Case("mistral", "fp32", method("moelora"), rows=3, padded=True, packed=True, config=(("sliding_window", 16),)),
    Case("gemma2", "bf16", method(), rows=6, padded=True, packed=True),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_that_the_plan_equals_what_torch_holds(case: Case, tmp_path: Path) -> None:
    planned, held = measure(case, tmp_path / "model")
    exact = ("weights", "adapter", "gradients", "optimizer")
    assert {name: planned[name] for name in exact} == {name: held[name] for name in exact}
    assert planned["activations"] == pytest.approx(held["activations"], rel=0.03)


BROAD = (
    ("num_hidden_layers", 4),
    ("hidden_size", 256),
    ("intermediate_size", 704),
    ("num_attention_heads", 8),
    ("num_key_value_heads", 4),
    ("head_dim", 32),
)
TWO_LAYERS = (("num_hidden_layers", 2), *BROAD[1:])
PEAKS = [
    Case("llama", "fp32", method(rank=16, experts=8), rows=8, length=128, config=BROAD),
    Case("llama", "fp32", method(rank=16, experts=8), rows=8, length=128, checkpointing=True, config=BROAD),
    Case("llama", "bf16", method("lora", rank=16), rows=8, length=128, checkpointing=True, config=BROAD),
    Case("qwen3", "nf4", method(rank=16), rows=8, length=128, config=BROAD),
    Case("llama", "fp32", method("moelora", rank=32), rows=8, length=128, config=BROAD),
    Case("llama", "fp32", method("moelora", rank=32), rows=8, length=128, config=TWO_LAYERS),
    Case("llama", "bf16", method("lora", rank=16, dropout=0.0), rows=8, length=128, config=TWO_LAYERS),
    Case("llama", "int8", method("lora", rank=16), rows=8, length=128, checkpointing=True, config=BROAD),
    Case("qwen3", "int8", method("lora", rank=16, dropout=0.0), rows=4, length=256, checkpointing=True, config=BROAD),
    Case("gemma2", "bf16", method(rank=8), rows=4, length=128, config=BROAD),
    Case("llama", "fp32", method(rank=16, experts=8), rows=8, length=128, padded=False, packed=True, config=BROAD),
]


@pytest.mark.parametrize("case", PEAKS, ids=str)
def test_that_the_peak_of_a_step_is_what_the_plan_says(case: Case, tmp_path: Path) -> None:
    planned, held = measure_peak(case, tmp_path / "model")
    assert planned == pytest.approx(held, rel=0.08)
    assert planned >= 0.95 * held, "a plan may be too large by a little, but not too small"
