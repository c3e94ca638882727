"""Tells a person who looks at another program that a run has ended."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from studio.core import places
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.icons import icon
from studio.ui.runs.summary import RunSummary

SHOWN_MS = 15_000
ENDED = ("finished", "stopped", "failed", "lost")


class EndNotice(QObject):
    """Compares what the runs did with what they do; `ended` brings each run that has ended, and `wanted` the one that a
    person chose in the system's notice.
    """

    ended = Signal(object)
    wanted = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.on = True
        self._live: set[RunFolder] = set()
        self._told: RunFolder | None = None
        self._tray: QSystemTrayIcon | None = None
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(SHOWN_MS)
        self._leaving.timeout.connect(self.leave)

    def look(self, summaries: tuple[RunSummary, ...]) -> None:
        """Take the runs as they are now, and tell of those that have ended since the last look."""
        for run in summaries:
            if run.folder in self._live and run.state in ENDED:
                self.ended.emit(run)
                if self.on and not _is_in_front(self.parent()):
                    self._tell(run)
        # A run that another program holds for a moment may end meanwhile.
        held = {run.folder for run in summaries if run.state == "unreadable"} & self._live
        self._live = held | {run.folder for run in summaries if run.is_live}

    @Slot()
    def leave(self) -> None:
        """Take the icon away again."""
        self._leaving.stop()
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def _tell(self, run: RunSummary) -> None:
        window = self.parent()
        assert isinstance(window, QWidget)
        QApplication.alert(window)  # the taskbar, where there is one
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        self.leave()
        self._told = run.folder
        self._tray = QSystemTrayIcon(icon("app"), self)
        self._tray.setToolTip(places.APP)
        self._tray.messageClicked.connect(self._on_clicked)
        self._tray.activated.connect(self._on_clicked)
        self._tray.show()
        self._tray.showMessage(end_words(run), run.reason, icon("app"), SHOWN_MS)
        self._leaving.start()

    @Slot()
    def _on_clicked(self) -> None:
        if self._told is not None:
            self.wanted.emit(self._told)
        self.leave()


def end_words(run: RunSummary) -> str:
    """How a run ended, in a few words."""
    if run.out_of_memory:
        return tr("'{run}' ran out of memory", run=run.name)
    match run.state:
        case "finished":
            return tr("'{run}' has finished", run=run.name)
        case "stopped":
            return tr("'{run}' was stopped", run=run.name)
        case "failed":
            return tr("'{run}' has failed", run=run.name)
        case _:
            return tr("'{run}' was lost", run=run.name)


def _is_in_front(window: object) -> bool:
    return isinstance(window, QWidget) and QApplication.activeWindow() is not None and not window.isMinimized()
