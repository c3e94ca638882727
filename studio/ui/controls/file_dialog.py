"""The question for a file or a folder: where it begins, and how the system writes what was chosen."""

from __future__ import annotations

from PySide6.QtCore import QDir, QMimeData, QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

Mode = QFileDialog.FileMode


def as_written_here(path: str) -> str:
    """A path of Qt's as this system writes it: Qt has slashes on Windows, too."""
    return QDir.toNativeSeparators(path)


def local_files(data: QMimeData) -> list[str]:
    """The paths of what is dragged or pasted, of files and folders of this machine."""
    return [as_written_here(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class FileDialog(QFileDialog):
    """Begins where the last one ended, the first in the user's documents; it is gone once it is closed.

    `chosen` brings the path, `all_chosen` all of them where `mode` lets several be chosen. With `save_as`, a name that
    is suggested, it asks where to write, and adds that name's ending where none is given. `names` are filters as Qt
    writes them: "Tables (*.csv)".
    """

    chosen = Signal(str)
    all_chosen = Signal(list)

    def __init__(
        self, parent: QWidget | None, title: str, mode: Mode = Mode.ExistingFile, *names: str, save_as: str = ""
    ) -> None:
        super().__init__(parent, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.directory() == QDir.current():  # nobody has chosen a folder yet: this is the program's own
            self.setDirectory(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        if names:
            self.setNameFilters(names)
        if save_as:
            self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            self.setDefaultSuffix(save_as.rpartition(".")[2])
            self.selectFile(save_as)
        else:
            self.setFileMode(mode)
        self.fileSelected.connect(self._on_file)
        self.filesSelected.connect(self._on_files)

    @Slot(str)
    def _on_file(self, path: str) -> None:
        self.chosen.emit(as_written_here(path))

    @Slot(list)
    def _on_files(self, paths: list[str]) -> None:
        self.all_chosen.emit([as_written_here(path) for path in paths])
