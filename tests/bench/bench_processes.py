"""Bytes that two processes which train one run hand over in a step, beside what the adapter's gradients are.

    python -m tests.bench.bench_processes [--json PATH]

The same run is trained for 2 and for 12 steps: what begins and ends it cancels out. Every tensor that one process gives
to a collective call is counted, whoever makes it; what a wire carries depends on the algorithm below (a ring of n
processes sends 2 (n - 1) / n times as much). A tiny model, since all of it grows with the adapter and the loads alone.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from safetensors import safe_open

from studio.core.run.run_folder import RunFolder
from tests.bench.measure import machine, print_table, write_json
from tests.tiny import make_tiny_model
from tests.training.crew.fleet import job, train_in
from tests.training.small_run import small_run

SHORT, LONG = 2, 12  # steps
METHODS: dict[str, dict[str, Any]] = {
    "mixlora": {"method__name": "mixlora"},
    "moelora, contrastive": {"method__name": "moelora", "method__rank": 8},
    "moelora, not contrastive": {"method__name": "moelora", "method__rank": 8, "method__contrastive": 0},
    "lora": {"method__name": "lora"},
    "dora": {"method__name": "dora"},
}


def measure(place: Path) -> list[dict[str, Any]]:
    """One row for each method: bytes that a process hands over in a step."""
    model = make_tiny_model(place / "model")
    runs: dict[str, list[RunFolder]] = {}
    for name, changes in METHODS.items():
        for steps in (SHORT, LONG):
            (folder := place / f"{name} {steps}").mkdir()
            changed = {"training__max_steps": steps, "training__save_every": 100, **changes}
            runs.setdefault(name, []).append(small_run(folder, model, **changed))
    sent = iter(train_in(place / "fleet", 2, [job(run) for each in runs.values() for run in each])[0])
    rows = []
    for name, both in runs.items():
        short, long = next(sent), next(sent)
        each = {kind: (long[kind] - short[kind]) / (LONG - SHORT) for kind in short}
        rows.append(
            {
                "method": name,
                "adapter's gradients": _bytes(both[0].adapter / "adapter_model.safetensors"),
                "gradients sent": round(each["gradients"]),
                "losses and loads": round(each["figures"]),
                "the method's own": round(each["tensors"] - each["gradients"] - each["figures"]),
            }
        )
    return rows


def _bytes(file: Path) -> int:
    with safe_open(file, framework="pt") as tensors:
        return sum(tensors.get_tensor(name).nbytes for name in tensors.keys())  # noqa: SIM118


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else "")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        rows = measure(Path(place))
    print_table("bytes a step from each of two processes", rows)
    if args.json:
        write_json(args.json, {"machine": machine("cpu"), "rows": rows})


if __name__ == "__main__":
    main()
