"""Proof of an export: a fresh process loads it as any program would, and must compute what the run's adapter does."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from studio.core.os_errors import error_in, is_out_of_memory
from studio.core.problem import ProblemError
from studio.core.process import own_input
from studio.core.process.start_worker import python_environment, worker_python
from studio.core.progress import Progress
from studio.core.recipe.recipe import Precision
from studio.core.words import tr
from studio.evaluation.borrowed_device import BorrowedDevice
from studio.export.logits import probe_logits, probe_rows
from studio.hardware import Machine, detect
from studio.models.adapter_source import AdapterSource
from studio.models.base_model import load_base
from studio.models.load_adapter import rebuild_adapter
from studio.models.memory_limit import keep_within_free
from studio.planner import model_shape
from studio.planner.weights import weight_bytes

FRESH_PROCESS = Path(__file__).with_name("fresh_process.py")
# Allowed difference, as a share of the logits' scale: the same sums in the same order are equal on a CPU; a GPU may sum
# in another order.
TOLERANCE = {"fp32": 1e-5, "bf16": 2e-2, "fp16": 2e-2, "int8": 2e-2, "nf4": 2e-2}
KILLED = -9  # by SIGKILL, which is how Linux takes memory back
NO_MEMORY = ("MemoryError", "not enough memory", "can't allocate memory", "out of memory")
LOADING_FACTOR = 1.25  # loading holds a little more than the weights


@dataclass(frozen=True, slots=True)
class Ground:
    """On which device and in which precision the proof is computed."""

    device: str
    precision: Precision


class UnprovenError(RuntimeError):
    """The export does not compute what the run's adapter does: our fault, and it is deleted."""


class ProofEndedError(ProblemError):
    """The process that compares was ended, or ran out of memory: that says nothing of the export."""


def choose_ground(source: AdapterSource, machine: Machine) -> Ground:
    """Float32 on the CPU where memory allows, since that is exact; else bfloat16, else as the run was trained.

    Raises ProblemError where a run trains on the card that it would need.
    """
    shape = model_shape(source.model)
    for precision in ("fp32", "bf16"):
        if LOADING_FACTOR * weight_bytes(shape, precision) < machine.ram_available_bytes:
            return Ground("cpu", precision)
    trained = source.model.precision
    return Ground(BorrowedDevice.of("auto", machine).torch_name, "nf4" if trained == "auto" else trained)


def prove(source: AdapterSource, exported: Path, progress: Progress, format: str) -> dict[str, Any]:
    """Load `exported`, a folder in `format`, in a fresh process and compare its logits with the run's own adapter's.

    Returns `max_logit_difference`, `logit_scale`, `max_change_from_base` (how much the adapter does), and what the
    fresh process counted: `routers`, `experts`, `tensors`, `weights`. Raises UnprovenError when they differ.
    """
    ground = choose_ground(source, detect())
    with tempfile.TemporaryDirectory(prefix="mixlora-proof-", ignore_cleanup_errors=True) as name:
        work = Path(name)
        progress(
            tr(
                "Computing logits with the run's own adapter in {precision} on {device}",
                precision=ground.precision,
                device=ground.device,
            )
        )
        base_folder = _own_logits(source, ground, work)
        progress(tr("Loading the export in a fresh process"))
        arguments = [str(base_folder), str(exported), ground.device, ground.precision, str(work), format]
        found = in_fresh_process(FRESH_PROCESS, arguments, work)
    limit = TOLERANCE[ground.precision] * max(1.0, found["logit_scale"])
    if not found["max_logit_difference"] <= limit:
        raise UnprovenError(
            f"the exported adapter's logits differ from the run's by {found['max_logit_difference']:.3g},"
            f" on a scale of {found['logit_scale']:.3g}"
        )
    return found | {"precision": ground.precision, "device": ground.device}


def _own_logits(source: AdapterSource, ground: Ground, work: Path) -> Path:
    """Write the rows and the run's own logits into `work`; the model is gone from memory when this returns."""
    keep_within_free(torch.device(ground.device))
    base = load_base(source.model, ground.device, precision=ground.precision)
    rows = probe_rows(base.tokenizer)
    model = rebuild_adapter(base.model, source)
    own = probe_logits(model, rows)
    save_file({f"row{number}": logits.contiguous() for number, logits in enumerate(own)}, work / "own.safetensors")
    (work / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    folder = base.folder
    del base, model
    gc.collect()
    return folder


def in_fresh_process(script: Path, arguments: list[str], work: Path) -> dict[str, Any]:
    """Run a script in a Python of its own, and return what it leaves in found.json in the folder `work`.

    Raises UnprovenError with the end of what it printed where it leaves nothing or fails, and ProofEndedError where
    the machine's memory did not hold it.
    """
    # It ends when its input does, so that it does not outlive this process, whatever ends that.
    command = [worker_python(sys.executable), "-P", own_input.__file__, str(script), *arguments]
    # What another program would load is on this machine: nothing may be fetched meanwhile.
    environment = python_environment(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW  # no console appears over the window
    printed = work / "printed.txt"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            creationflags=flags,
        ) as process,
    ):
        try:
            _wait(process)
        except BaseException:
            process.kill()
            raise
    result = work / "found.json"
    if process.returncode != 0 or not result.is_file():
        said = printed.read_text(encoding="utf-8", errors="replace")
        last = (said.strip().splitlines() or [""])[-1]
        no_memory = any(sign in last for sign in NO_MEMORY) or is_out_of_memory(error_in(last))
        if process.returncode == KILLED or no_memory:
            raise ProofEndedError.at(
                "memory",
                tr("the system ended the process that compares, as it does when memory runs out."),
                tr("Close other programs, and export again."),
            )
        raise UnprovenError(f"a fresh process could not load the export:\n{said[-4000:]}")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait in short pieces: a cancellation is noticed only between two of them."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
            return
