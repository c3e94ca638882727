"""Record some runs of every method, or compare two recordings: a refactoring must leave every bit as it was.

python tests/bench/same_runs.py record FOLDER [--demo]    train through the command line, keep run folders and numbers
python tests/bench/same_runs.py resume FOLDER             resume the paused runs that FOLDER holds, and record them too
python tests/bench/same_runs.py compare FOLDER FOLDER     exit 1 where an event, curve, load or file differs

Nothing of the studio is imported: an older checkout records, a newer one resumes what it left and is compared with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

TIMED_CURVES = ("tokens_per_second", "memory_bytes")
TIMED_FIELDS = {
    "pid",
    "host",
    "seconds",
    "task_seconds",
    "measured_peak_bytes",
    "measured_items",
    "ratio",
    "sentence",
    "bytes",
}
UNCOMPARED_EVENTS = ("PhaseStarted", "PlanMeasured")  # how often progress is written depends on the clock
STEPS = {"training.max_steps": 6, "training.save_every": 2, "training.evaluate_every": 4}

CASES: dict[str, dict[str, Any]] = {
    "mixlora": {},
    "moelora": {"method.name": "moelora", "method.rank": 8},
    "lora": {"method.name": "lora"},
    "dora": {"method.name": "dora"},
    "mixdora": {"method.magnitudes": True, "training.micro_batch": 4},
    "mixlora-switch": {"method.routing": "switch", "method.top_k": 1, "method.z_loss": 0.001, "method.jitter": 0.1},
    "mixlora-bias": {"method.balance_bias": 0.001, "method.balance_scope": "pooled", "training.micro_batch": 1},
    "mixlora-bf16": {"model.precision": "bf16", "training.checkpointing": True, "training.schedule": "cosine"},
    "lora-epochs": {"method.name": "lora", "training.clip": 0, "training.weight_decay": 0.1, "training.warmup": 0.3},
}
PAUSED = ("mixlora", "moelora", "lora", "dora")


def record(folder: Path, demo: bool) -> None:
    """Train every case, and start and pause one run of each method beside them."""
    folder.mkdir(parents=True)
    recipe = _tiny_recipe(folder)
    for name, changes in CASES.items():
        _train(folder, recipe, name, STEPS | changes)
    for name in PAUSED:
        _train(folder, recipe, f"paused-{name}", STEPS | {"training.max_steps": 40} | CASES[name], pause_after=2)
        _train(folder, recipe, f"unbroken-{name}", STEPS | {"training.max_steps": 40} | CASES[name])
    if demo:
        recipe = _demo_recipe(folder)
        for name in PAUSED:
            changes = CASES[name] | ({"method.rank": 16} if name == "moelora" else {})
            _train(folder, recipe, f"demo-{name}", {"training.max_steps": 3, "training.batch_size": 4} | changes)
    _write(folder)


def resume(folder: Path) -> None:
    """Resume the paused runs in `folder`, which an older checkout may have left, and record again."""
    for run in sorted(folder.glob("runs/paused-*/*")):
        _studio("resume", str(run), "--follow")
    _write(folder)


def compare(one: Path, other: Path) -> int:
    """Print what differs between two recordings; a resumed run is compared with its unbroken twin as well."""
    left, right = (json.loads((folder / "recording.json").read_text("utf-8")) for folder in (one, other))
    pairs = [(name, left.get(name), right.get(name)) for name in sorted(left.keys() | right.keys())]
    pairs = [pair for pair in pairs if not pair[0].startswith("paused-")]
    for name, run in right.items():
        if name.startswith("paused-") and run["events"][-1][0] == "RunEnded":
            twin = right[name.replace("paused-", "unbroken-")]
            pairs.append((f"{name} (resumed)", _numbers(twin), _numbers(run)))
    different = 0
    for name, first, second in pairs:
        found = list(_differences(first, second))
        different += bool(found)
        print(f"{name}: {'the same' if not found else f'{len(found)} differences'}", *found[:8], sep="\n    ")
    return 1 if different else 0


def _numbers(run: dict[str, Any]) -> dict[str, Any]:
    """What a run that was resumed shares with one that was not: everything but the events of leaving and returning."""
    return {part: run[part] for part in ("curves", "loads", "files")}


def _differences(one: Any, other: Any, at: str = "") -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _differences(one.get(key), other.get(key), f"{at}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from _differences(first, second, f"{at}[{place}]")
    elif one != other:
        yield f"{at}: {str(one)[:150]} != {str(other)[:150]}"


def _write(folder: Path) -> None:
    found = {run.parent.name: _recording(run) for run in sorted(folder.glob("runs/*/*")) if run.is_dir()}
    (folder / "recording.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def _recording(run: Path) -> dict[str, Any]:
    """All of a run that neither time nor place changes: floats by their exact text, files by their hash."""
    with closing(sqlite3.connect(run / "run.db")) as database:
        events = [(kind, json.loads(body)) for kind, body in database.execute("SELECT kind, body FROM events")]
        curves = database.execute("SELECT step, name, value FROM scalars ORDER BY step, name").fetchall()
        loads = database.execute("SELECT step, task, counts FROM loads ORDER BY step, task").fetchall()
    files = [file for part in ("adapter", "checkpoints") for file in sorted((run / part).rglob("*")) if file.is_file()]
    return {
        "events": [[kind, _timeless(body, run)] for kind, body in events if kind not in UNCOMPARED_EVENTS],
        "curves": {f"{step} {name}": repr(value) for step, name, value in curves if name not in TIMED_CURVES},
        "loads": {f"{step} {task}": hashlib.sha256(counts).hexdigest() for step, task, counts in loads},
        "files": {file.relative_to(run).as_posix(): _content(file) for file in files if file.suffix == ".safetensors"},
    }


def _timeless(body: dict[str, Any], run: Path) -> dict[str, Any]:
    text = json.dumps({key: value for key, value in body.items() if key not in TIMED_FIELDS})
    return json.loads(text.replace(str(run), "RUN").replace(str(run.parents[2]), "FOLDER"))


def _content(file: Path) -> dict[str, str]:
    """The hash of each tensor, by its name: a file's header may order them otherwise."""
    import torch
    from safetensors.torch import load_file

    return {
        name: hashlib.sha256(tensor.flatten().view(torch.uint8).numpy().tobytes()).hexdigest()
        for name, tensor in load_file(file).items()
    }


