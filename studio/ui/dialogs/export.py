"""Exports a run's adapter: what it can become and how large, the export's progress, its proof, and how to run it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.core.absolute_path import whole_path
from studio.core.export_formats import EXPORT_FORMATS
from studio.core.foreign import consent
from studio.core.foreign.visible_text import one_line
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import run_name
from studio.core.unfinished import remove_unfinished
from studio.core.words import mark, tr
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Fill, Text, WrappedText, button
from studio.ui.desk import Answer, Desk
from studio.ui.desktop import open_on_desktop
from studio.ui.dialogs.export_card import TargetCard
from studio.ui.dialogs.export_push import PushChoice
from studio.ui.dialogs.export_result import ExportResult
from studio.ui.dialogs.export_words import gguf_file
from studio.ui.notices import Notice
from studio.ui.off_thread import off_thread, wait_for
from studio.ui.theme import unit
from studio.ui.units import bytes_text, unbroken
from studio.ui.window_size import screen_around

ASKED = mark("Every export is verified: a fresh process loads it and compares the results.")
COLUMNS = 2
PARTS = 1000  # of the progress bar


class ExportDialog(FittedDialog):
    """Runs one export at a time; closing the dialog does not stop it. `ended` is emitted when it ends, however."""

    ended = Signal()
    consent_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None, desk: Desk | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setObjectName("export_dialog")
        self._folder: RunFolder | None = None
        self._desk = desk or Desk(self)
        self._desk.answered.connect(self._on_answer)
        self._asked: int | None = None
        self._sizing: int | None = None
        self._sized = False
        self._suggested = ""  # the folder that was put into the line, which a person may have replaced
        self._left = False
        self._out = Path()
        self._make_controls()
        self._lay_out()

    def _make_controls(self) -> None:
        self.heading = Text("", size=1.25, strong=True)
        self.cards = {name: TargetCard(name) for name in EXPORT_FORMATS}
        self._group = QButtonGroup(self)
        for card in self.cards.values():
            self._group.addButton(card.radio)
            card.chosen.connect(self._suggest)
        self.room = WrappedText("", "quiet", 0.95)
        self.room.setObjectName("export_room")
        self.out = QLineEdit()
        self.out.setObjectName("export_out")
        self.out.setAccessibleName(tr("Folder to write"))
        self.browse = button("export_browse", tr("Browse…"), "folder")
        self.push = PushChoice()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(max(4, round(unit() * 0.4)))
        self.progress.setAccessibleName(tr("Export in progress"))
        self.said = WrappedText("", "quiet")
        self.said.setObjectName("export_said")
        self.outcome = ExportResult()
        self.go = button("export_go", tr("Export"), "export", "primary")
        self.cancel = button("export_cancel", tr("Cancel"), "stop", hint=tr("End the export; nothing of it is kept"))
        self.show_folder = button("export_folder", tr("Open folder"), "folder")
        self.leave_button = button("export_close", tr("Close"), "", "quiet")
        self.push.changed.connect(self._allow)
        self.browse.clicked.connect(self._on_browse)
        self.go.clicked.connect(self._on_go)
        self.cancel.clicked.connect(self._on_cancel)
        self.show_folder.clicked.connect(self._on_show_folder)
        self.leave_button.clicked.connect(self.hide)

    def _lay_out(self) -> None:
        pad, gap = round(unit() * 1.2), round(unit() * 0.6)
        self._choice = QWidget()
        grid = QGridLayout(self._choice)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(gap)
        for number, card in enumerate(self.cards.values()):
            grid.addWidget(card, number // COLUMNS, number % COLUMNS)
            grid.setColumnStretch(number % COLUMNS, 1)
        inner = Fill("window")
        body = QVBoxLayout(inner)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(gap)
        body.addWidget(self._choice)
        body.addWidget(self.room)
        body.addWidget(self.outcome)
        body.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(inner)
        self._into = QWidget()
        into = QHBoxLayout(self._into)
        into.setContentsMargins(0, 0, 0, 0)
        into.setSpacing(gap)
        into.addWidget(Text(tr("Into"), "quiet"))
        into.addWidget(self.out, 1)
        into.addWidget(self.browse)
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.5))
        foot.addWidget(self.leave_button)
        foot.addStretch(1)
        for each in (self.show_folder, self.cancel, self.go):
            foot.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(gap)
        column.addWidget(self.heading)
        column.addWidget(self._area, 1)
        column.addWidget(self._into)
        column.addWidget(self.push)
        column.addWidget(self.progress)
        column.addWidget(self.said)
        column.addLayout(foot)

    def show_run(self, folder: RunFolder) -> None:
        """Offer the export of this run."""
        if self._asked is None and not self._left and (self._folder is None or self._folder.path != folder.path):
            self._folder, self._sizing = folder, None
            self.heading.setText(tr("Export {run}", run=folder.id))
            off_thread(self, "name", partial(run_name, folder), self._on_name, on=[folder.path])
            self._say(tr(ASKED), "quiet")
            self.outcome.clear()
            self.push.clear()
            for card in self.cards.values():
                card.show_offers([])
            next(iter(self.cards.values())).radio.setChecked(True)
            self.out.clear()
            self._suggested = ""
            self._suggest()
            self._sized = False
        if self._folder is not None and not (self._sized or self._left or self.is_exporting or self._sizing):
            self.room.setText(tr("Counting what each would take…"))
            self._sizing = self._desk.ask("sizes", run=str(self._folder.path), out=self.out.text())
        self._show_asking(self._asked is not None)
        self._fit_screen()
        self.open()

    def _on_name(self, name: str) -> None:
        self.heading.setText(tr("Export {run}", run=one_line(name)))

    @property
    def is_exporting(self) -> bool:
        return self._asked is not None

    def leave(self) -> None:
        """End the desk, for good; a cancelled export leaves nothing behind."""
        self._left = True
        self._desk.leave()
        if self.is_exporting:
            # The desk may have been ended before it could delete this itself.
            off_thread(self, "unfinished", remove_unfinished, None)
            wait_for(self)

    def _fit_screen(self) -> None:
        """As large as its contents are best seen at, but within the window that it lies over, or the screen."""
        parent = self.parentWidget()
        room = (screen_around(self) if parent is None else parent.rect()).size() * 0.92
        self.resize(min(round(unit() * 56), room.width()), min(round(unit() * 40), room.height()))

    @property
    def _card(self) -> TargetCard | None:
        return next((card for card in self.cards.values() if card.radio.isChecked()), None)

    def _show_asking(self, asking: bool) -> None:
        self.progress.setVisible(asking)
        self.progress.setRange(0, 0)
        self.cancel.setVisible(asking)
        self.cancel.setEnabled(asking)
        ended = self.outcome.is_shown
        for part in (self._choice, self.room, self._into, self.push):
            part.setVisible(not ended)
        self.go.setVisible(not asking)
        self.go.setText(tr("Another export") if ended else tr("Export"))
        # What is done is not offered again as the obvious next thing.
        for each, is_next in ((self.go, not ended), (self.show_folder, ended)):
            each.setProperty("look", "primary" if is_next else "")
            each.setAutoDefault(is_next)  # what Return presses
            each.setDefault(is_next)
            each.update()
        for part in (self.browse, self.out, self.push):
            part.setEnabled(not asking)
        for card in self.cards.values():
            card.setEnabled(not asking)
        self.show_folder.setVisible(not asking and ended)
        self._allow()

    @Slot()
    def _allow(self) -> None:
        """Let the export begin where all that it needs is there."""
        chosen = self._card is not None and self.push.ready
        self.go.setEnabled(self._asked is None and (self.outcome.is_shown or chosen))

    def _say(self, words: str, role: str) -> None:
        self.said.setText(unbroken(words))
        self.said.set_role(role)

    @Slot()
    def _suggest(self) -> None:
        card = self._card
        if self._folder is not None and card is not None:
            wanted = self._folder.path / "export" / f"{card.format}-{card.quantisation}".rstrip("-")
            if self.out.text() == self._suggested:
                self._suggested = str(wanted)
                self.out.setText(self._suggested)
                off_thread(
                    self, "unused", partial(unused_folder, wanted), partial(self._on_unused, wanted), on=[wanted]
                )
        self._allow()

    def _on_unused(self, wanted: Path, unused: Path) -> None:
        """Suggest another name where that one is taken; until this is known, the export itself would refuse it."""
        if self._asked is None and self.out.text() == self._suggested == str(wanted):
            self._suggested = str(unused)
            self.out.setText(self._suggested)

    @Slot()
    def _on_browse(self) -> None:
        dialog = FileDialog(self, tr("Export into"), Mode.Directory)
        dialog.chosen.connect(self.out.setText)
        dialog.open()

    @Slot()
    def _on_go(self) -> None:
        card = self._card
        if self.outcome.is_shown:
            self.outcome.clear()
            self._say(tr(ASKED), "quiet")
            self._suggested = self.out.text()  # which is taken now
            self._suggest()
            self._show_asking(False)
            return
        if self._folder is None or self._left or card is None:
            return
        self._say(tr("Starting…"), "quiet")
        self._out = whole_path(self.out.text().strip())
        more = self.push.arguments() | ({"quantisation": card.quantisation} if card.quantisation else {})
        self._asked = self._desk.ask("export", run=str(self._folder.path), to=card.format, out=str(self._out), **more)
        self._show_asking(True)

    @Slot()
    def _on_cancel(self) -> None:
        if self._asked is not None:
            self._desk.cancel(self._asked)
            self.cancel.setEnabled(False)
            self._say(tr("Cancelling…"), "quiet")

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.id == self._sizing and not answer.progress:
            self._sizing = None
            self._show_sizes(answer)
        if answer.id != self._asked:
            return
        if answer.progress:
            self._say(answer.progress, "quiet")
            self.progress.setRange(0, 0 if answer.share is None else PARTS)
            self.progress.setValue(round(PARTS * (answer.share or 0)))
            return
        self._asked = None
        self._show_end(answer)
        self._show_asking(False)
        self.ended.emit()

    def _show_end(self, answer: Answer) -> None:
        card = self._card
        if answer.done is not None:
            self._show_result(card.format if card else "", answer.done)
            self._say(_success(bool(answer.done.get("verified")), bool(answer.done.get("pushed"))), "good")
        elif answer.cancelled and self.push.arguments():
            self._say(tr("Cancelled."), "quiet")
            off_thread(self, "kept", self._out.is_dir, self._on_kept, on=[self._out])
        elif answer.cancelled:
            self._say(tr("Cancelled. Nothing of it was kept."), "quiet")
        else:
            self._say("\n".join(_words(each) for each in answer.notices()), "danger")
            for problem in answer.problems:
                if problem.kind == consent.KIND:
                    self.consent_wanted.emit(problem)

    def _show_result(self, format: str, done: dict[str, Any]) -> None:
        self.outcome.show_export(format, done)
        if format == "gguf" and "path" in done:
            found = partial(self.outcome.show_export, format, done)
            off_thread(self, "file", partial(gguf_file, Path(str(done["path"]))), found)

    def _on_kept(self, is_there: bool) -> None:
        if self._asked is None:
            stays = tr("Cancelled while it was being sent. The finished export stays in its folder.")
            self._say(stays if is_there else tr("Cancelled. Nothing of it was kept."), "quiet")

    def _show_sizes(self, answer: Answer) -> None:
        """Show what the run can become; where that cannot be found out, the export itself says why."""
        if answer.done is None:
            self.room.setText("\n".join(_words(each) for each in answer.notices()))
            return
        offers: list[dict[str, Any]] = answer.done.get("sizes", [])
        for name, card in self.cards.items():
            card.show_offers([offer for offer in offers if offer.get("format") == name])
        self._sized = True
        disk, device = answer.done.get("disk", {}), answer.done.get("device", {})
        self.room.setText("")
        free, total = disk.get("free_bytes"), device.get("total_bytes")
        if isinstance(free, int) and isinstance(total, int):
            drive, size = bytes_text(free), bytes_text(total)
            name = device.get("name")
            said = tr("The drive has {free} free; {device} has {total}.", free=drive, device=name, total=size)
            self.room.setText(said)
        self._suggest()

    @Slot()
    def _on_show_folder(self) -> None:
        open_on_desktop(self, self._out)


def _success(verified: bool, sent: bool) -> str:
    if sent:
        return tr("Exported and verified, and sent to the hub.") if verified else tr("Exported, and sent to the hub.")
    return tr("Exported and verified.") if verified else tr("Exported.")


def _words(notice: Notice) -> str:
    what = notice.what if notice.what.endswith((".", "!", "?", ":", "。")) else f"{notice.what}."
    return f"{what} {notice.remedy}".strip()


def unused_folder(wanted: Path) -> Path:
    """`wanted`, or the first of its numbered names that does not exist: an export never overwrites another."""
    return next(
        path
        for path in (wanted, *(wanted.with_name(f"{wanted.name}-{n}") for n in range(2, 1000)))
        if not path.exists()
    )
