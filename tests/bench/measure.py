"""What the benches share: interleaved timing, bytes kept for backward, and tables with their JSON beside them."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def interleaved(
    candidates: dict[str, Callable[[], Any]], repeats: int, warmups: int = 1, cuda: bool = False
) -> dict[str, list[float]]:
    """Time each candidate `repeats` times in turn, so that a busy moment hits all alike; seconds each."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for repeat in range(warmups + repeats):
        for name, run in candidates.items():
            if cuda:
                torch.cuda.synchronize()
            start = time.perf_counter()
            run()
            if cuda:
                torch.cuda.synchronize()
            if repeat >= warmups:
                times[name].append(time.perf_counter() - start)
    return times


def median_ratio(times: list[float], base: list[float]) -> float:
    """Return the median of the repeats' own ratios, which cancels what slows a whole repeat."""
    return statistics.median(a / b for a, b in zip(times, base, strict=True))


def kept_bytes(run: Callable[[], Tensor], not_counted: Iterable[Tensor]) -> int:
    """Return the bytes of distinct storages that autograd keeps for backward, measured by saved-tensor hooks.

    `not_counted` are tensors that live anyway: parameters, frozen weights, the input.
    """
    known = {tensor.untyped_storage().data_ptr() for tensor in not_counted}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = run()
    del output
    return sum(kept.values())


def machine(device: str) -> dict[str, Any]:
    """Return the words that belong beside every number."""
    described = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "date": time.strftime("%Y-%m-%d"),
    }
    cpuinfo = Path("/proc/cpuinfo")
    if device == "cpu" and cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                described["device"] = line.partition(":")[2].strip()
                break
    return described


def print_table(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows under all their keys, empty where a row lacks one; floats to three digits."""
    print(f"\n{title}")
    if not rows:
        print("  (nothing measured)")
        return
    heads = list(dict.fromkeys(head for row in rows for head in row))
    cells = [[_cell(row.get(h, "")) for h in heads] for row in rows]
    widths = [max(len(h), *(len(line[i]) for line in cells)) for i, h in enumerate(heads)]
    print("  " + "  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True)))
    for line in cells:
        print("  " + "  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)))


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def write_json(path: Path | None, content: dict[str, Any]) -> None:
    """Write the figures where --json said, if it did."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
        print(f"\nwritten to {path}")
