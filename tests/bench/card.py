"""All that a card is asked for, in one command: `python -m tests.bench.card --minutes 8 --json card.json`.

Doctor, the kernels' trial, a training step and its profile, a feed-forward, generation, the plan beside real peaks, and
the demo, each in a process of its own, so that one that fails or hangs leaves the others' figures, and its own as far
as it came. The file is written anew after each part. Parts for which no time is left are named, and so are packages
that are missing. Ends with the rows for README.md.

`--dry` runs the same parts on the processor with tiny sizes and without the demo: it shows that the command works, and
nothing more.

On a machine with nothing but torch, transformers and Python 3.12, take the missing packages along as the head of
`bench_plan_cuda` says, and start it with `PYTHONPATH=.site:.`.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.bench.card_parts import Part

NEEDED = ("torch", "transformers", "peft", "triton", "bitsandbytes", "pydantic", "numpy", "filelock", "psutil")
NEEDED += ("platformdirs", "safetensors", "accelerate", "datasets", "tokenizers", "typer", "rich")

_TO = ("--json", "{json}")
_TINY = ("--cpu", "--shape", "tiny", "--repeats", "1", *_TO)
PARTS = (
    Part("doctor", 0.1, ("studio.cli", "doctor", "--json"), ("studio.cli", "doctor", "--json")),
    Part("trial", 0.2, ("tests.bench.card_trial", *_TO), ("tests.bench.card_trial", *_TO)),
    Part("step", 0.35, ("tests.bench.bench_step", *_TO), ("tests.bench.bench_step", "--tokens", "32", *_TINY)),
    Part("profile", 0.1, ("tests.bench.card_profile", *_TO), ("tests.bench.card_profile", "--cpu", *_TO)),
    Part(
        "layer",
        0.15,
        ("tests.bench.bench_layer", "--shape", "1b", "--shape", "8b", *_TO),
        ("tests.bench.bench_layer", "--tokens", "32", *_TINY),
    ),
    Part("decode", 0.1, ("tests.bench.bench_decode", *_TO), ("tests.bench.bench_decode", "--new", "2", *_TINY)),
    Part(
        "plan",
        0.4,
        ("tests.bench.bench_plan_cuda", "--minutes", "{minutes}", *_TO),
        ("tests.bench.bench_plan_cuda", "--device", "cpu", "--tiny", "--minutes", "{minutes}", *_TO),
    ),
    Part("demo", 1.0, ("studio.cli", "demo", "--set", "training.max_steps=20", "--runs", "{folder}", "--json")),
)


def rows_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the README's table should say, one line a figure, from the parts that were measured."""
    rows = []
    for name, key in (("layer", "way"), ("step", "method")):
        for each in _found(found, name).get("rows", []):
            if each[key].startswith("mixlora"):
                what = [str(each[one]) for one in ("shape", "model", "precision") if one in each]
                what += ["checkpointing"] * each.get("checkpointing", False)
                row = {"what": f"{name} {' '.join(what)}, {each[key]}"}
                if "ms" in each:
                    rows.append(row | {"x lora": each["x lora"], "ms": each["ms"]})
                else:
                    rows.append(row | {"x lora": f"not measured: {each['not measured']}", "ms": "-"})
    for each in _found(found, "profile").get("rows", []):
        what = f"profile, {each['method']}: {each['launches']} launches, {each['waits']} waits, busy {each['busy']:.0%}"
        rows.append({"what": what, "x lora": "-", "ms": each["ms"]})
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
    print(f"missing packages: {', '.join(found['missing']) or 'none'}", flush=True)
    if "torch" in found["missing"]:
        raise SystemExit("Nothing can be measured without torch.")
    from tests.bench.measure import print_table, write_json

    for part in PARTS:
        left = until - time.monotonic()
        # The shares keep one slow part of a card from taking the time of all others; tiny sizes need none.
        seconds = left if asked.dry else min(60 * asked.minutes * part.most, left)
        own = found["parts"][part.name] = part.run(seconds, asked.dry)
        write_json(asked.json, found)
        ended = f", ended with {own['exit']}" if own.get("exit") else ""
        said = own.get("left_out") or own.get("not_measured") or format(own["seconds"], ".0f") + " s"
        print(f"{part.name}: {said}{ended}", flush=True)
    unmeasured = [name for name, part in found["parts"].items() if "not_measured" in part]
    if asked.dry:
        found["parts"].pop("plan")  # tiny shapes say nothing of memory
        print("\na dry run: its figures say nothing of a card")
    print_table("for tests/bench/README.md", rows_of(found))
    if unmeasured:
        raise SystemExit(f"not measured: {', '.join(unmeasured)}")


if __name__ == "__main__":
    main()
