"""The memory that past runs took, against what the arithmetic had predicted: it corrects later plans on this machine.

The ledger is one JSON file in the studio's home. The worker adds to it after its probe; planning only reads it.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2
from pathlib import Path
from statistics import median
from typing import Any

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core import places
from studio.core.atomic_file import rename, write_whole
from studio.core.problem import Problem
from studio.core.words import plural, tr

FORMULA = 8
"""The version of the planner's arithmetic; raise it with every change in what is counted, and older ratios expire."""

KEPT, LAST = 400, 9  # measurements in the file; how many of the newest are looked at
LEAST, MOST = 0.85, 1.5  # a ratio beyond these has another cause than the arithmetic
REACH = 4.0  # doublings of size over which a run's correction fades away
PATIENCE = 5.0  # seconds to wait for another worker that writes


class Measured(BaseModel):
    """One run's probe: what was computed of its peak and what it then took, bytes; a run counts once."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str
    device: str
    form: str
    precision: str
    checkpointing: bool
    computed_bytes: int = Field(gt=0)
    measured_bytes: int = Field(gt=0)
    formula: int = FORMULA


@dataclass(frozen=True, slots=True)
class Correction:
    """The factor of a computed peak, and how many measurements it is from; without any it is 1."""

    ratio: float = 1.0
    times: int = 0

    def sentence(self, device_kind: str) -> str:
        """For a person; empty where nothing was measured yet."""
        if not self.times:
            return ""
        if device_kind == "cpu":
            return plural(
                "Measured once on this machine: ×{ratio:.2f}.",
                "Measured {n} times on this machine: ×{ratio:.2f}.",
                self.times,
                ratio=self.ratio,
            )
        return plural(
            "Measured once on this card: ×{ratio:.2f}.",
            "Measured {n} times on this card: ×{ratio:.2f}.",
            self.times,
            ratio=self.ratio,
        )


_Key = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class _Lesson:
    """The newest measurements of one kind: their ratio, their size in bytes, and how many there are."""

    ratio: float
    size: float
    times: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """All measurements, oldest first, and the problems with the file."""

    measured: tuple[Measured, ...] = ()
    problems: tuple[Problem, ...] = ()
    _lessons: dict[_Key, _Lesson] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[_Key, list[Measured]] = {}
        for one in self.measured:
            if one.formula == FORMULA:
                found.setdefault((one.device, one.form, one.precision, one.checkpointing), []).append(one)
        # Once per ledger: a search asks it for hundreds of candidates.
        object.__setattr__(self, "_lessons", {key: _lesson(each[-LAST:]) for key, each in found.items()})

    def correction(
        self, device: str, form: str, precision: str, checkpointing: bool, computed_bytes: int
    ) -> Correction:
        """The correction of a peak by the newest measurements of the same device, form, precision and checkpointing.

        The median, bounded, and less of it the further apart in size: a small model says little about a large
        one.
        """
        lesson = self._lessons.get((device, form, precision, checkpointing))
        if lesson is None or computed_bytes <= 0:
            return Correction()
        distance = abs(log2(computed_bytes / lesson.size))
        return Correction(1 + (lesson.ratio - 1) * max(0.0, 1 - distance / REACH), lesson.times)


def _lesson(measured: list[Measured]) -> _Lesson:
    ratios = (min(MOST, max(LEAST, one.measured_bytes / one.computed_bytes)) for one in measured)
    return _Lesson(median(ratios), median(one.computed_bytes for one in measured), len(measured))


def ledger_file() -> Path:
    return _in_home(os.environ.get(places.HOME_VARIABLE))


def read_ledger(path: Path | None = None) -> Ledger:
    """Read the ledger, again only when the file changed; what cannot be read is left out and listed in `problems`."""
    path = path or ledger_file()
    try:
        state = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, and a search asks for every candidate
    except OSError:
        return Ledger()
    return _read(path, state.st_mtime_ns, state.st_size)


def add_measured(measured: Measured, path: Path | None = None) -> tuple[Problem, ...]:
    """Write a run's measurement in place of an earlier one of the same run; returns the problems met.

    A file that cannot be read is renamed, and a new one started.
    """
    path = path or ledger_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=PATIENCE):
            before = read_ledger(path)
            if before.problems:
                rename(path, path.with_suffix(".broken.json"))
            others = [one for one in before.measured if one.run != measured.run]
            _write(path, [*others, measured][-KEPT:])
    except (OSError, Timeout) as error:
        return (
            Problem(
                str(path), tr("it cannot be written ({error}).", error=error), tr("Later plans do without this run.")
            ),
        )
    return before.problems


@functools.lru_cache(maxsize=4)
def _in_home(moved: str | None) -> Path:
    """`moved` is the studio's home as the environment sets it; the answer depends on it."""
    return places.home() / "ledger.json"


def _write(path: Path, measured: Iterable[Measured]) -> None:
    write_whole(path, json.dumps({"format": 1, "measured": [one.model_dump() for one in measured]}, indent=1) + "\n")


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> Ledger:
    """`changed` and `size` are the file's, so that it is read once for each of its contents."""
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        entries = values["measured"] if values["format"] == 1 else None
        if not isinstance(entries, list):
            raise ValueError(tr("it has another layout"))
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        return Ledger((), (_broken(path, tr("it cannot be read ({error})", error=error)),))
    sound, odd = [], 0
    for entry in entries:
        try:
            sound.append(Measured.model_validate(entry))
        except ValidationError:
            odd += 1
    return Ledger(
        tuple(sound),
        (_broken(path, tr("{odd} of its {entries} entries are invalid", odd=odd, entries=len(entries))),)
        if odd
        else (),
    )


def _broken(path: Path, what: str) -> Problem:
    return Problem(
        str(path), tr("{what}; plans do without it.", what=what), tr("Delete it; each run adds to it again.")
    )
