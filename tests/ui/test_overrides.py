"""What happens to errors in methods that override Qt's: in a process of its own, since they used to end it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import studio.ui
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

ERRORS = {{
    "ValueError": lambda shown: int("a"),
    "ZeroDivisionError": lambda shown: 1 / 0,
    "IndexError": lambda shown: [][1],
    "TypeError": lambda shown: shown.move("a"),
}}

class Shown(QPushButton):
    fault = None

    def {name}(self, *arguments):
        if self.fault:
            ERRORS[self.fault](self)
        return super().{name}(*arguments)

app = QApplication([])
for name in ERRORS:
    window, shown = QWidget(), Shown("x")
    QVBoxLayout(window).addWidget(shown)
    shown.fault = name
    try:
        window.show()
        window.grab()
        window.resize(300, 200)
        app.processEvents()
    except Exception as error:
        print("raised", type(error).__name__)
    shown.fault = None
print("survived")
"""
ERRORS = ("ValueError", "ZeroDivisionError", "IndexError", "TypeError")


@pytest.mark.parametrize("name", ["showEvent", "paintEvent", "sizeHint", "event"])
def test_that_an_error_in_an_override_is_raised_or_printed_and_ends_nothing(name: str) -> None:
    command = [sys.executable, "-c", SCRIPT.format(name=name)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    assert "survived" in ran.stdout
    for error in ERRORS:
        assert f"raised {error}" in ran.stdout or f"{error}:" in ran.stderr, ran.stderr


def test_that_slots_signals_and_what_is_not_qts_stay_as_they_were() -> None:
    from PySide6.QtCore import QObject, Signal, Slot

    class Mixed(QObject):
        told = Signal(int)

        @Slot(int)
        def take(self, number: int) -> None:
            self.number = number

        def event(self, event: object) -> bool:
            return super().event(event)  # type: ignore[arg-type]

    mixed = Mixed()
    mixed.told.connect(mixed.take)
    mixed.told.emit(3)
    assert mixed.number == 3
    assert mixed.metaObject().indexOfSlot("take(int)") >= 0
