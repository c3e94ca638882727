"""Kill -9 a run's workers at 60 random moments, resume after each, compare with unbroken runs, print the figures.

python tests/bench/soak_kill.py [kills] [seed] [JSON file]
"""

from __future__ import annotations

import json
import os
import platform
import random
import sys
import tempfile
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tiny import make_tiny_model
from tests.training.killing import Tally, break_and_resume, kill_server
from tests.training.small_run import small_run

METHODS = ("mixlora", "moelora", "lora", "dora")


def soak(kills: int, seed: int) -> Tally:
    """Break runs of each method in turn until `kills` workers were killed; each run may be killed up to six times."""
    chance, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory(prefix="soak-") as place, kill_server() as workers:
        home = Path(place)
        model = make_tiny_model(home / "tiny")
        changes = {"training__max_steps": 10, "training__evaluate_every": 4}
        unbroken, seconds = {}, {}
        for method in METHODS:
            more = {"method__rank": 8} if method == "moelora" else {}
            unbroken[method] = small_run(home, model, method__name=method, **changes, **more)
            began = time.monotonic()
            assert not workers.run(unbroken[method])
            seconds[method] = time.monotonic() - began
        while tally.killed < kills:
            method = METHODS[tally.runs % len(METHODS)]
            more = {"method__rank": 8} if method == "moelora" else {}
            folder = small_run(home, model, method__name=method, **changes, **more)
            most = min(6, kills - tally.killed)
            break_and_resume(workers, folder, unbroken[method], chance, most, seconds[method], tally)
    return tally


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began = time.monotonic()
    tally = soak(kills, seed)
    places = ", ".join(f"{place} {count}" for place, count in sorted(tally.kills.items()))
    print(f"kills               {tally.killed} ({places})")
    print(f"resumes             {tally.resumes}")
    print(f"runs                {tally.runs}, all finished, integrity_check ok, no event lost or doubled")
    print(f"steps compared      {tally.steps}")
    print(f"largest difference  {tally.largest!r}")
    seconds = time.monotonic() - began
    print(f"seconds             {seconds:.0f}")
    if len(sys.argv) > 3:
        found = {
            "kills": tally.killed,
            "kills_by_place": dict(sorted(tally.kills.items())),
            "resumes": tally.resumes,
            "runs": tally.runs,
            "steps_compared": tally.steps,
            "largest_difference": tally.largest,
            "integrity_check": "ok",
            "methods": METHODS,
            "seed": seed,
            "seconds": round(seconds),
            "machine": f"{platform.platform()}, {os.cpu_count()} cores, torch {torch.__version__}",
        }
        Path(sys.argv[3]).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
