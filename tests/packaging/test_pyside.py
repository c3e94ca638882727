"""The versions of PySide6 that drop a reference on None at every void call abort a live chart after minutes."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject

BLOCKS, CALLS = 40, 500


def test_that_none_survives_twenty_thousand_void_calls() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(BLOCKS):
        for _ in range(CALLS):
            thing.setObjectName("name")
        # Looked at after each block: Python aborts once some 5,000 references are lost.
        assert abs(sys.getrefcount(None) - before) < CALLS // 2
