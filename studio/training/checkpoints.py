"""Checkpoints on disk: written beside, flushed, renamed, listed in a manifest with sizes and hashes, verified on load.

Nothing here knows what is inside; `state.py` fills a checkpoint and reads one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.core.json_object import parse_object
from studio.core.problem import Problem, ProblemError

MANIFEST = "manifest.json"
_NAME = re.compile(r"^step-(\d{6,})$")
_BLOCK = 2**20
_MOST_MANIFEST = 2**20


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
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < room:
        raise OSError(28, f"{free / 2**20:.0f} MiB are free where {room / 2**20:.0f} MiB are needed", str(folder))
    final = folder / checkpoint_name(step)
    partial = folder / f".{final.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        fill(partial)
        files = {file.name: _described(file) for file in sorted(partial.iterdir())}
        manifest = partial / MANIFEST
        manifest.write_text(json.dumps({"format": 1, "step": step, "files": files}, indent=1), encoding="utf-8")
        flush_folder(partial)
        put_in_place(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Checkpoint(final, step, size_of(final))


def verify(path: Path) -> Checkpoint:
    """Return the checkpoint at `path` after reading every byte of it; raises ProblemError when anything is amiss."""
    step = step_of(path)
    try:
        # A link leads elsewhere, and a pipe or a device never ends.
        for place in (path, *path.iterdir()):
            if place.is_symlink() or not (place.is_file() or place == path):
                raise ValueError(f"{place.name} is a link, or no file")
        if (path / MANIFEST).stat().st_size > _MOST_MANIFEST:
            raise ValueError("its manifest is larger than any")
        manifest = parse_object((path / MANIFEST).read_bytes())
        files = manifest["files"]
        if step is None or manifest["format"] != 1 or manifest["step"] != step or not isinstance(files, dict):
            raise ValueError("its manifest is of another checkpoint")
        there = {file.name for file in path.iterdir()} - {MANIFEST}
        if there != set(files):
            odd = ", ".join(sorted(there ^ set(files)))
            raise ValueError(f"its files are not those that were saved ({odd})")
        for name, described in files.items():
            if _described(path / name) != described:
                raise ValueError(f"{name} is not as it was saved")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what = str(error) if isinstance(error, ValueError) else f"it cannot be read ({type(error).__name__}: {error})"
        raise ProblemError.at(f"checkpoint {path.name}", f"{what}.", "Delete it, or restore it.") from None
    assert step is not None
    return Checkpoint(path, step, size_of(path))


def newest_sound(folder: Path) -> tuple[Checkpoint | None, list[Problem]]:
    """The newest checkpoint that is whole, and a Problem for each newer one that was stepped over."""
    broken: list[Problem] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            return verify(path), broken
        except ProblemError as error:
            broken.extend(error.problems)
    return None, broken


def list_checkpoints(folder: Path) -> list[Path]:
    """Every checkpoint's folder, sound or not, in the order of steps."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if step_of(path) is not None and path.is_dir()]
    return sorted(found, key=lambda path: step_of(path) or 0)


def prune(folder: Path, keep: int, best: int | None = None) -> list[str]:
    """Delete all but the `keep` newest checkpoints and that of the step `best`; returns their names.

    What a dying worker left half written goes too.
    """
    gone = [path for path in folder.glob(".step-*") if path.is_dir()]
    gone += [path for path in list_checkpoints(folder)[:-keep] if step_of(path) != best]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return [path.name for path in gone if not path.exists()]


def step_of(path: Path) -> int | None:
    """The step in a checkpoint's name, or None when it is none."""
    match = _NAME.match(path.name)
    return int(match[1]) if match else None


def size_of(path: Path) -> int:
    """Bytes of all files directly in `path`."""
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def flush_folder(path: Path) -> None:
    """Bring every file in `path`, and its list of names, to the disk."""
    for file in path.iterdir():
        if file.is_file():
            with file.open("r+b") as opened:
                os.fsync(opened.fileno())
    _flush_names(path)


def put_in_place(partial: Path, final: Path) -> None:
    """Rename a finished folder to its name; what stood there before is moved aside first, then deleted."""
    aside = final.with_name(f".{final.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if final.exists():
        _rename(final, aside)
    _rename(partial, final)
    _flush_names(final.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _rename(source: Path, target: Path) -> None:
    # On Windows a virus scanner may hold a fresh file open for a moment.
    for wait in (0.05, 0.2, 1.0, 0.0):
        try:
            source.rename(target)
        except PermissionError:
            if not wait:
                raise
            time.sleep(wait)
        else:
            return


def _flush_names(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folders; NTFS journals its names itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _described(file: Path) -> dict[str, int | str]:
    digest = hashlib.sha256()
    length = 0
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
            length += len(block)
    return {"bytes": length, "sha256": digest.hexdigest()}
