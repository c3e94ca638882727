"""Checkpoints on disk: written aside, flushed, renamed; a manifest lists sizes and hashes, verified on load.

Nothing here knows what is inside; `state.py` fills a checkpoint and reads one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.atomic_file import aside, flush_folder, put_in_place, rename, size_of
from studio.core.foreign.safe_path import is_link
from studio.core.foreign.untrusted_json import parse_object
from studio.core.problem import Problem, ProblemError
from studio.core.run.run_folder import list_checkpoints, step_of
from studio.core.said import words_of
from studio.core.words import tr
from studio.models.manifest import described

MANIFEST = "manifest.json"
FORMAT = 2  # 1 had no seal
_LARGEST_MANIFEST = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete checkpoint: its folder, the number of finished steps that it holds, and its size in bytes."""

    path: Path
    step: int
    bytes: int


def checkpoint_name(step: int) -> str:
    return f"step-{step:06d}"


def write_checkpoint(folder: Path, step: int, fill: Callable[[Path], None], room: int = 0) -> Checkpoint:
    """Let `fill` write files into a hidden folder, flush all, then give it its name under `folder`.

    Raises OSError, leaving nothing behind, when the disk is full (or has less than `room` bytes), cannot be written
    or cannot be flushed.
    """
    folder.mkdir(exist_ok=True)  # not its parents: a run that was moved must not begin again in its old place
    free = shutil.disk_usage(folder).free
    if free < room:
        what = tr("{free:.0f} MiB are free where {room:.0f} MiB are needed", free=free / 2**20, room=room / 2**20)
        raise OSError(28, what, str(folder))
    final = folder / checkpoint_name(step)
    partial = folder / f".{final.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        fill(partial)
        files = {file.name: described(file) for file in sorted(partial.iterdir())}
        manifest = partial / MANIFEST
        written = {"format": FORMAT, "step": step, "files": files}
        manifest.write_text(json.dumps({**written, "seal": _seal(written)}, indent=1), encoding="utf-8")
        flush_folder(partial)
        put_in_place(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Checkpoint(final, step, size_of(final))


def verify(path: Path) -> Checkpoint:
    """Return the checkpoint at `path` after reading every byte of it; raises ProblemError when anything is wrong."""
    step = step_of(path)
    try:
        # A link leads elsewhere, and a pipe or a device never ends.
        for place in (path, *path.iterdir()):
            if is_link(place) or not (place.is_file() or place == path):
                raise ValueError(tr("{file} is a link, or not a file", file=place.name))
        if (path / MANIFEST).stat().st_size > _LARGEST_MANIFEST:
            raise ValueError(tr("its manifest is too large"))
        manifest = parse_object((path / MANIFEST).read_bytes())
        files = manifest["files"]
        if step is None or manifest["format"] != FORMAT or manifest["step"] != step or not isinstance(files, dict):
            raise ValueError(tr("its manifest belongs to another checkpoint, or to another version of this program"))
        if manifest["seal"] != _seal({name: manifest[name] for name in ("format", "step", "files")}):
            raise ValueError(tr("its manifest was changed after it was written"))
        there = {file.name for file in path.iterdir()} - {MANIFEST}
        if there != set(files):
            odd = ", ".join(sorted(there ^ set(files)))
            raise ValueError(tr("its files are not those that were saved ({files})", files=odd))
        for name, saved in files.items():
            if described(path / name) != saved:
                raise ValueError(tr("{file} was changed after it was saved", file=name))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what = (
            words_of(error)
            if isinstance(error, ValueError)
            else tr("it cannot be read ({kind}: {error})", kind=type(error).__name__, error=error)
        )
        where = tr("checkpoint {name}", name=path.name)
        raise ProblemError.at(where, tr("{sentence}.", sentence=what), tr("Delete it, or restore it.")) from None
    assert step is not None
    return Checkpoint(path, step, size_of(path))


def _seal(manifest: dict[str, Any]) -> str:
    """A hash over a manifest, so that one that lost a name together with its file does not pass for whole."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode("utf-8")).hexdigest()


def newest_sound(folder: Path, up_to: int | None = None) -> tuple[Checkpoint | None, list[Problem]]:
    """The newest checkpoint that is whole, of the step `up_to` at most, and a Problem for each that was skipped."""
    broken: list[Problem] = []
    for path in reversed(list_checkpoints(folder)):
        if up_to is not None and (step_of(path) or 0) > up_to:
            continue
        try:
            return verify(path), broken
        except ProblemError as error:
            broken.extend(error.problems)
    return None, broken


def prune(folder: Path, keep: int, best: int | None = None, broken: Collection[int] = ()) -> list[str]:
    """Delete all but the `keep` newest checkpoints and that of the step `best`; returns the names of the deleted ones.

    Those of the steps `broken` are none of the `keep`, and go with what is older than these. What a killed worker left
    half written is deleted too.
    """
    there = list_checkpoints(folder)
    kept = [path for path in there if step_of(path) not in broken][-keep:]
    gone = [path for path in there[: there.index(kept[0]) if kept else 0] if step_of(path) != best]
    for path in folder.glob(".step-*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in gone:
        # A half deleted checkpoint must not keep its name; where a program has a file of it open, it stays for now.
        with contextlib.suppress(OSError):
            rename(path, aside(path))
        shutil.rmtree(aside(path), ignore_errors=True)
    return [path.name for path in gone if not path.exists()]
