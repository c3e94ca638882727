"""The half-made recipe, kept in the studio's home from one start of the window to the next."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core import places
from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import Problem
from studio.core.toml_text import read_toml
from studio.core.words import tr
from studio.ui.lanes import Lanes
from studio.ui.new_run.draft import plain_values

SAVE_AFTER_MS = 700
MOST_BYTES = 4 << 20


def draft_file() -> Path:
    return places.home() / "draft.toml"


class KeptDraft(QObject):
    """Writes a form's text a moment after the last edit, in a thread of its own; `failed` brings a Problem once."""

    failed = Signal(object)

    def __init__(self, file: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file  # None keeps nothing
        self._text: str | None = None
        self._written: str | None = None
        self._told = False
        self._is_ours = True  # whether the file holds what the form does, rather than another half-made run
        self._lanes = Lanes("draft")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self._save)

    def values(self) -> dict[str, Any] | None:
        """The values that were kept, those that it lacks at their defaults; None where nothing (readable) is kept."""
        if self._file is None:
            return None
        try:
            if self._file.stat().st_size > MOST_BYTES:
                return None
            kept = read_toml(self._file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            return None  # an unreadable draft is begun anew; it is overwritten by the next edit
        return merged(plain_values(), kept)

    def spare(self, text: str) -> None:
        """Leave the half-made run in the file alone for this text, which has a file of its own, until it is edited."""
        if self._timer.isActive():  # it would be kept after this text, which then would be kept as well
            self._timer.stop()
            self._save()
        self._written, self._is_ours = text, False

    @Slot(str)
    def keep(self, text: str) -> None:
        """Keep this text soon."""
        self._text = text
        if self._file is not None and not self._timer.isActive():
            self._timer.start()

    def drop(self) -> None:
        """Keep the form no more: its run was started."""
        self._text = None
        self._timer.stop()
        if self._file is not None and self._is_ours:
            self._lanes.submit(self._file, self._remove)

    def leave(self) -> None:
        """Write what is not written yet."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()
        self._lanes.finish()

    @Slot()
    def _save(self) -> None:
        if self._file is not None and self._text is not None and self._text != self._written:
            self._written, self._is_ours = self._text, True
            self._lanes.submit(self._file, partial(self._write, self._text))

    def _write(self, text: str) -> None:
        assert self._file is not None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, text)
        except OSError as error:
            if not self._told:
                self._told = True
                what = tr("the half-made run cannot be kept ({reason}).", reason=system_reason(error))
                self.failed.emit(
                    Problem(str(self._file), what, tr("Save it as a recipe file, or free some disk space."))
                )

    def _remove(self) -> None:
        assert self._file is not None
        self._written = None
        self._file.unlink(missing_ok=True)


def merged(values: dict[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with those of a kept draft in their place; what has another form than the form's own is left out."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        other = kept.get(name, value)
        if isinstance(value, dict):
            # A field that was not set is not written.
            given = other if isinstance(other, dict) else {}
            found[name] = {key: given.get(key) if value[key] is None else given.get(key, value[key]) for key in value}
        elif name == "tasks":
            listed = other if isinstance(other, list) else []
            found[name] = [task for task in listed if isinstance(task, dict)]
        else:
            found[name] = other if isinstance(other, type(value)) else value
    return found
