"""The question for a file: where it begins, and how what was chosen is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QDir, QMimeData, QStandardPaths, QUrl
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from studio.ui.controls.file_dialog import FileDialog, Mode, local_files


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_that_it_does_not_begin_in_the_programs_own_folder(
    window: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = tmp_path / "Meine Dokumente"
    documents.mkdir()
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(documents))
    # Qt begins in the program's own folder, or where another test's question has ended.
    monkeypatch.chdir(QFileDialog().directory().absolutePath())
    assert Path(FileDialog(window, "Files").directory().absolutePath()) == documents
    monkeypatch.chdir(documents)
    begun = QFileDialog().directory().absolutePath()
    assert FileDialog(window, "Files").directory().absolutePath() == begun


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
    dialog = FileDialog(window, "Save", Mode.AnyFile, "Tables (*.csv)", save_as="loss.csv")
    assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    assert (dialog.defaultSuffix(), dialog.nameFilters()) == ("csv", ["Tables (*.csv)"])
    assert [Path(each).name for each in dialog.selectedFiles()] == ["loss.csv"]


def test_that_it_is_gone_once_it_is_closed(qtbot: QtBot, window: QWidget) -> None:
    dialog = FileDialog(window, "Files")
    dialog.open()
    dialog.reject()
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert window.findChildren(QFileDialog) == []
