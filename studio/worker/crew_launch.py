"""The processes of a run that trains in several, started through torchrun and watched to their end.

One that is lost ends the run with that reason: those that are left wait for it in a call that nothing interrupts, so
they are ended soon.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import psutil
from pydantic import ValidationError

from studio.core.problem import EXIT_DONE, EXIT_OUR_FAULT, ProblemError
from studio.core.process.start_worker import python_environment, worker_python
from studio.core.recipe.machine_table import MEETING_VARIABLE, MachineTable
from studio.core.run.events import RunEnded
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import onward, read_state
from studio.core.words import tr
from studio.training.checkpoint.files import newest_sound
from studio.training.checkpoint.resume_point import Start
from studio.training.crew.crew import WORKER_VARIABLE
from studio.training.recorder import Recorder
from studio.training.run import EXIT_PROCESS_LOST, record_failure
from studio.training.stop_requests import LeaveBeforeTraining, StopRequests
from studio.worker.crew_silence import PLACE_VARIABLE, CrewSilence

MODULE = "studio.worker.rank"
NODE_VARIABLES = ("MIXLORA_STUDIO_NODE", "SLURM_NODEID", "SKYPILOT_NODE_RANK")
SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")  # of the system, on which torchrun ends the processes
LOOKS = 0.25  # seconds between two at whether all processes live
ALONE = 3.0  # seconds that the others may go on after one has left: all leave together when a run ends
MEETING = 900  # seconds for all machines of a cluster to come
SAVING = 60  # seconds that a checkpoint may take when the system asks all to end


def train_as_crew(folder: RunFolder, machine: MachineTable, requests: StopRequests) -> int:
    """Train the run in several processes, of this machine or of several; returns the exit code.

    The caller holds the run's lock. How the run ends is recorded by the processes' leader, or here where it could not.
    """
    with folder.reader() as reader:
        last = reader.last_event()
    print(f"{machine.all_processes} processes train together", flush=True)
    place = tempfile.TemporaryDirectory(prefix="mixlora-studio-", ignore_cleanup_errors=True)
    with place as path, _Watch(folder, machine, Path(path)) as watch:
        failures = _launched(folder, machine, Path(path), requests)
    with folder.reader() as reader:
        ended = reader.last_event("RunPaused", "RunEnded")
    if ended is not None and (last is None or ended.id > last.id):
        return ended.event.exit_code if isinstance(ended.event, RunEnded) else EXIT_DONE
    if watch.hang:
        return _record(folder, "failed", watch.hang)
    if _left_before_training(folder, requests, last.id if last else 0):
        return EXIT_DONE
    return _record_loss(folder, machine.all_processes, failures, requests)


def node_number() -> int:
    """Which of a cluster's machines this is, as its scheduler says; 0 is the one whose worker holds the run."""
    return next((int(os.environ[name]) for name in NODE_VARIABLES if os.environ.get(name, "").isdigit()), 0)


def join_crew(folder: RunFolder, machine: MachineTable) -> int:
    """Train the run with this machine's processes, beside another machine's worker, which holds and records the run."""
    place = tempfile.TemporaryDirectory(prefix="mixlora-studio-", ignore_cleanup_errors=True)
    with place as path, _Watch(folder, machine, Path(path)) as watch:
        failures = _launched(folder, machine, Path(path), StopRequests())
    if watch.hang:
        print(f"{watch.hang}.", flush=True)
    return EXIT_OUR_FAULT if failures else EXIT_DONE


