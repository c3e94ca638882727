"""Work that may wait for a disk, done in a thread that ends with it, and what comes of it brought to the window's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from shiboken6 import isValid

Found = TypeVar("Found")
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _Errand:
    """What is to be done for whom; it is held, and let go of, in the window's thread only."""

    owner: QObject
    work: Callable[[], Any]
    then: Callable[[Any], object]
    is_writing: bool


class _Post(QObject):
    """Brings what came of an errand from its thread; lives as long as the process."""

    _came = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._under_way: dict[Key, _Errand] = {}
        self._next: dict[Key, _Errand] = {}
        self._came.connect(self._on_came)

    def send(self, key: Key, errand: _Errand) -> None:
        if key in self._under_way:
            self._next[key] = errand
            return
        self._under_way[key] = errand
        # A daemon, so that a drive that never answers a question does not keep a closed window's process.
        Thread(target=self._do, args=(key, errand.work), name=key[1], daemon=not errand.is_writing).start()

    def _do(self, key: Key, work: Callable[[], Any]) -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001  raised again in the window's thread, where it is shown
            self._came.emit(key, None, error)
        else:
            self._came.emit(key, found, None)

    @Slot(object, object, object)
    def _on_came(self, key: Key, found: Any, error: BaseException | None) -> None:
        errand = self._under_way.pop(key)
        newer = self._next.pop(key, None)
        if newer is not None and isValid(newer.owner):
            self.send(key, newer)
        elif error is not None:
            raise error
        elif isValid(errand.owner):
            errand.then(found)


_post: list[_Post] = []


def off_thread(
    owner: QObject, about: str, work: Callable[[], Found], then: Callable[[Found], object], is_writing: bool = False
) -> None:
    """Do `work` in a thread of its own, and give what it returns to `then` in the window's thread.

    While one is under way, only the newest of the same owner `about` the same is done after it, and what the older one
    returns is dropped. So is what comes when the owner's widget is gone. `work` must hold no QObject, which would
    otherwise end in that thread; what it raises is raised in the window's thread. The process of a closed window stays
    until work that `is_writing` is done.
    """
    if not _post:
        _post.append(_Post())
    _post[0].send((id(owner), about), _Errand(owner, work, then, is_writing))


def is_asking(owner: QObject, about: str) -> bool:
    """Whether what was asked for `about` this has not come yet."""
    return bool(_post) and (id(owner), about) in _post[0]._under_way
