"""A whole training step (forward, backward, AdamW) of MixLoRA against PEFT LoRA of the same rank.

LoRA is measured twice: as it comes, with the logits of all positions at once, and with MixLoRA's own chunked
cross-entropy. The second is the fair one, since only the method differs; the first is what a user of PEFT has today.

    python -m tests.bench.bench_step [--tokens 1024] [--dropout 0.05] [--json PATH]

On a CPU: SmolLM2-135M's shape in float32. On a CUDA device also Llama-3-8B's in bf16 and NF4, with and without
checkpointing. Kept bytes are what autograd holds for backward, beyond weights and inputs.
"""

from __future__ import annotations

import argparse
import gc
import statistics
from pathlib import Path
from typing import Any

import torch

from studio.methods.causal import ChunkedHead
from studio.methods.labels import Labels
from tests.bench.measure import interleaved, kept_bytes, machine, median_ratio, print_table, write_json
from tests.bench.models import adapt, base_model

LORA, LORA_CHUNKED, MIXLORA = "lora", "lora, chunked loss", "mixlora"
METHODS = (LORA, LORA_CHUNKED, MIXLORA)


def measure(
    shape: str, precision: str, device: str, checkpointing: bool, tokens: int, args: argparse.Namespace
) -> list[dict[str, Any]]:
    """Return one row for each of METHODS, on one base each on a CPU and on the same one in turn on CUDA."""
    length = min(args.length, tokens)
    ids = torch.randint(0, 40000, (tokens // length, length), device=device)
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": ids}
    rows: list[dict[str, Any]] = []
    times: dict[str, list[float]] = {}
    kept: dict[str, int] = {}
    peak: dict[str, int] = {}
    if device == "cuda":
        for method in METHODS:  # one after the other: two bases of 8B would not fit a small card
            step, forward, known = _prepared(shape, precision, device, method, checkpointing, batch, args)
            torch.cuda.reset_peak_memory_stats()
            times |= interleaved({method: step}, args.repeats, warmups=2, cuda=True)
            peak[method] = torch.cuda.max_memory_allocated()
            kept[method] = 0 if checkpointing else kept_bytes(forward, known)
            del step, forward, known
            gc.collect()
            torch.cuda.empty_cache()
    else:
        ready = {m: _prepared(shape, precision, device, m, checkpointing, batch, args) for m in METHODS}
        times = interleaved({m: r[0] for m, r in ready.items()}, args.repeats)
        kept = {m: kept_bytes(r[1], r[2]) for m, r in ready.items()}
    for method in METHODS:
        seconds = statistics.median(times[method])
        rows.append(
            {
                "model": shape,
                "precision": precision,
                "checkpointing": checkpointing,
                "method": method,
                "tokens": tokens,
                "ms": seconds * 1e3,
                "x lora": median_ratio(times[method], times[LORA]),
                "x lora, equal losses": median_ratio(times[method], times[LORA_CHUNKED]),
                "tokens/s": tokens / seconds,
                "kept MiB": kept[method] / 2**20,
                "peak MiB": peak[method] / 2**20 if peak else "not measured",
            }
        )
    return rows


def _prepared(
    shape: str, precision: str, device: str, method: str, checkpointing: bool, batch: Any, args: argparse.Namespace
) -> tuple[Any, Any, list[torch.Tensor]]:
    base = base_model(shape, device, precision)
    model = adapt(base, MIXLORA if method == MIXLORA else LORA, args.rank, args.k, args.dropout).train()
    head = ChunkedHead(base) if method == LORA_CHUNKED else None
    if checkpointing:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)

    def forward() -> torch.Tensor:
        with torch.autocast(device, dtype=torch.bfloat16, enabled=precision != "fp32"):
            if head is None:
                return model(**batch).loss
            head.expect()
            model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], logits_to_keep=1)
            labels = Labels.of(batch)
            assert labels is not None
            return labels.loss(head.take(), head)

    def step() -> None:
        forward().backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return step, forward, [*model.parameters(), *model.buffers(), *batch.values()]


def run(args: argparse.Namespace) -> dict[str, Any]:
    device = "cuda" if torch.cuda.is_available() and not args.cpu else "cpu"
    cases = [("smollm2-135m", "fp32", False, args.tokens or 1024)]
    if device == "cuda":
        cases += [
            ("llama3-8b", precision, checkpointing, args.tokens or 4096)
            for precision in ("bf16", "nf4")
            for checkpointing in (True, False)
        ]
    rows = []
    for shape, precision, checkpointing, tokens in cases:
        found = measure(shape, precision, device, checkpointing, tokens, args)
        print_table(f"{shape} {precision}, {tokens} tokens, rank {args.rank}, dropout {args.dropout}", found)
        rows += found
    if device == "cpu":
        print("\nllama3-8b: not measured (no CUDA device)")
    return {"bench": "step", "machine": machine(device), "dropout": args.dropout, "rank": args.rank, "rows": rows}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--length", type=int, default=512, help="tokens of one row")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--k", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--cpu", action="store_true", help="measure the CPU even where there is a GPU")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    given = arguments().parse_args()
    write_json(given.json, run(given))
