"""How long after its step's end a paused worker has saved, and is gone with all of its memory: SmolLM2, three times.

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
from studio.core.process.start_worker import start_worker
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.commands import Pause
from studio.core.run.events import CheckpointSaved
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.state.run_state import read_state

BOUND = 10.0  # seconds that a pause may take from the end of the step


def is_gone(process: psutil.Process) -> bool:
    """Whether the process has ended; one that only waits to be reaped has freed its memory."""
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


def recipe_to_pause() -> Recipe:
    """The demo's model with MixLoRA of 8 experts and rank 16, all else as short as it gets: it is not what is timed.

    A pause waits for the end of a step, writes the checkpoint and leaves; neither the rows of a step nor what was
    scored before it make a difference to that.
    """
    small = ["training.max_steps=50", "training.batch_size=1", "training.micro_batch=1", "method.rank=16"]
    recipe = load_recipe(places.demo_recipe(), small)
    return recipe.model_copy(
        update={"tasks": tuple(task.model_copy(update={"evaluate": None}) for task in recipe.tasks)}
    )


def seconds_until_saved(folder: RunFolder) -> float:
    """Seconds from the end of the run's last step to the record of its checkpoint, which is on the disk by then."""
    with folder.reader() as reader:
        return reader.last_events("CheckpointSaved", 1)[0].time - reader.last_events("StepEnded", 1)[0].time


def main() -> None:
    saved: list[float] = []
    gone: list[float] = []
    size = 0
    with tempfile.TemporaryDirectory(prefix="pause-") as place:
        folder = create_run(recipe_to_pause(), Path(place))
        for steps in (2, 4, 6):
            process = psutil.Process(start_worker(folder))
            while read_state(folder).step < steps:
                if is_gone(process):
                    raise RuntimeError(folder.log.read_text(encoding="utf-8")[-2000:])
                time.sleep(0.05)
            held = process.memory_info().rss
            send_command(folder.db, Pause())
            gone.append(seconds_until_gone(folder, process))
            saved.append(seconds_until_saved(folder))
            print(
                f"paused after step {read_state(folder).step}: its checkpoint is on the disk {saved[-1]:.2f} s after"
                f" the step's end, the worker gone with its {held / 2**20:,.0f} MiB after {gone[-1]:.2f} s",
                flush=True,
            )
            with folder.reader() as reader:
                event = reader.last_events("CheckpointSaved", 1)[0].event
            assert isinstance(event, CheckpointSaved)
            size = event.bytes
    print(f"the worst {max(gone):.2f} s of {BOUND:.0f} s; a checkpoint has {size / 2**20:.0f} MiB")
    if len(sys.argv) > 1:
        told = {
            "seconds_to_durable_checkpoint": [round(each, 3) for each in saved],
            "seconds_to_worker_gone": [round(each, 3) for each in gone],
            "bound": BOUND,
            "checkpoint_bytes": size,
            "machine": f"{platform.platform()}, {os.cpu_count()} cores, no GPU",
        }
        Path(sys.argv[1]).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
