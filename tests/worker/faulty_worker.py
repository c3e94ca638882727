"""A real, detached worker with a fault in it: a sitecustomize that its interpreter finds changes one of its parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.core.process.start_worker import start_worker
from studio.core.run.run_folder import RunFolder


def start_faulty(folder: RunFolder, fault: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Start a worker that runs the Python text `fault` before anything of its own; returns its process's number."""
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(fault, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place), str(Path(__file__).parents[2])]))
        return start_worker(folder)
