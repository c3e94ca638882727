"""Killing a run's workers -9 at random moments, resuming each time, and comparing with a run that nobody broke."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from studio.core.process.start_worker import python_environment
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from tests.training.kill_server import PLACES
from tests.training.small_run import assert_same_run, curves, events

HARDEST_CALL = {"statement": 120, "tensors": 3, "flush": 3, "rename": 6, "adapter": 1}


@dataclass(slots=True)
class Tally:
    """What a soak did: kills by place, resumes, runs, steps compared, the largest difference of any curve's point."""

    kills: dict[str, int] = field(default_factory=dict)
    resumes: int = 0
    runs: int = 0
    steps: int = 0
    largest: float = 0.0

    @property
    def killed(self) -> int:
        return sum(self.kills.values())


class Workers:
    """Forks workers through the kill server, one at a time."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def run(
        self,
        folder: RunFolder,
        kill: dict[str, Any] | None = None,
        after: float | None = None,
        beside: Sequence[RunFolder] = (),
    ) -> bool:
        """Let one worker work on the run, together with those `beside` it; true when it was killed, by itself in a
        place or by us `after` seconds."""
        status = self.status(folder, kill, after, beside)
        killed = status == signal.SIGKILL
        assert killed or status == 0, folder.log.read_text(encoding="utf-8")[-3000:]
        return killed

    def status(
        self,
        folder: RunFolder,
        kill: dict[str, Any] | None = None,
        after: float | None = None,
        beside: Sequence[RunFolder] = (),
    ) -> int:
        """Let one worker work on the run; returns its status: the signal, or the exit code times 256."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        asked = {"run": str(folder.path), "kill": kill, "beside": [str(each.path) for each in beside]}
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        pid = int(self._server.stdout.readline())
        if after is not None:
            time.sleep(after)
            with suppress(psutil.NoSuchProcess):  # it had finished by itself
                psutil.Process(pid).kill()
        return int(self._server.stdout.readline())


@contextmanager
def kill_server(start: type[subprocess.Popen[Any]] = subprocess.Popen) -> Iterator[Workers]:
    server = start(
        [sys.executable, "-m", "tests.training.kill_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=python_environment(PYTHONPATH=str(Path(__file__).parents[2])),
    )
    with server:
        yield Workers(server)
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(60) == 0


def break_and_resume(
    workers: Workers,
    folder: RunFolder,
    unbroken: RunFolder,
    chance: random.Random,
    kills: int,
    seconds: float,
    tally: Tally,
    places: tuple[str, ...] = ("time",) * len(PLACES) + PLACES,
) -> None:
    """Kill the run's workers up to `kills` times, then let it end; it must equal the unbroken run in everything."""
    for _ in range(kills):
        place = chance.choice(places)
        if place == "time":
            killed = workers.run(folder, after=chance.uniform(0, seconds))
        else:
            killed = workers.run(folder, {"at": place, "call": chance.randint(1, HARDEST_CALL[place])})
        if not killed:
            break
        tally.kills[place] = tally.kills.get(place, 0) + 1
        state = read_state(folder).state
        # Killed before its first word it waits, seems to start for as long as a start may take, or has failed to;
        # never does it seem to run, or to be done.
        silent = ("waiting", "starting") if not events(folder, "RunStarted") else ()
        assert state in ("lost", "failed", "finished", *silent), state
        if state == "finished":
            assert (folder.adapter / "adapter_model.safetensors").is_file()
            break
    if read_state(folder).state != "finished":
        assert not workers.run(folder)
    tally.runs += 1
    tally.resumes += len(events(folder, "RunResumed"))
    mine, theirs = curves(folder), curves(unbroken)
    tally.steps += len(events(folder, "StepEnded"))
    tally.largest = max([tally.largest, *(abs(value - theirs[place]) for place, value in mine.items())])
    assert read_state(folder).state == "finished"
    assert len(events(folder, "RunEnded")) == 1
    assert_same_run(folder, unbroken)
