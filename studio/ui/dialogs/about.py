"""What is installed here, under which licence, and which keys do what."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, metadata

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core import places
from studio.core.words import mark, tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.notices import installed, on_what
from studio.ui.theme import unit

PACKAGE = "mixlora-studio"
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "bitsandbytes", "PySide6-Essentials", "pyqtgraph")
LIST_KEYS = (
    ("Ctrl+F", mark("Search runs")),
    (mark("Ctrl+1 to 9"), mark("Show a run of the list")),
    ("F2", mark("Rename the selected run")),
    ("Del", mark("Delete the selected runs")),
    ("Ctrl+Z", mark("Take that back, in the list")),
    ("F1", mark("This page")),
)


class AboutDialog(FittedDialog):
    """Versions come from the installed packages' files; none of the packages is imported for it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("about_dialog")
        self.setWindowTitle(tr("About"))
        copy = button("about_copy", tr("Copy"), "copy", "quiet", tr("Copy the versions for a bug report"))
        copy.clicked.connect(self._on_copy)
        close = button("about_close", tr("Close"), "", "primary")
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(close)
        inside = QWidget()
        across = QHBoxLayout(inside)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(round(unit() * 2.5))
        across.addLayout(_table(tr("Installed"), versions()))
        across.addLayout(_table(tr("Keys"), keys_of(window)), 1)  # what they do takes more room than a version
        self.setMinimumWidth(round(unit() * 46))
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(pad // 2)
        column.addWidget(Text(f"{places.APP} {installed(PACKAGE)}", size=1.25, strong=True))
        said = tr("Licence: {licence}. What you train stays on this machine.", licence=licence_text())
        column.addWidget(WrappedText(said, "quiet"))
        column.addSpacing(pad // 2)
        column.addWidget(self.scrolled(inside), 1)
        column.addLayout(foot)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join((on_what(), *(" ".join(line) for line in versions()))) + "\n")


def versions() -> tuple[tuple[str, str], ...]:
    """Python's version, and each library's as its files say; a library that is missing is named as such."""
    found = [(name.removesuffix("-Essentials"), installed(name) or tr("not installed")) for name in LIBRARIES]
    return (("Python", platform.python_version()), *found)


def licence_text() -> str:
    """The licence in the installed package's own data."""
    try:
        found = metadata(PACKAGE)
    except PackageNotFoundError:
        return tr("see the file LICENSE")
    names = (name for name in ("License-Expression", "License") if name in found)
    return next((found[name] for name in names), tr("see the file LICENSE"))


def keys_of(window: QWidget) -> tuple[tuple[str, str], ...]:
    """The list's keys, and those of every button of the pages that were opened."""
    found = {tr(key): tr(does) for key, does in LIST_KEYS}
    for each in window.findChildren(QAbstractButton):
        key = each.shortcut().toString()
        if key and key not in found and not key.startswith("Alt+"):
            found[key] = each.accessibleName() or each.text().replace("&", "")
    return tuple(found.items())


def _table(title: str, lines: tuple[tuple[str, str], ...]) -> QVBoxLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(round(unit()))
    grid.setVerticalSpacing(round(unit() * 0.25))
    for row, (left, right) in enumerate(lines):
        value = Text(right, "ink")
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(Text(left, "quiet"), row, 0)
        grid.addWidget(value, row, 1)
    grid.setColumnStretch(1, 1)
    column = QVBoxLayout()
    column.setSpacing(round(unit() * 0.5))
    head = Text(title.upper(), "faint", 0.82, strong=True)
    head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    column.addWidget(head)
    column.addLayout(grid)
    column.addStretch(1)
    return column
