"""All three benches of the MixLoRA engine, one after another, into one JSON.

    python -m tests.bench.engine --json engine.json

About eight minutes on a CUDA device. Without one only the CPU's rows are measured, and the rest reads "not measured".
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from tests.bench import bench_decode, bench_layer, bench_step
from tests.bench.measure import write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cpu", action="store_true", help="measure the CPU even where there is a GPU")
    parser.add_argument("--full", action="store_true", help="every rank and k instead of rank 16, k 2")
    given = parser.parse_args()
    wide = ["--rank", "8", "--rank", "16", "--rank", "32", "--k", "1", "--k", "2", "--k", "4"] if given.full else []
    shared = ["--cpu"] if given.cpu else []
    cuda = torch.cuda.is_available() and not given.cpu
    found: dict[str, Any] = {
        "layer": bench_layer.run(bench_layer.arguments().parse_args(shared + wide)),
        "step": bench_step.run(bench_step.arguments().parse_args(shared)),
        "decode": bench_decode.run(bench_decode.arguments().parse_args(shared)),
        "cuda": "measured" if cuda else "not measured",
    }
    write_json(given.json, found)


if __name__ == "__main__":
    main()
