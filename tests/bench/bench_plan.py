"""Prints the plan beside what torch holds, item by item, for many configurations of the real step on the CPU.

    python -m tests.bench.bench_plan --json tests/bench/results/plan-cpu.json

Weights, adapter, gradients and optimiser must be equal to the byte; kept activations are compared with what
saved-tensor hooks count. Memory alone is measured, so it may run beside other work.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.bench.measure import machine, write_json
from tests.planner.real_step import ITEMS, Case, measure, method

WIDE = (
    ("hidden_size", 128),
    ("intermediate_size", 352),
    ("num_hidden_layers", 3),
    ("num_attention_heads", 8),
    ("num_key_value_heads", 4),
    ("head_dim", 16),
)

CASES = [
    Case("llama", "fp32", method(rank=16, experts=8), length=128, config=WIDE),
    Case("llama", "bf16", method(rank=8, experts=8, dropout=0.0), length=256, config=WIDE),
    Case("llama", "nf4", method(rank=16, experts=8), length=128, config=WIDE),
    Case("llama", "int8", method(rank=4), length=128, config=WIDE),
    Case("llama", "fp32", method(rank=16), length=256, checkpointing=True, config=WIDE),
    Case("llama", "nf4", method(rank=16), length=256, checkpointing=True, config=WIDE),
    Case("llama", "bf16", method("lora", rank=64), length=128, optimizer="adamw-8bit", config=WIDE),
    Case("llama", "fp32", method("dora", rank=16), length=128, config=WIDE),
    Case("llama", "bf16", method("moelora", rank=32), length=128, config=WIDE),
    Case("llama", "fp32", method(magnitudes=True), length=128, config=WIDE),
    Case("mistral", "bf16", method(rank=32, experts=4), rows=4, length=64, config=WIDE),
    Case("qwen2", "fp32", method(rank=8, top_k=1), length=128, config=WIDE),
    Case("qwen2", "nf4", method(rank=8), rows=4, length=96, config=WIDE),
    Case("qwen3", "bf16", method(rank=16), length=192, config=WIDE),
    Case("qwen3", "nf4", method(rank=16), length=192, checkpointing=True, config=WIDE),
    Case("gemma", "fp32", method(rank=16), length=128, config=WIDE),
    Case("gemma2", "bf16", method(rank=16), length=128, config=WIDE),
    Case("gemma3_text", "fp32", method(rank=16, dropout=0.0), rows=1, padded=False, length=256, config=WIDE),
    Case("gemma3_text", "nf4", method("lora", rank=16), length=128, config=WIDE),
    Case("phi", "fp32", method(rank=16), length=128, config=WIDE),
    Case("phi", "bf16", method("lora", rank=8), length=128, checkpointing=True, config=WIDE),
    Case("phi3", "fp32", method(rank=8), length=128, config=WIDE),
    Case("phi3", "bf16", method("lora", rank=8, dropout=0.0), length=128, config=WIDE),
    Case("smollm3", "nf4", method(rank=8), length=128, config=WIDE),
    Case("llama", "nf4", method("dora", rank=8), length=128, config=WIDE),
    Case("qwen2", "bf16", method("dora", rank=8), length=128, checkpointing=True, config=WIDE),
    Case("qwen3", "int8", method("moelora", rank=16), length=128, checkpointing=True, config=WIDE),
    Case("gemma", "nf4", method("moelora", rank=16), length=128, config=WIDE),
    Case("gemma", "int8", method("lora", rank=8), length=96, config=WIDE),
    Case("phi", "nf4", method("lora", rank=8), length=128, config=WIDE),
    Case("phi", "int8", method(rank=8), length=96, config=WIDE),
    Case("phi", "int8", method("moelora", rank=16), length=96, config=WIDE),
    Case("phi3", "int8", method("lora", rank=8, dropout=0.0), length=96, config=WIDE),
    Case("gemma2", "int8", method("lora", rank=8), length=96, config=WIDE),
    Case("llama", "int8", method("lora", rank=8), length=128, checkpointing=True, config=WIDE),
    Case("llama", "int8", method(rank=8), length=128, checkpointing=True, config=WIDE),
    Case("qwen3", "nf4", method("dora", rank=8, dropout=0.0), length=128, config=WIDE),
    Case("phi", "bf16", method("lora", rank=8, dropout=0.0), length=128, config=WIDE),
    Case("phi3", "fp32", method("moelora", rank=8, dropout=0.0, pairs=0), length=128, config=WIDE),
]


def main() -> None:
    """Measure every case and print the table; raises SystemExit when an exact item differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    exact, errors, unequal, rows = ITEMS[:-1], [], [], []
    heads = f"{'weights':>10} {'adapter':>9} {'optimizer':>9} {'activations':>11} {'plan':>11} {'error':>7}"
    print(f"{'configuration':62} {heads}")
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            planned, held = measure(case, Path(folder))
        unequal += [f"{case}: {name}" for name in exact if planned[name] != held[name]]
        error = planned["activations"] / held["activations"] - 1
        errors.append(abs(error))
        rows.append({"configuration": str(case), "planned": planned, "held": held, "activations_error": error})
        print(
            f"{str(case)[:62]:62} {held['weights']:10,} {held['adapter']:9,} {held['optimizer']:9,}"
            f" {held['activations']:11,} {planned['activations']:11,} {error:+7.2%}",
            flush=True,
        )
    print(f"\n{len(CASES)} configurations; exact items that differ: {', '.join(unequal) or 'none'}")
    print(f"kept activations: median error {statistics.median(errors):.2%}, worst {max(errors):.2%}")
    write_json(given.json, {"machine": machine("cpu"), "unequal": unequal, "rows": rows})
    if unequal or max(errors) > 0.03:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
