"""Files dragged onto the window and dropped there, as the system tells it."""

from __future__ import annotations

import warnings
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

COPY, LEFT, PLAIN = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def dragged(*paths: Path) -> QMimeData:
    """What is dragged."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag_enters(data: QMimeData, at: QPointF) -> QDragEnterEvent:
    """The pointer comes with it."""
    with warnings.catch_warnings():
        # PySide 6.12 deprecates the only form that 6.11 has.
        warnings.simplefilter("ignore", DeprecationWarning)
        return QDragEnterEvent(at.toPoint(), COPY, data, LEFT, PLAIN)


def drops(data: QMimeData, at: QPointF) -> QDropEvent:
    """The button is let go of."""
    return QDropEvent(at, COPY, data, LEFT, PLAIN)
