"""Processes that train runs together, for tests: `python -m tests.training.crew.fleet FOLDER COUNT` is all of them.

They train the runs of FOLDER/jobs.json one after another, and so import torch once: where the system can fork, only the
first of them does. What each handed over to the others, by job and kind, is in FOLDER/sent-RANK.json afterwards.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from studio.core.process.start_worker import python_environment
from studio.core.run.commands import Stop
from studio.core.run.events import StepEnded
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder

ROOT = Path(__file__).parents[3]


def job(folder: RunFolder, stop_at: int | None = None, out_of_memory: list[int] | None = None) -> dict[str, Any]:
    """One run to train: until `stop_at` where given; memory runs out once in [process, step]."""
    return {"run": str(folder.path), "stop_at": stop_at, "out_of_memory": out_of_memory}


def train_in(place: Path, count: int, jobs: Sequence[dict[str, Any]]) -> list[list[dict[str, int]]]:
    """Train the jobs in `count` processes; returns the bytes that each process handed over in each job, by kind."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "meeting").unlink(missing_ok=True)
    (place / "jobs.json").write_text(json.dumps(list(jobs)), encoding="utf-8")
    command = [sys.executable, "-m", "tests.training.crew.fleet", str(place), str(count)]
    done = subprocess.run(
        command, check=False, env=python_environment(PYTHONPATH=str(ROOT)), capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    return [json.loads((place / f"sent-{rank}.json").read_text(encoding="utf-8")) for rank in range(count)]


def _work(place: Path, rank: int, count: int) -> None:
    import torch
    import torch.distributed as dist

    from studio.training.crew.crew import Crew

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    meeting = (place / "meeting").as_uri()
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=count)
    crew = Crew(rank, count, rank, count)
    every, sent = _counted(), []
    for each in json.loads((place / "jobs.json").read_text(encoding="utf-8")):
        every.clear()
        before = dataclasses.asdict(crew.sent)
        _train(RunFolder(Path(each["run"])), crew, each["stop_at"], each["out_of_memory"])
        own = {kind: size - before[kind] for kind, size in dataclasses.asdict(crew.sent).items()}
        sent.append(own | {"tensors": sum(every)})
    (place / f"sent-{rank}.json").write_text(json.dumps(sent), encoding="utf-8")
    crew.part()


def _counted() -> list[int]:
    """The bytes of every tensor that is handed over from now on, by whom ever; objects are not counted."""
    import torch.distributed as dist

    sizes: list[int] = []
    reduce, gather = dist.all_reduce, dist.all_gather

    def reducing(tensor: Any, *rest: Any, **more: Any) -> Any:
        sizes.append(tensor.nbytes)
        return reduce(tensor, *rest, **more)

    def gathering(every: Any, tensor: Any, *rest: Any, **more: Any) -> Any:
        sizes.append(tensor.nbytes)
        return gather(every, tensor, *rest, **more)

    dist.all_reduce = reducing
    dist.all_gather = gathering  # type: ignore[assignment]
    return sizes


def _train(folder: RunFolder, crew: Any, stop_at: int | None, out_of_memory: list[int] | None) -> None:
    from studio.training.answer_loss import AnswerLoss
    from studio.training.recorder import Recorder
    from studio.training.run import train_run
    from studio.training.stop_requests import StopRequests

    step, loss = Recorder.step, AnswerLoss.__call__
    requests = StopRequests(crew)
    left = 0 if out_of_memory is None or out_of_memory[0] != crew.rank else 1
    reached = 0

    def stopping(self: Any, ended: Any, *rest: Any, **more: Any) -> None:
        nonlocal reached
        step(self, ended, *rest, **more)
        reached = ended.step
        if ended.step == stop_at:
            send_command(folder.db, Stop())

    def failing(self: Any, batch: Any) -> Any:
        nonlocal left
        if left and self._model.training and out_of_memory is not None and _steps(folder) == out_of_memory[1]:
            left = 0
            raise MemoryError("out of memory, for a test")
        return loss(self, batch)

    Recorder.step, AnswerLoss.__call__ = stopping, failing  # type: ignore[method-assign]
    try:
        with folder.held() if crew.leads else nullcontext():
            code = train_run(folder, requests, crew)
    finally:
        Recorder.step, AnswerLoss.__call__ = step, loss  # type: ignore[method-assign]
    assert code == 0, folder.path


def _steps(folder: RunFolder) -> int:
    with folder.reader() as reader:
        last = reader.last_event("StepEnded")
    return last.event.step if last and isinstance(last.event, StepEnded) else 0


def main() -> int:
    place, count = Path(sys.argv[1]), int(sys.argv[2])
    if len(sys.argv) > 3:
        _work(place, int(sys.argv[3]), count)
        return 0
    if not hasattr(os, "fork"):
        started = [subprocess.Popen([*sys.orig_argv, str(rank)]) for rank in range(count)]
        return max(abs(process.wait()) for process in started)
    import studio.training.session  # noqa: F401 - before the others are made

    children = []
    for rank in range(count):
        if not (child := os.fork()):
            try:
                _work(place, rank, count)
            except BaseException:  # noqa: BLE001 - a forked process must not return into what forked it
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    return max(os.waitpid(child, 0)[1] for child in children) and 1


if __name__ == "__main__":
    sys.exit(main())
