"""Who answers: the run's adapter or one of its checkpoints, and beside it the base, another run, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from studio.core import places
from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.run.run_folder import RunFolder, list_checkpoints, list_runs, step_of
from studio.core.run.run_label import run_name
from studio.core.words import tr
from studio.ui.controls.widgets import Text
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.theme import unit
from studio.ui.try_out.exchange import BASE, OTHER, RUN

MOST_OTHERS = 20
CONFIG = "adapter_config.json"  # by which PEFT knows an adapter


@dataclass(frozen=True, slots=True)
class Chosen:
    """One who answers: `kind` tells it from the others in a conversation, `step` is a checkpoint's."""

    kind: str
    title: str
    run: Path
    step: int | None = None

    def asked(self, messages: list[dict[str, str]]) -> dict[str, object]:
        """As the desk is asked."""
        return {"run": str(self.run), "step": self.step, "bare": self.kind == BASE, "messages": messages}


class Speakers(QWidget):
    """`chosen` are those who answer the next question; none where the run has nothing to try yet."""

    changed = Signal()

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self._folder = folder
        self._again = False  # whether another look was asked for while one was under way
        self.is_known = False  # whether the run's folder was looked at
        self.who = self._box("try_who", tr("Which of the run's models answers"))
        self.beside = self._box("try_beside", tr("Who answers beside it"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.4))
        row.addWidget(self.who)
        row.addWidget(Text(tr("beside", "one speaker beside another"), "quiet", 0.95))
        row.addWidget(self.beside)
        self.beside.addItem(tr("Base model"), BASE)
        self.beside.addItem(tr("Nobody"), "")
        self.look()

    def _box(self, name: str, spoken: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(spoken)
        box.setToolTip(spoken)
        box.setMinimumContentsLength(7)
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        box.currentIndexChanged.connect(self._on_chosen)
        return box

    def look(self) -> None:
        """Offer what lies in the run's folder now, once its disk has answered."""
        self._again = is_asking(self, "own")
        if not self._again:
            off_thread(self, "own", partial(own_models, self._folder), self._offer_own)

    def _offer_own(self, found: tuple[bool, tuple[int, ...]]) -> None:
        if self._again:
            self.look()  # something has come meanwhile
        trained, steps = found
        first, self.is_known = not self.is_known, True
        offered: list[tuple[str, int | None]] = [(tr("Trained model"), None)] if trained else []
        offered += [(tr("Step {step}", step=step), step) for step in reversed(steps)]
        if offered == [(self.who.itemText(row), self.who.itemData(row)) for row in range(self.who.count())]:
            if first:
                self.changed.emit()
            return
        before = self.who.currentData() if self.who.currentIndex() > 0 else None
        was = self.who.blockSignals(True)
        self.who.clear()
        for title, step in offered:
            self.who.addItem(title, step)
        self.who.setCurrentIndex(max(0, self.who.findData(before)) if before is not None else 0)
        self.who.blockSignals(was)
        self.changed.emit()

    def look_for_others(self) -> None:
        """Offer the other runs of the same folder that have an adapter, and adapters that were imported.

        Hundreds of runs are looked at for that, in a thread.
        """
        off_thread(self, "others", partial(others_than, self._folder), self._offer)

    def _offer(self, found: list[tuple[str, Path]]) -> None:
        for name, path in found:
            if self.beside.findData(str(path)) < 0:
                self.beside.addItem(one_line(name), str(path))
                self.beside.setItemData(self.beside.count() - 1, unmarked(str(path)), Qt.ItemDataRole.ToolTipRole)

    @property
    def is_empty(self) -> bool:
        """Whether the run has nothing to try yet."""
        return self.who.count() == 0

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        if self.is_empty:
            return ()
        own, step = self._folder.path, self.who.currentData()
        found = [Chosen(RUN, self.who.currentText(), own, step)]
        beside = self.beside.currentData()
        if beside == BASE:
            found.append(Chosen(BASE, tr("Base model"), own, step))
        elif beside:
            found.append(Chosen(f"{OTHER} {beside}", self.beside.currentText(), Path(beside)))
        return tuple(found)

    @Slot(int)
    def _on_chosen(self, _row: int) -> None:
        self.changed.emit()


def own_models(folder: RunFolder) -> tuple[bool, tuple[int, ...]]:
    """Whether a run has its adapter, and the steps of its checkpoints; asks its disk."""
    try:
        steps = [step for path in list_checkpoints(folder.checkpoints) if (step := step_of(path)) is not None]
        return folder.adapter.is_dir(), tuple(steps)
    except OSError:
        return False, ()  # the disk that it was on is gone


def others_than(own: RunFolder) -> list[tuple[str, Path]]:
    """The name and the folder of the newest other runs with an adapter, and of every imported adapter."""
    others = (run for run in list_runs(own.path.parent) if run.path != own.path)
    found = [(run_name(run), run.path) for run in islice((run for run in others if run.adapter.is_dir()), MOST_OTHERS)]
    imported = places.adapters()
    if imported.is_dir():
        found += [(path.name, path) for path in sorted(imported.iterdir()) if (path / CONFIG).is_file()]
    return found
