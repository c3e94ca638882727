"""What trying the fused kernels on a card found; tried once, in a process of its own, and kept in the studio's home.

A kernel that reaches beyond its memory spoils the process that launched it for good. In a child it costs nothing but
speed, and the run goes on in the masked form. The child times both forms as well, and "auto" takes the faster.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from studio.core import places
from studio.core.atomic_file import read_whole, write_whole
from studio.core.error_text import system_reason
from studio.core.process.start_worker import python_environment, worker_python
from studio.methods.mixlora.forms.blocks import Tiles, choose
from studio.methods.mixlora.forms.proof import Case, Widths, proof, unfit

PATIENCE = 600.0  # seconds; two cases are compiled within one minute on a slow machine
COMMAND = ("-m", "studio.methods.mixlora.forms.trial")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the kernels cannot be used, or an empty sentence; and each form's milliseconds, where both were timed.

    `tiles` are those with which the kernels were the fastest, and None the first ones.
    """

    against: str = ""
    fused_ms: float | None = None
    masked_ms: float | None = None
    tiles: Tiles | None = None

    @property
    def masked_is_faster(self) -> bool:
        return self.fused_ms is not None and self.masked_ms is not None and self.masked_ms < self.fused_ms


_KEPT = TypeAdapter(dict[str, Verdict])
_ONE = TypeAdapter(Verdict)


@cache
def verdict(device: torch.device, case: Case, widths: Widths) -> Verdict:
    """Return what is known of the kernels for this case on this device; they are tried where nothing is known."""
    if why := unfit(device, case):
        return Verdict(why)
    if device.type != "cuda":
        return Verdict()  # Triton's interpreter computes them, for tests
    key = key_of(device, case, widths)
    kept = _read()
    if key in kept:
        return _taken(case, kept[key])
    # Training and evaluation differ in dropout alone, and a run wants both.
    cases = [case, replace(case, dropout=not case.dropout)]
    try:
        found = tried(device, cases, widths)
    except TrialError as error:
        warnings.warn(f"The fused kernels are tried within the run itself, since {error}", RuntimeWarning, 2)
        return Verdict(proof(device, case))
    _keep({key_of(device, each, widths): own for each, own in zip(cases, found, strict=True)})
    return _taken(case, found[0])


def _taken(case: Case, found: Verdict) -> Verdict:
    """Have the kernels launched in this process with the tiles that were the fastest."""
    if found.tiles is not None:
        choose(case.kind, found.tiles)
    return found


class TrialError(Exception):
    """The trial says nothing about the kernels; its text completes "since"."""


def tried(device: torch.device, cases: Sequence[Case], widths: Widths) -> list[Verdict]:
    """Try the kernels of `cases` in a child on one card, and return a verdict for each.

    A child that ends while a kernel runs is a verdict against it, but not where only other tiles than the first were
    being tried. Raises TrialError where it ended before.
    """
    asked = {
        "device": str(device),
        "widths": asdict(widths),
        "cases": [{**asdict(case), "dtype": str(case.dtype).removeprefix("torch.")} for case in cases],
    }
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            [worker_python(sys.executable), *COMMAND],
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=python_environment(),
            creationflags=flags,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TrialError(f"the process that tries them took longer than {PATIENCE:.0f} s.") from error
    except OSError as error:
        raise TrialError(f"no process could be started to try them: {system_reason(error)}.") from error
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    found = [_ONE.validate_python(line["verdict"]) for line in lines if "verdict" in line]
    if len(found) < len(cases) and any("lacks" in line for line in lines):
        raise TrialError("the card's memory does not suffice for a second process.")
    if not any("began" in line for line in lines):
        raise TrialError(f"the process that tries them ended before it began (exit code {done.returncode}).")
    if len(found) < len(cases):
        said = done.stderr.strip().splitlines()[-1:] or [""]
        ended = f"The fused kernels ended the process that tried them (exit code {done.returncode}). {said[0][:200]}"
        found += [Verdict(ended.rstrip())] * (len(cases) - len(found))
    for line in lines:
        if "better" in line:
            found[line["case"]] = _ONE.validate_python(line["better"])
    return found


def key_of(device: torch.device, case: Case, widths: Widths) -> str:
    """Name all that a verdict depends on: card, driver, torch, Triton, the kernels' own text, case and widths."""
    card = torch.cuda.get_device_properties(device)
    driver = getattr(torch._C, "_cuda_getDriverVersion")()  # noqa: B009  a torch without CUDA lacks it
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    about = (
        card.name, card.total_memory, (card.major, card.minor), driver, torch.__version__,
        _triton_version(), code.hexdigest(), case, widths,
    )  # fmt: skip
    return hashlib.sha256(repr(about).encode()).hexdigest()[:32]


def _triton_version() -> str:
    """Of whichever package brings it: builds of torch have had their own."""
    for name in ("triton", "triton-windows", "pytorch-triton", "pytorch-triton-rocm"):
        with suppress(PackageNotFoundError):
            return version(name)
    return ""


def _read() -> dict[str, Verdict]:
    try:
        return _KEPT.validate_json(read_whole(places.kernel_verdicts()))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        warnings.warn(f"What was found about the fused kernels cannot be read: {type(error).__name__}.", stacklevel=2)
        return {}


def _keep(more: Mapping[str, Verdict]) -> None:
    file = places.kernel_verdicts()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, _KEPT.dump_json(_read() | dict(more), indent=1).decode())
    except OSError as error:
        warnings.warn(f"The fused kernels are tried at each start: {system_reason(error)}.", RuntimeWarning, 2)
