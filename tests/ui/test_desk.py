from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.core.unfinished import noted
from studio.ui import desktop
from studio.ui.controls.widgets import WrappedText
from studio.ui.desk import Answer, Desk
from studio.ui.dialogs.export import ExportDialog, unused_folder
from studio.ui.dialogs.export_card import TargetCard
from studio.ui.dialogs.export_words import export_facts, gguf_file, proof_text, run_commands
from studio.ui.units import unbroken
from studio.ui.window import MainWindow
from tests.fake_run import make_fake_run

# Answers as the desk does, but in two chunks that end inside a line; "die" leaves without an answer.
SCRIPT = """
import json, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "die":
        print("last words", file=sys.stderr)
        sys.exit(3)
    text = json.dumps({"id": asked["id"], "progress": "half way"}) + "\\n"
    text += json.dumps({"id": asked["id"], "done": {"echo": asked["word"]}}, ensure_ascii=False) + "\\n"
    raw = text.encode()
    for part in (raw[: len(raw) // 2], raw[len(raw) // 2 :]):
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
        time.sleep(0.05)
"""


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(command=(sys.executable, "-c", SCRIPT))
    yield made
    made.leave()


def test_that_answers_come_whole_even_in_pieces(qtbot: QtBot, desk: Desk) -> None:
    answers: list[Answer] = []
    desk.answered.connect(answers.append)
    first = desk.ask("echo", word="Übung")
    second = desk.ask("echo", word="two")
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert answers[0] == Answer(first, progress="half way")
    assert answers[1] == Answer(first, done={"echo": "Übung"})
    assert answers[3] == Answer(second, done={"echo": "two"})


def test_that_a_desk_that_dies_is_reported_with_its_last_words_and_started_again(qtbot: QtBot, desk: Desk) -> None:
    with qtbot.waitSignal(desk.answered) as caught:
        number = desk.ask("die")
    answer = caught.args[0]
    assert answer.id == number
    assert "ended before it answered" in answer.failed
    assert "last words" in answer.notices()[0].report()
    with qtbot.waitSignal(desk.answered, check_params_cb=lambda answer: answer.done is not None):
        desk.ask("echo", word="again")


def test_that_a_desk_that_cannot_be_started_is_reported(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(command=(str(tmp_path / "no-python"),))
    with qtbot.waitSignal(desk.answered) as caught:
        desk.ask("check")
    assert "could not be started" in caught.args[0].failed
    desk.leave()


class FakeDesk(QObject):
    """Takes requests and gives what the test says."""

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []

    def ask(self, do: str, **arguments: str) -> int:
        self.asked.append({"do": do, **arguments})
        return len(self.asked)

    def cancel(self, number: int) -> None:
        self.asked.append({"do": "cancel", "id": str(number)})

    def leave(self) -> None:
        self.asked.clear()


def test_that_an_export_shows_its_progress_and_what_was_verified(
    qtbot: QtBot, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(desktop.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) is None)
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    folder = make_fake_run(runs, steps=2)
    dialog.show_run(folder)
    out = dialog.findChild(QLineEdit, "export_out")
    assert out.text().endswith("peft")
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    assert [each["do"] for each in fake.asked] == ["sizes", "export"]
    assert fake.asked[1] == {"do": "export", "run": str(folder.path), "to": "peft", "out": out.text()}
    assert not dialog.findChild(QPushButton, "export_go").isEnabled()
    assert [part for part in (out, dialog.browse, dialog.push, *dialog.cards.values()) if part.isEnabled()] == []
    fake.answered.emit(Answer(2, progress="Writing 240 experts.", share=0.25))
    assert dialog.findChild(QLabel, "export_said").text() == "Writing 240 experts."
    assert dialog.progress.value() == dialog.progress.maximum() // 4
    done = {"path": str(tmp_path), "bytes": 1 << 20, "verified": {"max_logit_difference": 1e-6, "experts": 240}}
    fake.answered.emit(Answer(2, done=done))
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Exported and verified." in texts
    assert {"Experts", "240"} <= set(texts)
    assert "the largest difference between their logits is 1e-6" in dialog.findChild(QLabel, "export_proof").text()
    line = f'mixlora-studio chat "{tmp_path}"'
    assert line in [field.text() for field in dialog.findChildren(QLineEdit)]
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_copy_3"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == line
    obvious = [each.objectName() for each in dialog.findChildren(QPushButton) if each.property("look") == "primary"]
    assert obvious == ["export_folder"], "what is done is not the obvious next thing"
    assert dialog.show_folder.isVisible()
    with qtbot.assertNotEmitted(dialog.go.clicked):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(opened) == 1)
    told = [label for label in dialog.findChildren(WrappedText) if label.isVisible()]
    qtbot.waitUntil(lambda: all(label.height() >= label.heightForWidth(label.width()) for label in told))
    dialog.hide()


