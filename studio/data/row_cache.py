"""Tokenized tasks kept on the disk: a second start with the same data, template and settings reads them back at once.

rows/<key>.safetensors    the key is the hash of all that the rows follow from: the files' content and names, the
                          tokenizer and its template, the task's settings, and the code that made them
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from studio import __version__
from studio.core import places
from studio.core.atomic_file import rename
from studio.core.kept_words import SAID, recalled, remembered
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import DataFormat, TaskTable
from studio.data.array_file import read_arrays, write_arrays
from studio.data.metric import Metric
from studio.data.questions import Question
from studio.data.source_file import DataFile
from studio.data.task_report import TaskReport
from studio.data.token_rows import TokenRow, TokenRows

LEAST_TOKENS = 500_000
"""Tasks with fewer are made again within a second or two, and not kept."""
MOST_BYTES = 4 << 30
"""What all kept tasks may take together; those not read for the longest time go first."""
LEAST_MAPPED = 40_000_000
"""Arrays of more bytes are left on the disk, and only what is looked at is read."""
_STALE = 24 * 3600  # seconds after which a file that is still being written was left by a kill
_REPORT = TypeAdapter(TaskReport)


@dataclass(frozen=True, slots=True)
class KeptTask:
    """All that a task's rows were made into."""

    format: DataFormat
    metric: Metric
    train: TokenRows
    train_report: TaskReport
    held_out: tuple[Question, ...]
    held_report: TaskReport


def key_of(table: TaskTable, files: Mapping[str, DataFile], max_length: int, tokenizer: str, parts: str) -> str:
    """What names a task's rows: its `files` by their use, `tokenizer` is its fingerprint, and everything asked.

    A file counts by its name too: its ending says how it is read, and a folder's files are divided by their names.
    """
    asked = table.model_dump_json(exclude={"weight", "evaluate_rows"})
    seen = [(use, name, sha256) for use, file in files.items() for name, sha256 in file.hashes.items()]
    notes = [file.notes for file in files.values()]  # what was left out of a folder is told again
    values = [_code(), asked, seen, notes, max_length, tokenizer, parts]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:40]


def read(key: str) -> KeptTask | None:
    """The task kept under `key`, or None; a damaged file is removed."""
    file = _file(key)
    try:
        kept = _unpacked(read_arrays(file, LEAST_MAPPED))
    except FileNotFoundError:
        return None
    except (OSError, ProblemError, ValidationError, KeyError, TypeError, ValueError, RecursionError):
        _remove(file)
        return None
    with suppress(OSError):  # in a home that cannot be written to it is still what it was
        os.utime(file)
    return kept


def write(key: str, task: KeptTask) -> KeptTask:
    """Keep a task, where it is large enough and there is room; whatever prevents it only costs time later.

    Returns the task, its rows read from where they are kept now.
    """
    if task.train.tokens + sum(len(question.row) for question in task.held_out) < LEAST_TOKENS:
        return task
    arrays = _packed(task)
    size = sum(array.nbytes for array in arrays.values())
    file = _file(key)
    partial = file.with_name(f".{key}.{os.getpid()}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(file.parent).free < 4 * size:
            return task
        _make_room(size)
        write_arrays(partial, arrays)
        rename(partial, file)
        return replace(task, train=_unpacked(read_arrays(file, LEAST_MAPPED)).train)
    except (OSError, ProblemError, ValueError):
        _remove(partial)
        return task


def _packed(task: KeptTask) -> dict[str, NDArray[Any]]:
    held = TokenRows(question.row for question in task.held_out)
    about = {
        "format": task.format,
        "metric": task.metric,
        "reports": [_written(report) for report in (task.train_report, task.held_report)],
        "questions": [
            {field.name: getattr(question, field.name) for field in fields(Question) if field.name != "row"}
            for question in task.held_out
        ],
    }
    arrays: dict[str, NDArray[Any]] = {}
    for name, rows in (("train", task.train), ("held", held)):
        arrays |= {f"{name}.ids": rows.ids, f"{name}.learned": rows.learned, f"{name}.ends": rows.ends}
    return arrays | {"about": np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)}


def _unpacked(arrays: dict[str, NDArray[Any]]) -> KeptTask:
    about = json.loads(arrays["about"].tobytes())
    train, held = (
        TokenRows.of_flat(arrays[f"{name}.ids"], arrays[f"{name}.learned"], arrays[f"{name}.ends"])
        for name in ("train", "held")
    )
    train_report, held_report = (_read_report(report) for report in about["reports"])
    questions = tuple(_question(values, row) for values, row in zip(about["questions"], held, strict=True))
    return KeptTask(about["format"], about["metric"], train, train_report, questions, held_report)


def _written(report: TaskReport) -> dict[str, Any]:
    """A report for JSON, whose sentences remember how they were made."""
    left_out = list(report.left_out.items())
    values = _REPORT.dump_python(replace(report, left_out={}), mode="json")
    kept = [[reason, asdict(found)] for reason, found in left_out]
    return values | {"left_out": kept, SAID: remembered([report, *(reason for reason, _ in left_out)])}


def _read_report(written: dict[str, Any]) -> TaskReport:
    values = recalled({name: value for name, value in written.items() if name != SAID}, written.get(SAID))
    return _REPORT.validate_python(values | {"left_out": dict(values["left_out"])})


def _question(values: dict[str, Any], row: TokenRow) -> Question:
    return Question(row=row, **{name: _tuples(value) for name, value in values.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def _make_room(size: int) -> None:
    """Remove what was not read for the longest time, and what a killed process left."""
    kept = []
    for file in places.rows().iterdir():
        try:
            about = file.stat()
        except OSError:
            continue
        if file.suffix == ".partial":
            if time.time() - about.st_mtime > _STALE:
                _remove(file)
        else:
            kept.append((about.st_mtime, about.st_size, file))
    total = sum(bytes for _, bytes, _ in kept)
    # A task that alone takes more is kept too, until the next one comes.
    for _, bytes, file in sorted(kept, key=lambda entry: entry[0]):
        if total + size <= MOST_BYTES:
            return
        _remove(file)
        total -= bytes


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return  # another process reads it, and will not for long


def _file(key: str) -> Path:
    return places.rows() / f"{key}.safetensors"


@lru_cache(maxsize=1)
def _code() -> str:
    """The version of what makes rows: a change of the code makes them anew."""
    import tokenizers
    import transformers

    digest = hashlib.sha256(f"{__version__} {transformers.__version__} {tokenizers.__version__}".encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
