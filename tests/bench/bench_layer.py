"""One feed-forward, forward and backward: our forms, the loop, the reference's form, and PEFT's LoRA.

    python -m tests.bench.bench_layer [--shape 1b] [--rank 16] [--k 2] [--json PATH]

Ratios are to PEFT LoRA of the same rank, medians over interleaved repeats. Kept bytes are those that autograd
holds for backward beyond the input and the weights, in units of inner-size elements a token.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import nn
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaMLP

from studio.methods.mixlora import MixLoraConfig, MixLoraFeedForward
from studio.methods.mixlora.structure import read_feed_forward
from tests.bench.measure import interleaved, kept_bytes, machine, median_ratio, print_table, write_json
from tests.bench.reference_form import reference_mixture

SHAPES = {"tiny": (64, 192), "smollm2-135m": (576, 1536), "1b": (2048, 8192), "8b": (4096, 14336)}
EXPERTS = 8


def feed_forward(hidden: int, inner: int, device: str, dtype: torch.dtype) -> LlamaMLP:
    torch.manual_seed(0)
    config = LlamaConfig(hidden_size=hidden, intermediate_size=inner, num_attention_heads=hidden // 64)
    return LlamaMLP(config).to(device, dtype).requires_grad_(False)


def mixlora_layer(base: nn.Module, rank: int, k: int, form: str, dropout: float) -> MixLoraFeedForward:
    shape = read_feed_forward(base)
    assert shape is not None
    config = MixLoraConfig(r=rank, lora_alpha=2 * rank, num_experts=EXPERTS, top_k=k, form=form, lora_dropout=dropout)
    layer = MixLoraFeedForward(base, shape, depth=0)
    layer.update_layer("default", config, list(shape.projections))
    randomise(layer)
    return layer


def lora_layer(base: nn.Module, rank: int, dropout: float) -> nn.Module:
    holder = nn.Module()
    holder.mlp = base
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=dropout,
        target_modules=["gate_proj", "up_proj", "down_proj"],
    )
    inject_adapter_in_model(config, holder)
    randomise(holder)
    return holder.mlp


def randomise(module: nn.Module) -> None:
    """Give B values, and adapters float32 as PEFT does by default."""
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
            if "_B" in name:
                nn.init.normal_(parameter, std=0.02)


def measure(
    shape: str, rank: int, k: int, tokens: int, repeats: int, device: str, dtype: torch.dtype, forms: list[str],
    dropout: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return one row for each way of computing this feed-forward."""
    hidden, inner = SHAPES[shape]
    modules: dict[str, Any] = {"lora": lora_layer(feed_forward(hidden, inner, device, dtype), rank, dropout)}
    base = feed_forward(hidden, inner, device, dtype)
    modules["lora (equal parameters)"] = lora_layer(feed_forward(hidden, inner, device, dtype), rank * EXPERTS, dropout)
    for form in forms:
        modules[f"mixlora {form}"] = mixlora_layer(base, rank, k, form, dropout)
    reference = mixlora_layer(base, rank, k, "loop", dropout)
    x = torch.randn(tokens, hidden, device=device, dtype=dtype, requires_grad=True)
    dy = torch.randn(tokens, hidden, device=device, dtype=dtype)
    forwards = {name: (lambda module=module: module(x)) for name, module in modules.items()}
    forwards["reference (shared gate/up)"] = lambda: reference_mixture(reference, x)

    def step(name: str) -> None:
        forwards[name]().backward(dy)
        x.grad = None
        for module in (*modules.values(), reference):
            module.zero_grad(set_to_none=True)

    times = interleaved({name: (lambda name=name: step(name)) for name in forwards}, repeats, cuda=device == "cuda")
    alive = [x, *(p for module in (*modules.values(), reference) for p in module.parameters())]
    unit = inner * tokens * x.element_size()
    rows = []
    for name, forward in forwards.items():
        rows.append(
            {
                "shape": shape,
                "rank": rank,
                "k": k,
                "tokens": tokens,
                "way": name,
                "ms": statistics.median(times[name]) * 1e3,
                "x lora": median_ratio(times[name], times["lora"]),
                "kept (F/token)": kept_bytes(forward, alive) / unit,
            }
        )
    return rows


def run(args: argparse.Namespace) -> dict[str, Any]:
    device = "cuda" if torch.cuda.is_available() and not args.cpu else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    forms = args.forms or (["auto", "masked"] if device == "cuda" else ["sorted", "masked", "loop"])
    found: dict[str, Any] = {"bench": "layer", "machine": machine(device), "dtype": str(dtype), "dropout": args.dropout}
    found["rows"] = []
    for shape in args.shape or ["smollm2-135m", "1b"] + (["8b"] if device == "cuda" else []):
        for rank in args.rank or [16]:
            for k in args.k or [2]:
                tokens = args.tokens or (4096 if device == "cuda" else 1024)
                rows = measure(shape, rank, k, tokens, args.repeats, device, dtype, forms, args.dropout)
                print_table(f"{shape}, rank {rank}, k {k}, {tokens} tokens, {dtype}, dropout {args.dropout}", rows)
                found["rows"] += rows
                write_json(args.json, found)  # after each, so that what a time limit cuts off loses only the rest
    return found


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", action="append", choices=SHAPES)
    parser.add_argument("--rank", action="append", type=int, help="8, 16 or 32; may be repeated")
    parser.add_argument("--k", action="append", type=int, help="1, 2 or 4; may be repeated")
    parser.add_argument("--forms", action="append", help="sorted, masked, loop, fused, auto; may be repeated")
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--cpu", action="store_true", help="measure the CPU even where there is a GPU")
    parser.add_argument("--json", type=Path)
    return parser


def main() -> None:
    run(arguments().parse_args())


if __name__ == "__main__":
    main()