def test_that_an_export_into_a_relative_folder_is_asked_for_by_its_whole_path(
    qtbot: QtBot, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    dialog.findChild(QLineEdit, "export_out").setText(" mine/out ")
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    assert fake.asked[1]["out"] == str(tmp_path / "mine" / "out")
    dialog.hide()


def test_that_an_export_that_fails_says_why_and_can_be_tried_again(qtbot: QtBot, runs: Path) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    fake.answered.emit(Answer(2, problems=(Problem("out", "the folder is not empty.", "Choose another."),)))
    assert dialog.findChild(QLabel, "export_said").text() == "The folder is not empty. Choose another."
    assert dialog.findChild(QPushButton, "export_go").isEnabled()
    dialog.hide()


def test_that_an_export_is_never_offered_over_another(tmp_path: Path) -> None:
    assert unused_folder(tmp_path / "peft") == tmp_path / "peft"
    (tmp_path / "peft").mkdir()
    (tmp_path / "peft-2").mkdir()
    assert unused_folder(tmp_path / "peft") == tmp_path / "peft-3"


def offer(format: str, **more: Any) -> dict[str, Any]:
    return {"format": format, "quantisation": "", "possible": True, "exact": True, "why_not": "", "advice": ""} | more


def test_that_the_cards_say_what_each_takes_and_why_one_cannot_be_had(qtbot: QtBot, runs: Path) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    why = "the reference's format has no place for MixDoRA's magnitudes"
    sizes = [offer("peft", bytes=3 << 30), offer("reference", possible=False, why_not=why, exact=False)]
    done = {"sizes": sizes, "disk": {"free_bytes": 5 << 30}, "device": {"name": "A card", "total_bytes": 24 << 30}}
    fake.answered.emit(Answer(1, done=done))
    assert unbroken("3.0 GiB") == dialog.findChild(QLabel, "export_size_peft").text()
    assert "Exact" in dialog.findChild(QLabel, "export_told_peft").text()
    assert why in dialog.findChild(QLabel, "export_told_reference").text()
    assert not dialog.findChild(QRadioButton, "export_target_reference").isEnabled()
    assert "A card has" in dialog.findChild(QLabel, "export_room").text()
    dialog.hide()


def test_that_a_target_that_turns_out_impossible_is_not_exported_and_a_typed_folder_stays(
    qtbot: QtBot, runs: Path, tmp_path: Path
) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    dialog.out.setText(str(tmp_path / "mine"))
    fake.answered.emit(Answer(1, done={"sizes": [offer("peft", possible=False), offer("reference")]}))
    assert not dialog.cards["peft"].radio.isChecked()
    assert not dialog.go.isEnabled()
    dialog.cards["reference"].radio.setChecked(True)
    assert dialog.go.isEnabled()
    assert dialog.out.text() == str(tmp_path / "mine")
    dialog.hide()


def test_that_sizes_that_were_not_found_are_asked_for_again_and_return_opens_no_browser(
    qtbot: QtBot, runs: Path
) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    folder = make_fake_run(runs, steps=2)
    dialog.show_run(folder)
    with qtbot.assertNotEmitted(dialog.browse.clicked):
        qtbot.keyClick(dialog.out, Qt.Key.Key_Return)
    fake.answered.emit(Answer(2, cancelled=True))
    fake.answered.emit(Answer(1, failed="The desk could not be started: x"))
    assert dialog.room.text().startswith("The desk could not be started: x. Try again.")
    dialog.hide()
    dialog.show_run(folder)
    assert [each["do"] for each in fake.asked] == ["sizes", "export", "sizes"]
    dialog.hide()


def test_that_a_files_number_format_is_picked_in_its_card(qtbot: QtBot) -> None:
    card = TargetCard("peft")
    qtbot.addWidget(card)
    card.show()
    large = offer("peft", quantisation="f16", bytes=95 << 30, fits_card=False, advice="Your card holds 24 GiB.")
    small = offer("peft", quantisation="q4_0", bytes=28 << 30, fits_card=True, exact=False)
    card.show_offers([large, small])
    assert card.quantisation == "q4_0"  # the best that fits
    assert "Rounded" in card.findChild(QLabel, "export_told_peft").text()
    card.numbers.setCurrentIndex(0)
    assert card.quantisation == "f16"
    assert "holds" in card.findChild(QLabel, "export_told_peft").text()
    with qtbot.waitSignal(card.chosen):
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)


