"""All that a card is asked for, in one command: `python -m tests.bench.card --minutes 8 --json card.json`.

Doctor, the kernels' trial, a feed-forward, a training step, generation, and the plan beside real peaks, each in a
process of its own, so that one that fails or hangs leaves the others' figures. The file is written anew after each
part. Parts for which no time is left are named, and so are packages that are missing. Ends with the rows for README.md.

`--dry` runs the same parts on the processor with tiny sizes: it shows that the command works, and nothing more.

On a machine with nothing but torch, transformers and Python 3.12, take the missing packages along as the head of
`bench_plan_cuda` says, and start it with `PYTHONPATH=.site:.`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from studio.core.process.start_worker import python_environment
from tests.bench.measure import print_table, write_json

NEEDED = ("torch", "transformers", "peft", "triton", "bitsandbytes", "pydantic", "numpy", "filelock", "psutil")
NEEDED += ("platformdirs", "safetensors", "accelerate")


@dataclass(frozen=True, slots=True)
class Part:
    """A command of ours that writes JSON: `most` is the share of all minutes that it may take."""

    name: str
    most: float
    card: tuple[str, ...]
    dry: tuple[str, ...]

    def run(self, seconds: float, dry: bool) -> dict[str, Any]:
        """Run it for at most `seconds`; returns its figures, or why there are none."""
        if seconds < 5:
            return {"not_measured": "no time was left"}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "part.json"
            minutes = f"{0.9 * seconds / 60:.2f}"
            asked = [each.format(json=file, minutes=minutes) for each in (self.dry if dry else self.card)]
            began = time.perf_counter()
            try:
                done = subprocess.run(
                    [sys.executable, "-W", "ignore", "-m", *asked],
                    capture_output=True,
                    encoding="utf-8",
                    errors="replace",
                    env=python_environment(),
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return {"not_measured": f"it took longer than the {seconds:.0f} s that it was given"}
            took = time.perf_counter() - began
            text = file.read_text(encoding="utf-8") if file.exists() else done.stdout
        try:
            return {"seconds": took, "exit": done.returncode, "found": json.loads(text)}
        except ValueError:
            return {
                "seconds": took,
                "exit": done.returncode,
                "not_measured": done.stderr[-2000:] or done.stdout[-2000:],
            }


_TINY = ("--cpu", "--tokens", "32")
PARTS = (
    Part("doctor", 0.1, ("studio.cli", "doctor", "--json"), ("studio.cli", "doctor", "--json")),
    Part("trial", 0.2, ("tests.bench.card_trial", "--json", "{json}"), ("tests.bench.card_trial", "--json", "{json}")),
    Part(
        "layer",
        0.2,
        ("tests.bench.bench_layer", "--shape", "1b", "--shape", "8b", "--json", "{json}"),
        ("tests.bench.bench_layer", "--shape", "smollm2-135m", "--repeats", "1", *_TINY, "--json", "{json}"),
    ),
    Part(
        "step",
        0.35,
        ("tests.bench.bench_step", "--json", "{json}"),
        ("tests.bench.bench_step", "--repeats", "1", *_TINY, "--json", "{json}"),
    ),
    Part(
        "decode",
        0.15,
        ("tests.bench.bench_decode", "--json", "{json}"),
        ("tests.bench.bench_decode", "--cpu", "--new", "2", "--repeats", "1", "--json", "{json}"),
    ),
    Part(
        "plan",
        1.0,
        ("tests.bench.bench_plan_cuda", "--minutes", "{minutes}", "--json", "{json}"),
        ("tests.bench.bench_plan_cuda", "--device", "cpu", "--tiny", "--minutes", "{minutes}", "--json", "{json}"),
    ),
)


def rows_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the README's table should say, one line a figure, from the parts that were measured."""
    rows = []
    for name, key, ways in (("layer", "way", ("auto", "masked", "sorted")), ("step", "method", ("mixlora",))):
        for each in _found(found, name).get("rows", []):
            if each[key] in ways:
                what = [str(each[one]) for one in ("shape", "model", "precision", "checkpointing") if one in each]
                rows.append(
                    {"what": f"{name} {' '.join(what)}, {each[key]}", "x lora": each["x lora"], "ms": each["ms"]}
                )
    for each in _found(found, "decode").get("rows", []):
        milliseconds = 1e3 / each["tokens/s"]
        rows.append({"what": f"decode, {each['method']}", "x lora": each["time x lora"], "ms": milliseconds})
    plan = _found(found, "plan")
    if plan.get("median_error") is not None:
        error = f"median error {plan['median_error']:.1%}, worst {plan['worst_error']:.1%}"
        rows.append({"what": f"plan, {plan['configurations']} configurations: {error}", "x lora": "-", "ms": "-"})
    return rows


def _found(found: dict[str, Any], name: str) -> dict[str, Any]:
    own = found["parts"].get(name, {}).get("found", {})
    return own if isinstance(own, dict) else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--dry", action="store_true", help="tiny sizes on the processor, to see that the command works")
    asked = parser.parse_args()
    until = time.monotonic() + 60 * asked.minutes
    found: dict[str, Any] = {"missing": [name for name in NEEDED if find_spec(name) is None], "parts": {}}
    print(f"missing packages: {', '.join(found['missing']) or 'none'}")
    for part in PARTS:
        found["parts"][part.name] = part.run(min(60 * asked.minutes * part.most, until - time.monotonic()), asked.dry)
        write_json(asked.json, found)
        own = found["parts"][part.name]
        ended = f", ended with {own['exit']}" if own.get("exit") else ""
        print(f"{part.name}: {own.get('not_measured') or format(own['seconds'], '.0f') + ' s'}{ended}", flush=True)
    left_out = any("not_measured" in part for part in found["parts"].values())
    if asked.dry:
        found["parts"].pop("plan")  # tiny shapes say nothing of memory
        print("\na dry run: its figures say nothing of a card")
    print_table("for tests/bench/README.md", rows_of(found))
    if left_out:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
