"""The parts of `tests.bench.card`: commands of ours, each in a process of its own with a limit of time.

Only the standard library is imported here, so that a missing package stops the parts that need it and no others.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Part:
    """A command of ours that writes JSON: `most` is the share of all minutes that it may take on a card.

    `dry` is what shows on a processor that the command works; empty where that would take too long.
    """

    name: str
    most: float
    card: tuple[str, ...]
    dry: tuple[str, ...] = ()

    def run(self, seconds: float, dry: bool) -> dict[str, Any]:
        """Run it for at most `seconds`; returns its figures as far as it came, and why there are no more."""
        if dry and not self.dry:
            return {"left_out": "a dry run has no use for it"}
        if seconds < 5:
            return {"not_measured": "no time was left"}
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            file, said = Path(folder) / "part.json", Path(folder) / "said"
            values = {"json": file, "minutes": f"{0.9 * seconds / 60:.2f}", "folder": folder}
            command = [each.format(**values) for each in (self.dry if dry else self.card)]
            began = time.perf_counter()
            ended = _run([sys.executable, "-W", "ignore", "-m", *command], said, seconds)
            took = time.perf_counter() - began
            written = _json(file) if file.exists() else _json(said.with_suffix(".out"))
            errors = said.with_suffix(".err").read_text(encoding="utf-8", errors="replace").strip()
        found: dict[str, Any] = {"seconds": took, "exit": ended}
        if written is not None:
            found["found"] = written
        if ended is None:
            found["not_measured"] = f"it took longer than the {seconds:.0f} s that it was given"
            found["not_measured"] += "" if written is None else "; what it had by then is kept"
        elif written is None:
            found["not_measured"] = errors[-2000:] or "it printed no figures"
        elif ended:
            found["errors"] = errors[-2000:]
        return found


def _run(command: list[str], said: Path, seconds: float) -> int | None:
    """Return the exit status, or None where it was ended for taking too long, its own children with it."""
    with said.with_suffix(".out").open("wb") as out, said.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=_environment())
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            for each in [process, *_children(process.pid)]:
                each.kill()
            process.wait()
            return None


def _children(pid: int) -> list[Any]:
    """The processes below `pid`; what one left running would take the card from the next part."""
    try:
        psutil: Any = importlib.import_module("psutil")
    except ModuleNotFoundError:
        return []
    return list(psutil.Process(pid).children(recursive=True))


def _environment() -> dict[str, str]:
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    found = os.pathsep.join(str(Path(each).resolve()) for each in paths)
    return {**os.environ, "PYTHONPATH": found, "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"}


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:  # nothing but words, or cut off while it was written
        return None
