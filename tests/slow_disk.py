"""A disk that takes long to answer, as a network's does; who asks it in the window's thread is named."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isbuiltin
from pathlib import Path
from typing import Any, TypeVar

import pytest

from studio.core import silent_drive
from tests.patience import PATIENCE, wait_until

Disk = TypeVar("Disk", bound="SlowDisk")

# Everything of the standard library that asks the file system ends in one of these.
OF_OS = (
    "stat", "lstat", "open", "listdir", "scandir", "mkdir", "rename", "replace", "unlink", "remove", "rmdir", "utime",
    "access", "chmod", "link", "readlink", "symlink", "truncate", *(["statvfs"] if hasattr(os, "statvfs") else []),
)  # fmt: skip
# Windows' Python asks some of it beside those.
OF_PATHS = ("exists", "lexists", "isdir", "isfile", "islink", "isjunction")
OF_LINKS = ("os.lstat", "os.readlink", "os.path.islink", "os.path.isjunction")
ANSWERS_AFTER = 0.05  # seconds


class SlowDisk:
    """What `place` holds answers after ANSWERS_AFTER; `asked` names who asked for it in the thread that made this."""

    def __init__(self, *places: Path) -> None:
        self._places = tuple(os.fspath(place) for place in places)
        self._thread = threading.get_ident()
        self.asked: list[str] = []
        self.answered = 0

    def about(self, path: object) -> bool:
        """Whether a path lies on this disk."""
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        text = os.fsdecode(path).removeprefix("file:").removeprefix("\\\\?\\")  # as Windows writes where a link leads
        return os.path.abspath(text).startswith(self._places)  # noqa: PTH100  asks nothing

    def wait(self, what: str, path: object) -> None:
        """Answer late, and note who waited for it where that was the window's thread."""
        if threading.get_ident() == self._thread:
            self.asked.append(f"{what} {path!r} from {_place()}")
        self.answered += 1
        time.sleep(ANSWERS_AFTER)

    @contextmanager
    def spun_up(self) -> Iterator[None]:
        """Ask in this thread without being named: what a test itself does."""
        thread, self._thread = self._thread, 0
        try:
            yield
        finally:
            self._thread = thread


class SilentDisk(SlowDisk):
    """What lies on it is never answered until `answer`: who asks waits, but the thread that made this is refused.

    `link` leads to it from another disk, which answers what is asked of the link alone.
    """

    def __init__(self, *places: Path, link: Path | None = None) -> None:
        super().__init__(*places, *([link] if link is not None else []))
        self._link = link
        self._answers = threading.Event()
        self.waiting = 0  # how many threads wait for it

    def wait(self, what: str, path: Any) -> None:
        """Wait for `answer`."""
        of_link = self._link is not None and what in OF_LINKS and os.fspath(path) == os.fspath(self._link)
        if self._answers.is_set() or of_link:
            return
        if threading.get_ident() == self._thread:
            raise AssertionError(f"the window would wait for ever: {what} {path!r} from {_place()}")
        self.waiting += 1
        assert self._answers.wait(PATIENCE)

    def answer(self) -> None:
        """Let all go on who wait, and nobody wait again; what was asked of it with a limit has its answer by then."""
        self._answers.set()
        wait_until(lambda: not any(owed and self.about(place) for place, owed in list(silent_drive._asked.items())))


def slow_disk(monkeypatch: pytest.MonkeyPatch, *places: Path) -> SlowDisk:
    """Make a slow disk of these folders until the test ends."""
    return _put_before(SlowDisk(*places), monkeypatch)


def silent_disk(monkeypatch: pytest.MonkeyPatch, *places: Path, link: Path | None = None) -> SilentDisk:
    """Make a disk of these folders that answers nobody; `answer` it before the test ends."""
    return _put_before(SilentDisk(*places, link=link), monkeypatch)


def link_to(link: Path, place: Path) -> None:
    """Make a link to a folder: on Windows a junction, which needs no right."""
    if os.name == "nt":
        import _winapi

        _winapi.CreateJunction(str(place), str(link))
    else:
        link.symlink_to(place, target_is_directory=True)


def _put_before(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Have every question of the standard library go through this disk."""

    def late(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def ask(path: Any, *arguments: Any, **options: Any) -> Any:
            if disk.about(path):
                # As Path.lstat asks.
                disk.wait(name if options.get("follow_symlinks", True) else "os.lstat", path)
            return call(path, *arguments, **options)

        return ask

    for name in OF_OS:
        monkeypatch.setattr(os, name, late(f"os.{name}", getattr(os, name)))
    for name in OF_PATHS:
        if isbuiltin(call := getattr(os.path, name, None)):
            monkeypatch.setattr(os.path, name, late(f"os.path.{name}", call))
    if os.name == "nt":
        monkeypatch.setattr(shutil, "disk_usage", late("shutil.disk_usage", shutil.disk_usage))
    monkeypatch.setattr(io, "open", late("open", io.open))
    monkeypatch.setattr("builtins.open", late("open", open))
    monkeypatch.setattr(sqlite3, "connect", late("sqlite3.connect", sqlite3.connect))
    return disk


def _place() -> str:
    """The innermost places of the studio from which it was asked."""
    ours = [frame for frame in traceback.extract_stack() if f"{os.sep}studio{os.sep}" in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(ours[-4:]))
