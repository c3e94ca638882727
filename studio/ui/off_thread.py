"""Work that may wait for a disk, done in a thread that ends with it, and what comes of it brought to the window's.

A drive that never answers holds the thread that asks it, and nothing else: neither what is asked of other folders, nor
the window when it is closed.
"""

from __future__ import annotations

import atexit
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from shiboken6 import isValid

from studio.ui.gate import Gate

Found = TypeVar("Found")
Key = tuple[int, str]
CLOSING_SECONDS = 2.0  # that a closing window waits for what is being done


@dataclass(eq=False, slots=True)
class _Errand:
    """What is to be done for whom; it is held, and let go of, in the window's thread only."""

    owner: QObject
    about: str
    work: Callable[[], Any]
    then: Callable[[Any], object] | None
    is_writing: bool
    on: frozenset[Path]
    is_newest: bool = True
    thread: Thread | None = None

    @property
    def key(self) -> Key:
        return id(self.owner), self.about

    @property
    def is_wanted(self) -> bool:
        """Whether somebody still waits for what comes of it, or nobody ever did."""
        return self.then is None or isValid(self.owner)

    def waits_for(self, other: _Errand) -> bool:
        """Whether both are about the same, and this asks all that the other asks, so that it would wait as long.

        Where it leaves out a folder of the other's, that may be the one that never answers. Names decide: no disk is
        asked.
        """
        asked = self.on and other.on
        return self.key == other.key and (not asked or all(any(_meet(one, two) for two in self.on) for one in other.on))


class _Post(QObject):
    """Brings what came of an errand from its thread; lives, and keeps the application, as long as the process.

    A thread that waits for a drive may have its answer at any moment of the process's end.
    """

    _came = Signal(int, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()
        self._under_way: dict[int, _Errand] = {}
        self._next: dict[Key, _Errand] = {}
        self._application = QCoreApplication.instance()
        self._gate = Gate()
        self._came.connect(self._on_came)
        atexit.register(self._gate.close)  # before PySide destroys the application

    def send(self, errand: _Errand) -> None:
        self._next.pop(errand.key, None)
        for older in self._under_way.values():
            if older.key == errand.key:
                older.is_newest = False
        self._begin(errand)

    def is_asking(self, key: Key) -> bool:
        return key in self._next or any(each.key == key and each.is_newest for each in self._under_way.values())

    def _begin(self, errand: _Errand) -> None:
        if any(errand.waits_for(other) for other in self._under_way.values()):
            self._next[errand.key] = errand
            return
        number = next(self._numbers)
        self._under_way[number] = errand
        # A daemon, so that a drive that never answers a question does not keep a closed window's process.
        daemon = not errand.is_writing
        errand.thread = Thread(target=self._do, args=(number, errand.work), name=errand.about, daemon=daemon)
        errand.thread.start()

    def wait_for(self, owner: QObject, seconds: float) -> None:
        until = time.monotonic() + seconds
        for errand in self._under_way.values():
            if errand.owner is owner and errand.thread is not None:
                errand.thread.join(max(0.0, until - time.monotonic()))

    def _do(self, number: int, work: Callable[[], Any]) -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001  raised again in the window's thread, where it is shown
            self._gate.emit(self._came.emit, number, None, error)
        else:
            self._gate.emit(self._came.emit, number, found, None)

    @Slot(int, object, object)
    def _on_came(self, number: int, found: Any, error: BaseException | None) -> None:
        errand = self._under_way.pop(number)
        newer = self._next.pop(errand.key, None)
        if newer is not None and newer.is_wanted:
            self._begin(newer)
        if not errand.is_newest:
            return
        if error is not None:
            raise error
        if errand.then is not None and isValid(errand.owner):
            errand.then(found)


_post: list[_Post] = []
_closes_at: list[float] = []  # when what closes now must be closed


def off_thread(
    owner: QObject,
    about: str,
    work: Callable[[], Found],
    then: Callable[[Found], object] | None,
    is_writing: bool = False,
    on: Iterable[Path] = (),
) -> None:
    """Do `work` in a thread of its own, and give what it returns to `then` in the window's thread.

    While one is under way, only the newest of the same owner `about` the same is done after it, and what the older one
    returns is dropped. `on` names the files and folders that the work asks for: one that leaves out any of the older
    one's begins at once. What comes when the owner's widget is gone is dropped, and what was not begun by then is not
    done, unless it has no `then`. `work` must hold no QObject, which would otherwise end in that thread;
    what it raises is raised in the window's thread. The process of a closed window stays until work that `is_writing`
    is done.
    """
    if not _post:
        _post.append(_Post())
    _post[0].send(_Errand(owner, about, work, then, is_writing, frozenset(on)))


def is_asking(owner: QObject, about: str) -> bool:
    """Whether what was asked for `about` this has not come yet."""
    return bool(_post) and _post[0].is_asking((id(owner), about))


def wait_for(owner: QObject) -> None:
    """Wait a moment for what is being done for this owner, which is about to end, and no longer for a silent drive.

    What comes of it is still given to `then`, in a later turn.
    """
    if _post:
        _post[0].wait_for(owner, closing_patience())


@contextmanager
def closing() -> Iterator[None]:
    """Within it, all that a closing window waits for has CLOSING_SECONDS together, and not each."""
    _closes_at.append(time.monotonic() + CLOSING_SECONDS)
    try:
        yield
    finally:
        _closes_at.pop()


def closing_patience() -> float:
    """The seconds that what is about to end may wait for what it had begun."""
    return max(0.0, min(_closes_at) - time.monotonic()) if _closes_at else CLOSING_SECONDS


def _meet(one: Path, other: Path) -> bool:
    """Whether one lies in the other, or both are the same."""
    return one == other or one in other.parents or other in one.parents
