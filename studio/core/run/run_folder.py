"""A run's folder on disk: its layout, its making, its lock, and the folders of all runs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.foreign.safe_path import refuse_links
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe, parse_recipe
from studio.core.redaction import redacted_values
from studio.core.run.run_database import DATABASE_PATIENCE
from studio.core.run.run_db import RunReader, RunWriter
from studio.core.run.run_group import RunGroup, write_group
from studio.core.run.run_label import LABEL, number_equal_names
from studio.core.words import tr

_CHECKPOINT = re.compile(r"^step-(\d{6,})$")
LOOK_SECONDS = 0.05  # by then another process that only looks at a lock has released it


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder; studio/README.md describes each file in it."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.toml"

    @property
    def provenance_file(self) -> Path:
        return self.path / "provenance.json"

    @property
    def db(self) -> Path:
        return self.path / "run.db"

    @property
    def lock_file(self) -> Path:
        return self.path / "worker.lock"

    @property
    def log(self) -> Path:
        return self.path / "worker.log"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def adapter(self) -> Path:
        return self.path / "adapter"

    def recipe(self) -> Recipe:
        """The recipe that was asked for; raises ProblemError when the file is missing or invalid."""
        try:
            text = self.recipe_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProblemError.at(
                str(self.recipe_file),
                tr("the run's recipe cannot be read ({error}).", error=error),
                tr("Name a run's folder."),
            ) from None
        return parse_recipe(text, str(self.recipe_file), self.path)

    def provenance(self) -> dict[str, Any]:
        """Versions, seed, data hashes, device and plan; empty until a worker has written it. Raises ProblemError."""
        if not self.provenance_file.is_file():
            return {}
        return read_object(self.provenance_file, tr("Restore the file, or start a new run from the same recipe."))

    def write_provenance(self, values: dict[str, Any]) -> None:
        """Write `values`, without tokens and home folders, since people share run folders; raises ProblemError."""
        text = json.dumps(redacted_values(values), indent=2, ensure_ascii=False)
        try:
            write_whole(self.provenance_file, text + "\n")
        except OSError as error:
            raise ProblemError.at(
                str(self.provenance_file),
                tr("it cannot be written ({reason}).", reason=system_reason(error)),
                tr("Free disk space, or check that the folder is writable; then resume the run."),
            ) from None

    def reader(self, patience: float = DATABASE_PATIENCE) -> RunReader:
        return RunReader(self.db, patience)

    def is_alive(self) -> bool:
        """Whether a worker holds the run's lock now; raises ProblemError for a folder with links in it."""
        refuse_links(self.path)
        return is_held(self.lock_file)

    @contextmanager
    def held(self, patience: float = 2.0) -> Iterator[None]:
        """Hold the run's lock, as a worker does for as long as it runs.

        A reader probing `is_alive` holds it for an instant, so this waits `patience` seconds before it raises
        ProblemError.
        """
        lock = FileLock(self.lock_file, is_singleton=False, thread_local=False)
        try:
            lock.acquire(timeout=patience, poll_interval=0.02)
        except Timeout:
            raise ProblemError.at(
                str(self.path), tr("another worker is training this run."), tr("Stop it first, or start a new run.")
            ) from None
        try:
            yield
        finally:
            lock.release()


LONGEST = Path(".step-000000.partial", "adapter_model.safetensors")
"""The longest path that will lie in a run's checkpoints."""


def create_run(recipe: Recipe, runs: Path, now: float | None = None, group: RunGroup | None = None) -> RunFolder:
    """Make a new run's folder under `runs`, with its recipe and an empty run.db; private to the user.

    A run whose name another has already gets a number in its label. `group` is the sweep that it belongs to.

    Raises ProblemError when the folder cannot be made, or when its path is so long that no checkpoint could be saved.
    """
    runs = absolute_path(runs)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    name = f"{stamp}-{slug(recipe.name)}"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        folder = RunFolder(_fresh(without_links(runs), name))
    except OSError as error:
        raise _not_made(runs, error) from None
    try:
        (folder.checkpoints / LONGEST).parent.mkdir(parents=True)
        (folder.checkpoints / LONGEST).touch()
        shutil.rmtree((folder.checkpoints / LONGEST).parent)
        RunWriter(folder.db).close()
        if group is not None:
            write_group(folder.path, group)
        # The recipe comes last: `list_runs` ignores a folder without one, so no half-made run is ever listed.
        write_whole(folder.recipe_file, dump_recipe(recipe))
        number_equal_names(folder, _perhaps_alike(folder, slug(recipe.name)))
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise _not_made(runs, error) from None
    except ProblemError:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    return folder