def library_settings(platform: str, nodes: int) -> dict[str, str]:
    """Variables for torchrun and the processes that it starts, except those that a person has set."""
    wanted = {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": str(SAVING)}
    if platform == "linux" and nodes == 1:
        wanted["GLOO_SOCKET_IFNAME"] = "lo"  # nothing of it is for the network
    if platform == "win32":
        # Without it torchrun warns with a traceback of each signal that Windows lacks.
        wanted["TORCHELASTIC_SIGNALS_TO_HANDLE"] = "SIGTERM,SIGINT,SIGBREAK"
    settings = {name: value for name, value in wanted.items() if name not in os.environ}
    # A store of its own for the processes: torchrun's needs libuv, which torch lacks on Windows.
    return settings | {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def _launched(folder: RunFolder, machine: MachineTable, place: Path, requests: StopRequests) -> dict[int, Any]:
    """Start the processes and wait for their end; returns those that failed, by their number.

    Raises ProblemError for several machines under Windows.
    """
    if machine.nodes > 1 and sys.platform == "win32":
        # torchrun's point to meet at (StaticTCPRendezvous) asks for libuv and has no way around it.
        raise ProblemError.at(
            "machine.nodes",
            tr("torch for Windows cannot let several machines meet: it is built without libuv."),
            tr("Set it to 1, or train on machines with Linux."),
        )
    os.environ.update(library_settings(sys.platform, machine.nodes))
    os.environ.update(python_environment(**{WORKER_VARIABLE: str(os.getpid()), PLACE_VARIABLE: str(place)}))
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    # The processes' leader is of the first machine, the only one to open run.db: SQLite takes no other's writes.
    meet: dict[str, Any] = {
        "rdzv_backend": "static",
        "rdzv_endpoint": os.environ.get(MEETING_VARIABLE) or machine.rendezvous,
        "rdzv_configs": {"rank": node_number(), "timeout": MEETING},
    }
    if machine.nodes == 1:
        meet = {
            "rdzv_backend": "c10d",
            "rdzv_endpoint": str(place / "meeting"),
            "rdzv_configs": {"store_type": "file"},
            "local_addr": "127.0.0.1",
        }
    config = LaunchConfig(
        min_nodes=machine.nodes,
        max_nodes=machine.nodes,
        nproc_per_node=machine.processes,
        run_id=folder.id,
        **meet,
        max_restarts=0,
        monitor_interval=LOOKS,
        # torchrun prints a traceback into the log for each that Windows has not.
        signals_to_handle=",".join(name for name in SIGNALS if hasattr(signal, name)),
        logs_specs=DefaultLogsSpecs(log_dir=str(place)),
    )
    try:
        elastic_launch(config, worker_python(sys.executable))("-m", MODULE, str(folder.path))
    except ChildFailedError as error:
        return dict(error.failures)
    except SignalException as error:
        requests.system_reason = tr("The system asked the worker to end ({name})", name=error.sigval.name)
    return {}


class _Watch:
    """While entered: ends the processes that are left when one of them has gone, or all when one hangs; and at the end.

    `hang` says which hung, as the beginning of a sentence.
    """

    def __init__(self, folder: RunFolder, machine: MachineTable, place: Path) -> None:
        first = node_number() * machine.processes if machine.nodes > 1 else 0
        self._silence = CrewSilence(folder, place, first, machine.processes, machine.all_processes)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crew", daemon=True)
        self.hang = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        _end(_crew())

    def _run(self) -> None:
        most, since = 0, 0.0
        while not self._over.wait(LOOKS):
            there = _crew()
            if len(there) >= most:
                most, since = len(there), time.monotonic()
            elif time.monotonic() - since > ALONE:
                _end(there)
                continue
            if not self.hang and (hang := self._hang(there)):
                self.hang = hang
                _end(there)

    def _hang(self, there: list[psutil.Process]) -> str:
        try:
            return self._silence.hang(there)
        except (ProblemError, sqlite3.Error, ValidationError):
            return ""  # run.db cannot be read now; the run itself says so where that lasts


def _crew() -> list[psutil.Process]:
    """The processes that train and live."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE and MODULE in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            continue


def _left_before_training(folder: RunFolder, requests: StopRequests, after: int) -> bool:
    """Record that the run left as a person asked it to, before its first step, and whether it did.

    The process that hears it first goes; another that is in one long call of a library is ended before it can say so.
    """
    requests.look(folder)
    with folder.reader() as reader:
        step = reader.last_event("StepEnded")
    if not requests.asked.leave or (step is not None and step.id > after):
        return False
    checkpoint, _ = newest_sound(folder.checkpoints)
    start = Start(checkpoint.step if checkpoint else 0, checkpoint)
    with RunWriter(folder.db) as writer:
        recorder = Recorder(writer)
        record_failure(LeaveBeforeTraining(requests.leave, requests.because), folder, start, recorder)
        recorder.finish()
    return True


def _record_loss(folder: RunFolder, count: int, failures: dict[int, Any], requests: StopRequests) -> int:
    """Record why the run ended where its processes did not."""
    if requests.system_reason and not failures:
        why = tr("{why}, and its processes did not leave in time", why=requests.system_reason)
        return _record(folder, "stopped", why)
    return _record(folder, "failed", _why(failures, count))


def _record(folder: RunFolder, outcome: Literal["stopped", "failed"], why: str) -> int:
    """Record an end that the processes could not; `why` is the beginning of a sentence."""
    step, then = read_state(folder).step, onward(folder)
    reason = tr("{why}, after step {step}; {then}.", why=why, step=step, then=then)
    if outcome == "failed":
        reason = tr(
            "{why}, after step {step}; {then}. {file} has the details.",
            why=why,
            step=step,
            then=then,
            file=folder.log.name,
        )
    print(reason, flush=True)
    with RunWriter(folder.db) as writer:
        writer.drop_commands()
        writer.write(RunEnded(outcome=outcome, reason=reason, step=step, exit_code=EXIT_OUR_FAULT))
    return EXIT_OUR_FAULT


def _why(failures: dict[int, Any], count: int) -> str:
    """Which process was lost first, and how; those that only lost their companion come last."""
    if not failures:
        return tr("Its processes ended without a word")
    lost = sorted(failures.items(), key=lambda each: (each[1].exitcode == EXIT_PROCESS_LOST, each[1].timestamp))
    number, failure = lost[0]
    place = {"n": number + 1, "count": count}
    if failure.exitcode < 0:
        return tr(
            "Process {n} of {count} was killed ({signal})", signal=signal.Signals(-failure.exitcode).name, **place
        )
    if failure.exitcode == EXIT_PROCESS_LOST:
        return tr("Process {n} of {count} lost the others", **place)
    if failure.message and not failure.message.startswith("To enable traceback"):
        return tr("Process {n} of {count} failed: {what}", what=failure.message.rstrip("."), **place)
    return tr("Process {n} of {count} ended with code {code}", code=failure.exitcode, **place)
