"""Asks whether a model may run its own code: lists the files, and says in plain words what agreeing means."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.foreign import consent
from studio.core.problem import Problem, ProblemError
from studio.core.words import mark, tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.reading_pane import reading_pane
from studio.ui.controls.widgets import WrappedText, button
from studio.ui.desktop import open_on_desktop
from studio.ui.off_thread import off_thread
from studio.ui.theme import mono_font, unit

MEANING = mark(
    "Agreeing lets these files run as a program on this computer. They can do anything that you can do here: read and "
    "change your files, use the network, start other programs. MixLoRA Studio does not check what they do. Agree "
    "only if you have read them, or trust whoever wrote them."
)
HOLDS = mark(
    "The agreement applies to this model only, and to these files as they are now: if they change, you are asked "
    "again. You can revoke it in the settings."
)


class ConsentDialog(FittedDialog):
    """Shows what a Problem of the kind "model-code" asks; only its Agree button stores anything."""

    agreed = Signal(object)
    failed = Signal(object)

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("consent_dialog")
        self.setWindowTitle(tr("A model's own code"))
        self.setMinimumWidth(round(unit() * 38))
        self._problem = problem
        # Each exactly as high as its lines: else what the dialog is too high by stands between them.
        heading = WrappedText(tr("This model wants to run its own code"), size=1.25, strong=True)
        model = WrappedText(problem.where, strong=True)
        model.setObjectName("consent_model")
        self.files = reading_pane("consent_files", tr("The model's own Python files"), blocks=0)
        self.files.setFont(mono_font(0.92))
        self.files.setPlainText(tr("Reading its files…"))
        self.files.setFixedHeight(round(unit() * 7))
        meaning = WrappedText(tr(MEANING), "warning")
        meaning.setObjectName("consent_meaning")
        holds = WrappedText(tr(HOLDS), "quiet", 0.95)
        hint = tr("Read the files before you agree")
        self.folder = button("consent_folder", tr("Open its folder"), "folder", hint=hint)
        self.folder.hide()
        self.folder.clicked.connect(self._on_folder)
        # Return must not agree.
        not_now = button("consent_not_now", tr("Not now"), "", "primary")
        not_now.setDefault(True)
        not_now.clicked.connect(self.reject)
        self.agree = button("consent_agree", tr("Agree for this model"), "check")
        self.agree.setAutoDefault(False)
        self.agree.setEnabled(False)  # until there is something to read
        self.agree.clicked.connect(self._on_agree)
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.5))
        foot.addWidget(self.folder)
        foot.addStretch(1)
        foot.addWidget(self.agree)
        foot.addWidget(not_now)
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.7))
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(round(unit() * 0.7))
        # What agreeing means comes before the files: on a small screen these are scrolled to.
        for each in (model, meaning, self.files, holds):
            body.addWidget(each)
        column.addWidget(heading)
        column.addWidget(self.scrolled(inside), 1)
        column.addLayout(foot)
        off_thread(self, "files", partial(files_of, problem), self._on_files)

    def _on_files(self, found: tuple[bool, list[str]]) -> None:
        is_here, files = found
        self.files.setPlainText("\n".join(files))
        self.folder.setVisible(is_here)
        self.agree.setEnabled(True)

    @Slot()
    def _on_agree(self) -> None:
        try:
            consent.agree_to(self._problem)
        except ProblemError as error:
            for problem in error.problems:
                self.failed.emit(problem)
            self.reject()
            return
        self.agreed.emit(self._problem)
        self.accept()

    @Slot()
    def _on_folder(self) -> None:
        open_on_desktop(self, self._problem.where)


def files_of(problem: Problem) -> tuple[bool, list[str]]:
    """Whether the model is a folder, and the files that the Problem asks about; asks the model's disk.

    Of a model in the hub's cache, what the Problem's sentence names.
    """
    folder = Path(problem.where)
    if not folder.is_dir():
        return False, [problem.what]
    try:
        code = consent.code_of(folder)
    except ProblemError as error:
        return True, [problem.what, *(str(each) for each in error.problems)]
    changed = [] if code.sha256 == problem.about else [tr("(changed since: you will be asked again)")]
    return True, [*(str(folder / name) for name in code.files), *changed]
