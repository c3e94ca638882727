"""What one decoder layer asks of a card in one step, counted without one: `python -m tests.bench.bench_counts`.

Kernels, stalls, products and bytes of the real step on fake CUDA tensors, the difference between two layers and one,
and from them the milliseconds that three cards would take at least: products at 75 % of a card's peak, other traffic at
85 % of its bandwidth, and no faster than 6 microseconds a launch. A prediction to compare forms by, not a measurement.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.measure import machine, print_table, write_json
from tests.fake_cuda.device import build_guard

KINDS = {
    "LoRA": "lora:",
    "MixLoRA fused": "mixlora:fused",
    "MixLoRA masked": "mixlora:masked",
    "MoELoRA": "moelora:",
}
SHAPES = {"8b, 8 x 512": ("8:512", "8b"), "1b, 4 x 256": ("4:256", "1b"), "1b, 16 x 512": ("16:512", "1b")}
SECONDS_A_LAUNCH = 6e-6


@dataclass(frozen=True, slots=True)
class Card:
    """A card's peak in bfloat16 products, and its bandwidth."""

    tera_flops: float
    gigabytes_a_second: float

    def milliseconds(self, kernels: int, tera_flop: float, gigabytes: float) -> float:
        work = tera_flop / (0.75 * self.tera_flops) + gigabytes / (0.85 * self.gigabytes_a_second)
        return 1e3 * max(work, kernels * SECONDS_A_LAUNCH)


CARDS = {"RTX 4090": Card(165, 1008), "1 TB/s, 80 TFLOP/s": Card(80, 1000), "H200": Card(780, 4300)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = build_guard(Path(folder))
        if library is None:
            sys.exit("There is no g++, which the fake device is compiled with.")
        rows = [_row(name, kind, shape, library) for shape in SHAPES for name, kind in KINDS.items()]
    print_table("a layer and step, without clipping and the optimiser", rows)
    write_json(asked.json, {"rows": rows, **machine("cpu")})


def _row(name: str, kind: str, shape: str, library: Path) -> dict[str, Any]:
    sizes, widths = SHAPES[shape]
    one, two = _counted(library, [f"{kind}:{layers}:{sizes}:{widths}" for layers in (1, 2)])
    a_layer = {key: two[key] - one[key] for key in ("kernels", "stalls", "tera_flop", "elementwise_gb")}
    times = {
        card: each.milliseconds(a_layer["kernels"], a_layer["tera_flop"], a_layer["elementwise_gb"])
        for card, each in CARDS.items()
    }
    return {"shape": shape, "method": name, **a_layer, "stalls a step": one["stalls"] - a_layer["stalls"], **times}


def _counted(library: Path, cases: list[str]) -> list[dict[str, Any]]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.fake_cuda.step", str(library), *cases]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


if __name__ == "__main__":
    main()
