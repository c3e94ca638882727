"""Tokens a second of greedy generation with cache: base, PEFT LoRA and MixLoRA.

python -m tests.bench.bench_decode [--new 48] [--json PATH]
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

import torch

from tests.bench.measure import interleaved, machine, median_ratio, print_table, write_json
from tests.bench.models import SHAPES, adapt, base_model

METHODS = ("base", "lora", "mixlora")


def measure(shape: str, precision: str, device: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Return one row for each method; every method generates the same number of tokens from the same prompt."""
    prompt = torch.randint(0, SHAPES[shape]["vocab_size"], (args.rows, 32), device=device)
    models = {m: adapt(base_model(shape, device, precision), m, args.rank, args.k, 0.0).eval() for m in METHODS}

    def generate(model: Any) -> None:
        with torch.no_grad():
            out = model.generate(
                input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=args.new,
                min_new_tokens=args.new, do_sample=False, use_cache=True, pad_token_id=0,
            )  # fmt: skip
        assert out.shape[1] == 32 + args.new

    times = interleaved(
        {m: (lambda model=model: generate(model)) for m, model in models.items()}, args.repeats, cuda=device == "cuda"
    )
    return [
        {
            "model": shape,
            "precision": precision,
            "rows": args.rows,
            "method": m,
            "tokens/s": args.rows * args.new / statistics.median(times[m]),
            "time x lora": median_ratio(times[m], times["lora"]),
            "time x base": median_ratio(times[m], times["base"]),
        }
        for m in METHODS
    ]


def run(args: argparse.Namespace) -> dict[str, Any]:
    device = "cuda" if torch.cuda.is_available() and not args.cpu else "cpu"
    rows = measure(args.shape, "bf16" if device == "cuda" else "fp32", device, args)
    print_table(f"generation of {args.new} tokens", rows)
    return {"bench": "decode", "machine": machine(device), "rows": rows}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="smollm2-135m")
    parser.add_argument("--new", type=int, default=48)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--k", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cpu", action="store_true", help="measure the CPU even where there is a GPU")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    given = arguments().parse_args()
    write_json(given.json, run(given))
