"""Sending an export to the hub as well: to which repository, who will see it, and what of this machine goes there."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.words import mark, sentences, tr
from studio.ui.controls.widgets import WrappedText
from studio.ui.theme import unit

CONTENTS = mark(
    "Sent are the export's files, and a card with the recipe, the tasks' names and scores, and the loss curves;"
    " no row of your data."
)
ONLY_YOU = mark("A new repository is private: only you can see it.")
EVERYBODY = mark("Public: everybody can see and download it, for good.")


class PushChoice(QWidget):
    """Off until a person ticks it; a repository that does not exist yet is private unless "public" is ticked."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.wanted = QCheckBox(tr("Send it to the Hugging Face hub too, as"))
        self.wanted.setObjectName("export_push")
        self.repo = QLineEdit()
        self.repo.setObjectName("export_repo")
        self.repo.setPlaceholderText("owner/name")
        self.repo.setAccessibleName(tr("Repository on the hub, as owner/name"))
        self.public = QCheckBox(tr("Public"))
        self.public.setObjectName("export_public")
        self.told = WrappedText("", "quiet", 0.95)
        self.told.setObjectName("export_push_told")
        row = QHBoxLayout()
        row.setSpacing(round(unit() * 0.6))
        row.addWidget(self.wanted)
        row.addWidget(self.repo, 1)
        row.addWidget(self.public)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.3))
        column.addLayout(row)
        column.addWidget(self.told)
        self.wanted.toggled.connect(self._show)
        self.public.toggled.connect(self._show)
        self.repo.textChanged.connect(self._show)
        self._show()

    @property
    def ready(self) -> bool:
        """Whether nothing is missing: not wanted, or wanted with a name."""
        return not self.wanted.isChecked() or bool(self.repo.text().strip())

    def arguments(self) -> dict[str, Any]:
        """What the desk is asked beside the export; nothing where it is not to be sent."""
        if not self.wanted.isChecked():
            return {}
        return {"push": self.repo.text().strip(), "private": not self.public.isChecked()}

    def clear(self) -> None:
        """Forget what was wanted for another run: nothing is ever sent because something was before."""
        self.wanted.setChecked(False)
        self.public.setChecked(False)
        self.repo.clear()

    @Slot()
    def _show(self) -> None:
        wanted = self.wanted.isChecked()
        self.repo.setVisible(wanted)
        self.public.setVisible(wanted)
        self.told.setVisible(wanted)
        self.told.setText(sentences(tr(EVERYBODY if self.public.isChecked() else ONLY_YOU), tr(CONTENTS)))
        self.told.set_role("warning" if self.public.isChecked() else "quiet")
        self.changed.emit()
