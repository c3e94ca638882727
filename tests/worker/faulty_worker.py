"""A real, detached worker with a fault in it: a sitecustomize that its interpreter finds changes one of its parts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.run_folder import RunFolder
from studio.core.start import start_worker

PATIENCE = 300.0


def start_faulty(folder: RunFolder, fault: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Start a worker that runs the Python text `fault` before anything of its own; returns its process's number."""
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(fault, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place), str(Path(__file__).parents[2])]))
        return start_worker(folder)


def wait_until(true: Callable[[], bool], folder: RunFolder, patience: float = PATIENCE) -> float:
    """Wait until `true` is; returns the seconds that it took, and shows the worker's log where it never comes."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience, folder.log.read_text(encoding="utf-8")[-3000:]
        time.sleep(0.05)
    return time.monotonic() - began