def _tiny_recipe(folder: Path) -> Path:
    from tests.tiny import make_tiny_model

    model = make_tiny_model(folder / "tiny")
    tables = [f"[model]\nsource = {json.dumps(str(model))}"]
    for name in ("ask", "tell"):
        for kind, first, count in (("train", 0, 12), ("test", 12, 2)):
            rows = [
                {"prompt": f"{name} one two {'three ' * (at % 4)}{at}?", "completion": f"answer{at % 3}"}
                for at in range(first, first + count)
            ]
            (folder / f"{name}-{kind}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        tables.append(f'[[tasks]]\nname = "{name}"\ntrain = "{name}-train.jsonl"\nevaluate = "{name}-test.jsonl"')
    tables.append('[method]\nname = "mixlora"\nexperts = 4\ntop_k = 2\nrank = 4\nalpha = 8\ndropout = 0.1')
    tables.append("[training]\nmax_length = 64\nbatch_size = 4\nmicro_batch = 2\nlearning_rate = 0.01")
    tables.append('[machine]\ndevice = "cpu"')
    (folder / "recipe.toml").write_text("\n".join(tables), encoding="utf-8")
    return folder / "recipe.toml"


def _demo_recipe(folder: Path) -> Path:
    """The demo's, with four held-out rows a task: its model is a real one of 135M parameters."""
    place = ROOT / "resources/demo"
    text = (place / "recipe.toml").read_text("utf-8").replace('"data/', f'"{place.as_posix()}/data/')
    text = "".join(
        line + ("evaluate_rows = 4\n" if line.startswith("evaluate =") else "") for line in text.splitlines(True)
    )
    (folder / "demo.toml").write_text(text, encoding="utf-8")
    return folder / "demo.toml"


def _train(folder: Path, recipe: Path, name: str, changes: dict[str, Any], pause_after: int | None = None) -> None:
    runs = folder / "runs" / name
    settings = [
        part for key, value in changes.items() for part in ("--set", f"{key}={json.dumps(value).strip(chr(34))}")
    ]
    started = time.monotonic()
    command = ["train", str(recipe), "--runs", str(runs), *settings, "--json"]
    if pause_after is None:
        _studio(*command)
    else:
        training = _start(*command)
        while training.poll() is None and not _reached(runs, pause_after):
            time.sleep(0.02)
        _studio("pause", str(next(runs.iterdir())))
        training.wait()
    print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


def _reached(runs: Path, step: int) -> bool:
    for run in runs.glob("*/run.db"):
        with closing(sqlite3.connect(run)) as database:
            try:
                newest = database.execute("SELECT MAX(step) FROM events WHERE kind = 'StepEnded'").fetchone()[0]
            except sqlite3.OperationalError:  # no table yet
                return False
            return newest is not None and newest >= step
    return False


def _start(*command: str) -> subprocess.Popen[bytes]:
    places = {"MIXLORA_STUDIO_HOME": os.environ.get("MIXLORA_STUDIO_HOME", str(ROOT.parent / "same-runs-home"))}
    environment = os.environ | places | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "studio.cli", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _studio(*command: str) -> None:
    if code := _start(*command).wait():
        raise SystemExit(f"{' '.join(command)} exited with {code}")


def main() -> int:
    match sys.argv[1:]:
        case ["record", folder, *options]:
            shutil.rmtree(folder, ignore_errors=True)
            record(Path(folder).resolve(), "--demo" in options)
        case ["resume", folder]:
            resume(Path(folder).resolve())
        case ["compare", one, other]:
            return compare(Path(one), Path(other))
        case _:
            raise SystemExit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
