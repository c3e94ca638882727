"""Long work of the window's thread in small steps, a few in each turn of its event loop; and imports made that way."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.abc import InspectLoader

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, QTimer, Signal, Slot

A_TURN = 0.008  # seconds after which the next step waits for the next turn


class InSteps(QObject):
    """Takes the steps of an iterator, as many in each turn as A_TURN has room for; `done` when there are no more."""

    done = Signal()

    def __init__(self, steps: Iterator[object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = steps
        self.is_done = False
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    def start(self) -> None:
        """Begin with the next turn."""
        if not self.is_done:
            self._timer.start()

    def stop(self) -> None:
        """Take no more steps."""
        self._timer.stop()

    @Slot()
    def _on_turn(self) -> None:
        until = time.perf_counter() + A_TURN
        for _ in self._steps:
            if time.perf_counter() >= until:
                return
        self._timer.stop()
        self.is_done = True
        self.done.emit()


def touched() -> Iterator[None]:
    """Have PySide make all types of its modules, which it does when each is first asked for; a step a type.

    pyqtgraph asks for all of them at once.
    """
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name)
            yield


def imported(names: Iterable[str]) -> Iterator[None]:
    """Import these modules, one a step."""
    for name in names:
        importlib.import_module(name)
        yield


_begun: dict[str, Iterator[None]] = {}  # packages that are imported in part


def imported_in_parts(name: str) -> Iterator[None]:
    """Import a package statement by statement, as far as its source is there: with a frozen window, in one step.

    Until it is whole, `finish_imports` must come before anything else that imports it.
    """
    if name not in _begun and name not in sys.modules:
        _begun[name] = _statements(name)
    steps = _begun.get(name)
    while steps is not None and name in _begun:
        next(steps, None)
        yield


def finish_imports() -> None:
    """Import at once what is imported in part."""
    for steps in list(_begun.values()):
        for _ in steps:
            pass


def _statements(name: str) -> Iterator[None]:
    spec = importlib.util.find_spec(name)
    loader = spec.loader if spec is not None else None
    source = loader.get_source(name) if isinstance(loader, InspectLoader) else None
    try:
        if spec is None or source is None or "from __future__" in source:
            importlib.import_module(name)
            return
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            for statement in ast.parse(source).body:
                exec(compile(ast.Module([statement], []), str(spec.origin), "exec"), vars(module))
                yield
        except BaseException:
            del sys.modules[name]
            raise
    finally:
        del _begun[name]
