"""The questions for a file or a folder: where they begin, and how the system writes what was chosen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QMimeData, QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.ui.off_thread import off_thread

Mode = QFileDialog.FileMode
_last: list[Path] = []  # the folder in which the last question ended


def as_written_here(path: str) -> str:
    """A path of Qt's as this system writes it: Qt has slashes on Windows, too."""
    return QDir.toNativeSeparators(path)


def local_files(data: QMimeData) -> list[str]:
    """The paths of what is dragged or pasted, of files and folders of this machine."""
    return [as_written_here(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class FileDialog(QFileDialog):
    """Asks for a file or a folder that is there; it is gone once it is closed.

    It begins in the user's documents, and goes to where the last question ended once that drive has answered: Qt itself
    would ask it in the window's thread. `chosen` brings the path, `all_chosen` all of them where `mode` lets several be
    chosen. `names` are filters as Qt writes them: "Tables (*.csv)".
    """

    chosen = Signal(str)
    all_chosen = Signal(list)

    def __init__(self, parent: QWidget | None, title: str, mode: Mode = Mode.ExistingFile, *names: str) -> None:
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        super().__init__(parent, title, QStandardPaths.writableLocation(documents))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFileMode(mode)
        if names:
            self.setNameFilters(names)
        self.fileSelected.connect(self._on_file)
        self.filesSelected.connect(self._on_files)
        if _last:
            off_thread(self, "last", _last[0].is_dir, partial(self._on_last, _last[0], self.directory()), on=_last)

    def go_to(self, folder: Path) -> None:
        """Show what is in this folder."""
        self.setDirectory(str(folder))

    def _on_last(self, last: Path, began: QDir, is_there: bool) -> None:
        if is_there and self.directory() == began:  # else a person has gone elsewhere already
            self.go_to(last)

    @Slot(str)
    def _on_file(self, path: str) -> None:
        self.chosen.emit(as_written_here(path))

    @Slot(list)
    def _on_files(self, paths: list[str]) -> None:
        if paths:
            folder = Path(paths[0])
            _last[:] = [folder if self.fileMode() == Mode.Directory else folder.parent]
        self.all_chosen.emit([as_written_here(path) for path in paths])


class SaveDialog(FileDialog):
    """Asks where to write a file; `suggested` is its name, whose ending is added where none is given."""

    def __init__(self, parent: QWidget | None, title: str, suggested: str, *names: str) -> None:
        super().__init__(parent, title, Mode.AnyFile, *names)
        self._suggested = suggested
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setDefaultSuffix(suggested.rpartition(".")[2])
        self.selectFile(suggested)

    def go_to(self, folder: Path) -> None:
        named = [Path(each).name for each in self.selectedFiles()]
        super().go_to(folder)
        self.selectFile(named[0] if named and named[0] else self._suggested)