def _perhaps_alike(folder: RunFolder, name: str) -> list[RunFolder]:
    """The other runs that may have the new run's name: their folders say so, or somebody has named them."""
    others = [each for each in list_runs(folder.path.parent) if each != folder]
    return [each for each in others if name in each.id or (each.path / LABEL).is_file()]


def _not_made(runs: Path, error: OSError) -> ProblemError:
    return ProblemError.at(
        str(runs),
        tr("a run folder cannot be created here ({reason}).", reason=system_reason(error)),
        tr("Free disk space, or choose another folder with a shorter path, in the settings or by --runs."),
    )


def open_run(path: Path) -> RunFolder:
    """The run at `path`; raises ProblemError when there is no run."""
    folder = RunFolder(absolute_path(path).resolve())
    if folder.db.is_file() and not folder.recipe_file.is_file():
        raise ProblemError.at(
            str(folder.recipe_file),
            tr("it is missing, and a run cannot continue without its recipe; the rest of the run is here."),
            tr("Restore it; provenance.json beside it records what was asked for."),
        )
    if not folder.recipe_file.is_file() or not folder.db.is_file():
        raise ProblemError.at(
            str(path), tr("this is not a run's folder."), tr("Name a run by its id or its folder; `runs` lists them.")
        )
    refuse_links(folder.path)
    return folder


def without_links(runs: Path) -> Path:
    """The folder of runs as the queue and the workers write it: a run has one path, whichever way a person came to it.

    Asks the disk.
    """
    return Path(os.path.realpath(absolute_path(runs)))


def list_runs(runs: Path) -> list[RunFolder]:
    """All runs under `runs`, newest first."""
    runs = absolute_path(runs)
    if not runs.is_dir():
        return []
    found = (RunFolder(path) for path in without_links(runs).iterdir() if path.is_dir())
    return sorted(filter(is_run, found), key=lambda folder: folder.id, reverse=True)


def is_run(folder: RunFolder) -> bool:
    """Whether the folder has what makes a run: a recipe and a run.db."""
    return folder.recipe_file.is_file() and folder.db.is_file()


def list_checkpoints(folder: Path) -> list[Path]:
    """Every checkpoint's folder, intact or not, in the order of steps."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if step_of(path) is not None and path.is_dir()]
    return sorted(found, key=lambda path: step_of(path) or 0)


def can_be_tried(folder: RunFolder) -> bool:
    """Whether a run has something to ask: its adapter, or a checkpoint of one, whatever became of the run."""
    try:
        return folder.adapter.is_dir() or bool(list_checkpoints(folder.checkpoints))
    except OSError:
        return False  # the disk that it was on is gone


def step_of(path: Path) -> int | None:
    """The step in a checkpoint's name; None for any other name."""
    match = _CHECKPOINT.match(path.name)
    return int(match[1]) if match else None


def slug(name: str) -> str:
    """`name` as a folder name that every file system accepts: ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40] or "run"


def _fresh(runs: Path, name: str) -> Path:
    for number in range(1, 1000):
        path = runs / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(17, "a thousand runs of this name and second", str(runs / name))


def is_held(lock_file: Path) -> bool:
    """Whether a process holds this lock now; nobody holds a file that does not exist or cannot be opened."""
    try:
        known = lock_file.stat()
    except OSError:
        return False
    lock = FileLock(lock_file, is_singleton=False, thread_local=False)
    try:
        # Two processes that only look must not mistake each other for the holder.
        lock.acquire(timeout=LOOK_SECONDS, poll_interval=0.005)
    except Timeout:
        return True
    except OSError:
        return False  # no worker can hold a lock in a folder that is not writable
    try:
        # The run was moved or deleted meanwhile, and to lock its file has made the file and its folder anew.
        remade = lock_file.stat().st_ino != known.st_ino
    except OSError:
        remade = False
    lock.release()
    if remade:
        with contextlib.suppress(OSError):  # another program's files are in it by now
            lock_file.unlink(missing_ok=True)
            lock_file.parent.rmdir()
    return False