def test_that_a_cancelled_export_says_that_nothing_was_kept(qtbot: QtBot, runs: Path) -> None:
    fake = FakeDesk()
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.findChild(QPushButton, "export_cancel"), Qt.MouseButton.LeftButton)
    assert fake.asked[-1] == {"do": "cancel", "id": "2"}
    with qtbot.waitSignal(dialog.ended):
        fake.answered.emit(Answer(2, cancelled=True))
    assert dialog.findChild(QLabel, "export_said").text() == "Cancelled. Nothing of it was kept."
    assert dialog.findChild(QPushButton, "export_go").isVisible()
    dialog.hide()


def test_that_lines_that_run_an_export_name_its_files(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").touch()
    lines = run_commands("gguf", tmp_path, gguf_file(tmp_path))
    assert str(tmp_path / "small.gguf") in lines["llama.cpp"]
    assert lines["Ollama"].startswith("ollama create ")
    assert run_commands("moe", tmp_path)["vLLM"] == f'vllm serve "{tmp_path}"'
    assert "mixlora" in run_commands("reference", tmp_path)["Python"]


def test_that_facts_are_words_not_codes() -> None:
    assert export_facts({"verified": {"fresh_process": True, "rows": 8}}) == {"Fresh process": "yes", "Rows": "8"}


def test_that_what_llama_cpp_computed_is_said_and_what_was_not_compared() -> None:
    llama = {"typical_difference": 1.8e-4, "same_answers": 3, "answers": 3}
    said = proof_text({"verified": {"llama_cpp": llama, "not_compared": ["Its answers were not compared."]}})
    assert "3 of 3 answers in the run's own words" in said
    assert "typically differ by 0.018 % of their scale" in said
    assert said.endswith("Its answers were not compared.")


@pytest.fixture
def exporting(qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]) -> tuple[MainWindow, FakeDesk, Path]:
    """A window in which an export is under way, its desk, and the folder that the export fills."""
    folder = make_fake_run(runs, steps=2)
    window, fake = open_window(), FakeDesk()
    window.pages.show_run(folder)
    window.dialogs.export = ExportDialog(window, desk=fake)  # type: ignore[arg-type]
    window.dialogs.show_export(folder)
    qtbot.mouseClick(window.findChild(QPushButton, "export_go"), Qt.MouseButton.LeftButton)
    out = Path(window.findChild(QLineEdit, "export_out").text())
    partial = out.with_name(f".{out.name}.partial")
    with noted(partial):  # as the desk's process leaves it when it is killed
        partial.mkdir(parents=True)
        (partial / "adapter.safetensors").write_bytes(b"half")
    return window, fake, partial


def test_that_a_closed_window_waits_for_its_export(exporting: tuple[MainWindow, FakeDesk, Path]) -> None:
    window, fake, _ = exporting
    assert not window.close()
    assert window.isVisible()
    assert any("closes when the export has finished" in notice.what for notice in window.notices.notices())
    fake.answered.emit(Answer(2, done={"path": "peft"}))
    assert not window.isVisible()


def test_that_a_second_close_cancels_the_export_and_leaves_nothing_half_written(
    exporting: tuple[MainWindow, FakeDesk, Path],
) -> None:
    window, _, partial = exporting
    window.close()
    assert window.close()
    assert not window.isVisible()
    assert not partial.exists()
