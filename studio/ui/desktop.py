"""What the desktop's other programs are asked to show."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_on_desktop(path: str | Path) -> bool:
    """Have the desktop open a file or a folder in a program of its own; returns False where it has none for it.

    Python from Microsoft's Store sees a private copy of AppData, where the studio's home is. Another program finds it
    by its real path alone.
    """
    known = os.path.realpath(path) if sys.platform == "win32" else path
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(known)))
