"""The question for a file: where it begins, and how what was chosen is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QDir, QMimeData, QStandardPaths, QUrl
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from studio.ui.controls import file_dialog
from studio.ui.controls.file_dialog import FileDialog, Mode, SaveDialog, local_files
from tests.slow_disk import silent_disk


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's documents; nobody has chosen a file yet."""
    folder = tmp_path / "Meine Dokumente"
    folder.mkdir()
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(folder))
    monkeypatch.setattr(file_dialog, "_last", [])
    return folder


def begins_in(dialog: QFileDialog) -> Path:
    return Path(dialog.directory().absolutePath())


def test_that_it_begins_in_the_documents_and_then_where_the_last_one_ended(
    qtbot: QtBot, window: QWidget, documents: Path, tmp_path: Path
) -> None:
    dialog = FileDialog(window, "Files")
    assert begins_in(dialog) == documents
    (tmp_path / "data").mkdir()
    dialog.filesSelected.emit([str(tmp_path / "data" / "a.csv")])
    after = FileDialog(window, "Files")
    qtbot.waitUntil(lambda: begins_in(after) == tmp_path / "data")
    folders = FileDialog(window, "Folders", Mode.Directory)
    folders.filesSelected.emit([str(tmp_path)])
    qtbot.waitUntil(lambda: begins_in(FileDialog(window, "Files")) in (documents, tmp_path))
    last = SaveDialog(window, "Save", "loss.csv", "Tables (*.csv)")
    qtbot.waitUntil(lambda: begins_in(last) == tmp_path)
    assert last.selectedFiles() == [(tmp_path / "loss.csv").as_posix()]


def test_that_it_does_not_ask_a_silent_drive_on_which_the_last_one_ended(
    qtbot: QtBot, window: QWidget, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / "unplugged"
    far.mkdir()
    FileDialog(window, "Files").filesSelected.emit([str(far / "a.csv")])
    disk = silent_disk(monkeypatch, far)
    dialog = FileDialog(window, "Files")
    qtbot.waitUntil(lambda: disk.waiting == 1)
    assert begins_in(dialog) == documents
    disk.answer()
    qtbot.waitUntil(lambda: begins_in(dialog) == far)


def test_that_what_was_chosen_is_written_as_the_system_writes_it(
    window: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDir, "toNativeSeparators", lambda path: path.replace("/", "\\"))
    dialog = FileDialog(window, "Files", Mode.ExistingFiles)
    one: list[str] = []
    several: list[list[str]] = []
    dialog.chosen.connect(one.append)
    dialog.all_chosen.connect(several.append)
    dialog.fileSelected.emit("C:/Daten/a.csv")
    dialog.filesSelected.emit(["C:/Daten/a.csv", "C:/Daten/b.csv"])
    assert (one, several) == (["C:\\Daten\\a.csv"], [["C:\\Daten\\a.csv", "C:\\Daten\\b.csv"]])
    dragged = QMimeData()
    dragged.setUrls([QUrl.fromLocalFile(str(tmp_path / "c d.csv")), QUrl("https://127.0.0.1/e.csv")])
    assert local_files(dragged) == [(tmp_path / "c d.csv").as_posix().replace("/", "\\")]


def test_that_a_place_to_save_to_is_suggested_with_an_ending(window: QWidget) -> None:
    dialog = SaveDialog(window, "Save", "loss.csv", "Tables (*.csv)")
    assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    assert (dialog.defaultSuffix(), dialog.nameFilters()) == ("csv", ["Tables (*.csv)"])
    assert [Path(each).name for each in dialog.selectedFiles()] == ["loss.csv"]


def test_that_it_is_gone_once_it_is_closed(qtbot: QtBot, window: QWidget) -> None:
    dialog = FileDialog(window, "Files")
    dialog.open()
    dialog.reject()
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert window.findChildren(QFileDialog) == []
