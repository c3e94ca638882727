"""What Qt leaves to do on Windows: a taskbar button of its own, and messages without a console."""

from __future__ import annotations

import logging
import sys
from typing import Any

from studio.core import places

APP_ID = "MixLoRA.Studio"
"""How Windows distinguishes this program's windows from those of other Python programs."""
ERROR_ICON = 0x10  # MB_ICONERROR


def take_own_taskbar_button() -> None:
    """Group this process's windows under the studio's own icon; call it before the first window is made.

    Otherwise Windows takes them for windows of Python, and shows Python's icon.
    """
    shell = _library("shell32")
    if shell is not None and (refused := shell.SetCurrentProcessExplicitAppUserModelID(APP_ID)):
        logging.getLogger("studio.ui").warning("The taskbar shows Python's icon: error 0x%08x.", refused & 0xFFFFFFFF)


def say(words: str) -> None:
    """Print `words` on standard error, or show them in a message box where there is no console (pythonw)."""
    if sys.stderr is not None:
        print(words, file=sys.stderr)
    elif (user := _library("user32")) is not None:
        user.MessageBoxW(None, words, places.APP, ERROR_ICON)


def _library(name: str) -> Any:
    """One of Windows' own libraries; None on another system."""
    if sys.platform != "win32":
        return None
    import ctypes

    return getattr(ctypes.windll, name)
