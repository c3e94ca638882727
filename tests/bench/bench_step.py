"""A whole training step (forward, backward, AdamW) of MixLoRA against PEFT LoRA of the same rank.

LoRA is measured twice: as it comes, with the logits of all positions at once, and with MixLoRA's own chunked
cross-entropy. The second is the fair one, since only the method differs; the first is what a user of PEFT has today.

    python -m tests.bench.bench_step [--tokens 1024] [--dropout 0.05] [--json PATH]

On a CPU: SmolLM2-135M's shape in float32. On a CUDA device in bf16, and Llama 3's 1B and 8B in bf16 and NF4, with and
without checkpointing, MixLoRA in the form that it chooses and in the masked one; what does not fit the card is said.
Kept bytes are what autograd holds for backward, beyond weights and inputs.
"""

from __future__ import annotations

import argparse
import gc
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from studio.core.error_text import first_line
from studio.methods.causal import ChunkedHead
from studio.methods.labels import Labels
from tests.bench.measure import interleaved, kept_bytes, machine, median_ratio, print_table, write_json
from tests.bench.models import SHAPES, adapt, base_model

LORA, LORA_CHUNKED, MIXLORA, MASKED = "lora", "lora, chunked loss", "mixlora", "mixlora, masked"
CPU_CASES = [("smollm2-135m", "fp32", False, 1024)]
CARD_CASES = [
    ("smollm2-135m", "bf16", False, 1024),
    ("llama3-1b", "bf16", False, 4096),
    ("llama3-8b", "nf4", True, 4096),
    ("llama3-8b", "bf16", True, 4096),
    ("llama3-1b", "nf4", False, 4096),
    ("llama3-8b", "bf16", False, 4096),
    ("llama3-8b", "nf4", False, 4096),
]


@dataclass(slots=True)
class _Found:
    """What one method's steps took: seconds each, bytes kept for backward, the peak; or why there is nothing."""

    times: list[float] = field(default_factory=list)
    kept: int = 0
    peak: int = 0
    trouble: str = ""


def measure(
    shape: str, precision: str, device: str, checkpointing: bool, tokens: int, args: argparse.Namespace
) -> list[dict[str, Any]]:
    """Return one row for each method, on one base each on a CPU and on the same one in turn on CUDA."""
    length = min(args.length, tokens)
    ids = torch.randint(0, SHAPES[shape]["vocab_size"], (tokens // length, length), device=device)
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": ids}
    if device == "cuda":
        methods = [LORA, LORA_CHUNKED, MIXLORA, MASKED]
        found = {method: _on_card(shape, precision, method, checkpointing, batch, args) for method in methods}
    else:
        methods = [LORA, LORA_CHUNKED, MIXLORA]
        ready = {m: _prepared(shape, precision, device, m, checkpointing, batch, args) for m in methods}
        times = interleaved({m: r[0] for m, r in ready.items()}, args.repeats)
        found = {m: _Found(times[m], kept_bytes(r[1], r[2])) for m, r in ready.items()}
    rows: list[dict[str, Any]] = []
    for method, own in found.items():
        row = {
            "model": shape,
            "precision": precision,
            "checkpointing": checkpointing,
            "method": method,
            "tokens": tokens,
        }
        if own.trouble:
            rows.append(row | {"not measured": own.trouble})
            continue
        seconds = statistics.median(own.times)
        rows.append(
            row
            | {
                "ms": seconds * 1e3,
                "x lora": _ratio(own, found[LORA]),
                "x lora, equal losses": _ratio(own, found[LORA_CHUNKED]),
                "tokens/s": tokens / seconds,
                "kept MiB": own.kept / 2**20,
                "peak MiB": own.peak / 2**20 if own.peak else "not measured",
            }
        )
    return rows


def _ratio(own: _Found, base: _Found) -> float | str:
    return "not measured" if base.trouble else median_ratio(own.times, base.times)


def _on_card(
    shape: str, precision: str, method: str, checkpointing: bool, batch: Any, args: argparse.Namespace
) -> _Found:
    """Measure one method after the other: two bases of 8B would not fit a small card, which may lack room for one."""
    try:
        found = _timed(shape, precision, method, checkpointing, batch, args)
    except (RuntimeError, ImportError) as error:  # out of memory, no kernel for this card, no bitsandbytes
        found = _Found(trouble=first_line(error))
    gc.collect()
    torch.cuda.empty_cache()
    return found


def _timed(
    shape: str, precision: str, method: str, checkpointing: bool, batch: Any, args: argparse.Namespace
) -> _Found:
    step, forward, known = _prepared(shape, precision, "cuda", method, checkpointing, batch, args)
    torch.cuda.reset_peak_memory_stats()
    times = interleaved({method: step}, args.repeats, warmups=2, cuda=True)[method]
    peak = torch.cuda.max_memory_allocated()
    return _Found(times, 0 if checkpointing else kept_bytes(forward, known), peak)


def _prepared(
    shape: str, precision: str, device: str, method: str, checkpointing: bool, batch: Any, args: argparse.Namespace
) -> tuple[Any, Any, list[torch.Tensor]]:
    base = base_model(shape, device, precision)
    kind = LORA if method in (LORA, LORA_CHUNKED) else MIXLORA
    model = adapt(base, kind, args.rank, args.k, args.dropout, "masked" if method == MASKED else "auto").train()
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
    """Measure every case; the file is written after each, so that what a time limit cuts off loses only the rest."""
    device = "cuda" if torch.cuda.is_available() and not args.cpu else "cpu"
    cases = CARD_CASES if device == "cuda" else CPU_CASES
    if args.shape:
        cases = [(args.shape, *cases[0][1:])]
    found: dict[str, Any] = {"bench": "step", "machine": machine(device), "dropout": args.dropout, "rank": args.rank}
    found["rows"] = []
    for shape, precision, checkpointing, usual in cases:
        tokens = args.tokens or usual
        rows = measure(shape, precision, device, checkpointing, tokens, args)
        print_table(f"{shape} {precision}, {tokens} tokens, rank {args.rank}, dropout {args.dropout}", rows)
        found["rows"] += rows
        write_json(args.json, found)
    if device == "cpu":
        print("\nllama3-8b: not measured (no CUDA device)")
    return found


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, help="instead of the usual ones")
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
    run(arguments().parse_args())
