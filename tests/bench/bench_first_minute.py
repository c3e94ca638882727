"""What a first-time user waits for: seconds from Start to what first moves, and to the loss's first point.

`python -m tests.bench.bench_first_minute` starts the demo as the window's button does, in an empty home unless
MIXLORA_STUDIO_HOME is set, reads its run.db ten times a second as the window does, and stops it after its first step.
Aims on two cores: 20 seconds to what first moves, 90 to the loss.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from studio.core import places
from studio.core.process.start_worker import start_worker
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.commands import Stop
from studio.core.run.events import PhaseStarted, RowsScored, StepEnded
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import create_run

PATIENCE = 900.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="bench-first-minute-"))
    os.environ.setdefault("MIXLORA_STUDIO_HOME", str(place))
    folder = create_run(load_recipe(places.demo_recipe()), place / "runs")
    begun = time.time()
    start_worker(folder)
    found: dict[str, float] = {}
    after = 0
    while "the loss's first point" not in found:
        if time.time() - begun > PATIENCE:
            raise TimeoutError(folder.log.read_text(encoding="utf-8")[-2000:])
        time.sleep(0.1)
        with folder.reader() as reader:
            for stored in reader.events(after):
                after, event, seconds = stored.id, stored.event, stored.time - begun
                match event:
                    case PhaseStarted():
                        found.setdefault("the worker's first word", seconds)
                        found.setdefault(f"phase: {event.phase}", seconds)
                    case RowsScored() if event.answers:
                        found.setdefault("the first answer appears", seconds)
                    case StepEnded():
                        found.setdefault("the loss's first point", seconds)
                    case _:
                        found.setdefault(event.kind, seconds)
    send_command(folder.db, Stop())
    for what, seconds in found.items():
        print(f"{what}: {seconds:.1f} s")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
