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
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError

from studio.core import places
from studio.core.atomic_file import read_whole, write_whole
from studio.core.error_text import system_reason
from studio.core.kept_words import SAID, recalled, remembered
from studio.core.process.start_worker import python_environment, worker_python
from studio.core.said import Sentence, words_of
from studio.core.words import sentences, tr
from studio.methods.mixlora.forms.blocks import Tiles, choose
from studio.methods.mixlora.forms.proof import Case, Widths, proof, unfit

PATIENCE = 600.0  # seconds; two cases are compiled within one minute on a slow machine
COMMAND = ("-m", "studio.methods.mixlora.forms.trial")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the kernels cannot be used, or an empty sentence; and each form's milliseconds, where both were timed.

    `tiles` are those with which the kernels were the fastest, and None the first ones.
    """

    against: Sentence = ""
    fused_ms: float | None = None
    masked_ms: float | None = None
    tiles: Tiles | None = None

    @property
    def masked_is_faster(self) -> bool:
        return self.fused_ms is not None and self.masked_ms is not None and self.masked_ms < self.fused_ms


_KEPT = TypeAdapter(dict[str, dict[str, Any]])
_ONE = TypeAdapter(Verdict)


def write_verdict(found: Verdict) -> dict[str, Any]:
    """A verdict as a JSON object; its sentence remembers how it was made."""
    kept = remembered(found)
    return asdict(found) | ({SAID: kept} if kept else {})


def read_verdict(written: Mapping[str, Any]) -> Verdict:
    """The verdict of such an object. Raises ValidationError."""
    return _ONE.validate_python(recalled(dict(written), written.get(SAID)))


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
        why = words_of(error)
        warnings.warn(tr("The fused kernels are tried within the run itself, since {why}", why=why), RuntimeWarning, 2)
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
        raise TrialError(
            tr("the process that tries them took longer than {patience:.0f} s.", patience=PATIENCE)
        ) from error
    except OSError as error:
        raise TrialError(tr("no process could be started to try them: {error}.", error=system_reason(error))) from error
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    found = [read_verdict(line["verdict"]) for line in lines if "verdict" in line]
    if len(found) < len(cases) and any("lacks" in line for line in lines):
        raise TrialError(tr("the card's memory does not suffice for a second process."))
    if not any("began" in line for line in lines):
        raise TrialError(
            tr(
                "the process that tries them ended before it began (exit code {returncode}).",
                returncode=done.returncode,
            )
        )
    if len(found) < len(cases):
        said = done.stderr.strip().splitlines()[-1:] or [""]
        code = done.returncode
        ended = tr("The fused kernels ended the process that tried them (exit code {code}).", code=code)
        found += [Verdict(sentences(ended, said[0][:200].strip()))] * (len(cases) - len(found))
    for line in lines:
        if "better" in line:
            found[line["case"]] = read_verdict(line["better"])
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
        kept = _KEPT.validate_json(read_whole(places.kernel_verdicts()))
        return {key: read_verdict(each) for key, each in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        warnings.warn(
            tr("What was found about the fused kernels cannot be read: {name}.", name=type(error).__name__),
            stacklevel=2,
        )
        return {}


def _keep(more: Mapping[str, Verdict]) -> None:
    file = places.kernel_verdicts()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        known = {key: write_verdict(each) for key, each in (_read() | dict(more)).items()}
        write_whole(file, json.dumps(known, indent=1))
    except OSError as error:
        warnings.warn(
            tr("The fused kernels are tried at each start: {error}.", error=system_reason(error)), RuntimeWarning, 2
        )
