"""Where a step's time goes on a card: `python -m tests.bench.card_profile [--cpu] [--json PATH]`.

One training step of MixLoRA and one of LoRA under torch's profiler: kernels that are launched, calls that wait for the
card, the card's busy share of the step, and the operations that take most of it. Llama 3's 1B shape in bfloat16; with
`--cpu` a tiny one, which shows that the command works.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from tests.bench.measure import machine, print_table, write_json
from tests.bench.models import SHAPES, adapt, base_model

LAUNCHES = ("cudaLaunchKernel", "cudaLaunchKernelExC", "cuLaunchKernel", "cuLaunchKernelEx")
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")
MOST = 12


def measure(method: str, device: str) -> dict[str, Any]:
    """Profile the third step of `method`: the first two compile, and choose the form."""
    shape, tokens = ("llama3-1b", 4096) if device == "cuda" else ("tiny", 64)
    base = base_model(shape, device, "bf16" if device == "cuda" else "fp32")
    model = adapt(base, method, 16, 2, 0.05).train()
    ids = torch.randint(0, SHAPES[shape]["vocab_size"], (tokens // 64, 64), device=device)
    optimiser = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=1e-4)

    def step() -> None:
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(2):
        step()
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device == "cuda")
    with profile(activities=activities) as seen:
        began = time.perf_counter()
        step()
        took = time.perf_counter() - began
    events = seen.key_averages()
    card = device == "cuda"
    own = {each.key: each.self_device_time_total if card else each.self_cpu_time_total for each in events}
    counts = {each.key: each.count for each in events}
    busiest = sorted(own, key=lambda key: -own[key])[:MOST]
    return {
        "method": method,
        "ms": 1e3 * took,
        "launches": sum(counts.get(name, 0) for name in LAUNCHES),
        "waits": sum(counts.get(name, 0) for name in WAITS),
        "busy": sum(own.values()) / 1e6 / took,
        "busiest": [{"operation": key, "times": counts[key], "ms": own[key] / 1e3} for key in busiest],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", action="store_true", help="a tiny shape on the processor")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    place = "cuda" if torch.cuda.is_available() and not given.cpu else "cpu"
    found: dict[str, Any] = {"bench": "profile", "machine": machine(place), "rows": []}
    for name in ("lora", "mixlora"):
        found["rows"].append(measure(name, place))
        print_table(name, found["rows"][-1]["busiest"])
        write_json(given.json, found)
    print_table("a step", [{k: v for k, v in row.items() if k != "busiest"} for row in found["rows"]])
