"""What the desktop's other programs are asked to show."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from studio.ui.off_thread import off_thread


def open_on_desktop(owner: QObject, path: str | Path, then: Callable[[bool], object] | None = None) -> None:
    """Have the desktop open a file or a folder in a program of its own; `then` is told whether it has one for it.

    A folder that is not there is opened at the nearest one above it. Nothing is opened on a drive that never answers:
    the desktop would ask it in the window's thread.
    """
    off_thread(owner, f"show:{path}", partial(_known, Path(path)), partial(_open, then), on=[Path(path)])


def _known(path: Path) -> str:
    """The path as other programs know it.

    Python from Microsoft's Store sees a private copy of AppData, where the studio's home is. Another program finds it
    by its real path alone.
    """
    there = next((each for each in (path, *path.parents) if each.exists()), path)
    return os.path.realpath(there) if sys.platform == "win32" else str(there)


def _open(then: Callable[[bool], object] | None, known: str) -> None:
    opened = QDesktopServices.openUrl(QUrl.fromLocalFile(known))
    if then is not None:
        then(opened)
