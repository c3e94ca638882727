"""A pane of text to read, select and copy from."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QPlainTextEdit

from studio.ui.controls.following_pane import FollowingPane
from studio.ui.theme import unit


def reading_pane(name: str, spoken: str, blocks: int = 5000, follows: bool = False) -> QPlainTextEdit:
    """A read-only text pane without a frame, which `follows` its end where that grows."""
    pane = FollowingPane() if follows else QPlainTextEdit()
    pane.setObjectName(name)
    pane.setAccessibleName(spoken)
    pane.setReadOnly(True)
    pane.setFrameShape(QFrame.Shape.NoFrame)
    pane.setMaximumBlockCount(blocks)
    pane.document().setDocumentMargin(unit() * 0.4)
    return pane
