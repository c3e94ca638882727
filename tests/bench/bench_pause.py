"""How long after its step's end a paused worker is gone, and with it all of its memory: the demo's model, three times.

python tests/bench/bench_pause.py [JSON file]
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from studio.core import places
from studio.core.commands import Pause
from studio.core.events import CheckpointSaved
from studio.core.recipe_file import load_recipe
from studio.core.run_db import send_command
from studio.core.run_folder import RunFolder, create_run
from studio.core.run_state import read_state
from studio.core.start import start_worker

BOUND = 10.0  # seconds that a pause may take from the end of the step


def is_gone(process: psutil.Process) -> bool:
    """Whether the process has ended; one that only waits to be reaped has given its memory back."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def seconds_until_gone(folder: RunFolder, process: psutil.Process, patience: float = 120.0) -> float:
    """Wait for a worker that was asked to pause; seconds from the end of its last step to the end of its process."""
    until = time.monotonic() + patience
    while not is_gone(process):
        if time.monotonic() > until:
            raise TimeoutError(folder.log.read_text(encoding="utf-8")[-2000:])
        time.sleep(0.01)
    now = time.time()
    with folder.reader() as reader:
        return now - reader.last_events("StepEnded", 1)[0].time


def main() -> None:
    found: list[float] = []
    size = 0
    with tempfile.TemporaryDirectory(prefix="pause-") as place:
        recipe = load_recipe(places.demo_recipe(), ["training.max_steps=50", "training.evaluate_every=1000"])
        folder = create_run(recipe, Path(place))
        for steps in (2, 3, 4):
            process = psutil.Process(start_worker(folder))
            while read_state(folder).step < steps:
                if is_gone(process):
                    raise RuntimeError(folder.log.read_text(encoding="utf-8")[-2000:])
                time.sleep(0.05)
            send_command(folder.db, Pause())
            found.append(seconds_until_gone(folder, process))
            print(
                f"paused after step {read_state(folder).step}: gone {found[-1]:.2f} s after the step's end", flush=True
            )
            with folder.reader() as reader:
                saved = reader.last_events("CheckpointSaved", 1)[0].event
            assert isinstance(saved, CheckpointSaved)
            size = saved.bytes
    print(f"the worst {max(found):.2f} s of {BOUND:.0f} s; its checkpoint has {size / 2**20:.0f} MiB")
    if len(sys.argv) > 1:
        told = {
            "seconds": [round(each, 3) for each in found],
            "bound": BOUND,
            "checkpoint_bytes": size,
            "machine": f"{platform.platform()}, {os.cpu_count()} cores, no GPU",
        }
        Path(sys.argv[1]).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
