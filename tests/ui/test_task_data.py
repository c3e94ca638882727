"""What the desk finds in the tasks' data, on their cards: never good news where rows are left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.recipe.column_mapping import CHOOSE
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe, parse_recipe
from studio.core.token_view import SeenRow, SeenToken
from studio.ui.desk import Answer, Desk
from studio.ui.fields.path_editor import PathEditor
from studio.ui.new_run.columns_dialog import ColumnsDialog
from studio.ui.new_run.data_check import DataCheck, Question
from studio.ui.new_run.draft import read_draft
from studio.ui.new_run.page import NewRunPage
from studio.ui.new_run.rows_dialog import RowsDialog
from studio.ui.off_thread import is_asking
from studio.ui.window import MainWindow
from tests.tiny import make_tiny_model

Open = Callable[..., MainWindow]
ROW = SeenRow.of_tokens(
    1,
    (
        SeenToken("<|user|>", "read", True, True),
        SeenToken("2+2", "read"),
        SeenToken("?", "cut"),
        SeenToken("4", "learned"),
    ),
)
WARNING = {"where": "task sums", "what": "9 of 10 rows are left out: the answer is empty.", "remedy": "Fill them in."}


@pytest.fixture
def page(qtbot: QtBot, open_window: Open, tmp_path: Path) -> NewRunPage:
    tasks = []
    for name in ("sums", "words"):
        file = tmp_path / f"{name}.jsonl"
        file.write_text('{"frage": "2+2?", "antwort": "4"}\n', encoding="utf-8")
        tasks.append(TaskTable(name=name, train=str(file)))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(dump_recipe(Recipe(name="a test", tasks=tuple(tasks))), encoding="utf-8")
    window = open_window(recipe)
    qtbot.waitUntil(lambda: window.pages.new_run is not None and window.pages.new_run._draft is not None)
    return window.pages.new_run


def counted(**more: Any) -> dict[str, Any]:
    lengths = {"edges": [0, 8, 16], "counts": [7, 3], "p50": 5, "p95": 12, "longest": 15}
    told = {"whole": True, "format": "pairs", "read_as": "'q' is the prompt", "found": 10, "used": 10, "tokens": 80}
    return told | {"train_rows": 10, "learned_tokens": 20, "lengths": lengths, "max_length": 512} | more


def answer(page: NewRunPage, purpose: str, tasks: dict[str, Any], **more: Any) -> None:
    """What the desk answers to a request of this purpose about the tasks as they are."""
    page.data_check._asked[77] = Question(purpose, dict(page.data_check._keys))
    page.data_check._on_answer(Answer(77, done={"tasks": tasks, **more}))


def note(page: NewRunPage) -> tuple[str, str]:
    return page.form.tasks.note.text(), page.form.tasks.note._role


def test_that_columns_can_be_chosen_again_where_a_row_behind_the_first_is_wrong(page: NewRunPage) -> None:
    answer(page, "look", {"sums": {"columns": ["q", "a"], "records": [{"q": "1?", "a": "2"}]}})
    wrong = {"where": "sums.jsonl, line 1034", "what": "the column 'a' is missing.", "remedy": "Fix this row."}
    answer(page, "count", {"sums": {"problems": [wrong]}})
    panel = page.form.tasks.panels[0]
    assert panel.columns.isEnabled()
    assert "Line 1034: the column 'a' is missing." in panel.said.text()


def test_that_left_out_rows_and_warnings_are_never_good_news(page: NewRunPage) -> None:
    answer(page, "check", {"sums": counted(used=1, left_out_rows=9, warnings=[WARNING]), "words": counted()})
    assert note(page) == ("Every row was read; 9 of 20 are left out.", "warning")
    sums, words = page.form.tasks.panels
    assert sums.said.text() == f"{WARNING['what']} {WARNING['remedy']}"
    assert sums.said._role == "warning"
    assert "1 of 10 rows" in sums.read_as.text()
    assert "Read as pairs: 'q' is the prompt" in sums.read_as.text()
    assert not words.said.isVisible()


def test_that_a_warning_of_no_task_is_told_too(page: NewRunPage) -> None:
    warning = {"where": "tokenizer", "what": "this model has no chat template.", "remedy": ""}
    answer(page, "check", {"sums": counted(), "words": counted()}, warnings=[warning])
    text, role = note(page)
    assert role == "warning"
    assert "no chat template" in text


def test_that_only_whole_rows_without_a_warning_are_good_news(page: NewRunPage) -> None:
    answer(page, "check", {"sums": counted(), "words": counted()})
    assert note(page) == ("Every row was read and is used whole.", "good")


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("other", ["another file", "no such file", "another length"])
def test_that_what_a_count_found_is_not_said_of_other_data(
    qtbot: QtBot, page: NewRunPage, tmp_path: Path, refused: bool, other: str
) -> None:
    if refused:
        page.data_check._asked[77] = Question("check", dict(page.data_check._keys))
        page.data_check._on_answer(Answer(77, failed="The desk died."))
    else:
        answer(page, "check", {"sums": counted(), "words": counted()})
    before = note(page)
    assert before[0] == ("The data was not counted." if refused else "Every row was read and is used whole.")
    page.form.set_fields({"method.rank": 4})
    page.form.tasks.panels[0].details.rows["weight"].editor.set_value(3)
    qtbot.waitUntil(lambda: page._draft is not None and "weight = 3" in page._draft.text)
    assert note(page) == before, "it is of the same rows"
    train = page.form.tasks.panels[0].details.rows["train"].editor
    if other == "another file":
        train.set_value(page.form.tasks.panels[1].values()["train"])
    elif other == "no such file":
        train.set_value(str(tmp_path / "gone.jsonl"))
    else:
        page.form.set_fields({"training.max_length": 64})
    qtbot.waitUntil(lambda: note(page)[0].startswith("Drop files"))


def test_that_a_count_of_data_that_was_changed_meanwhile_is_not_told(page: NewRunPage) -> None:
    for done in ({"tasks": {"sums": counted()}}, None):
        page.form.tasks.show_note("Reading the data…", "quiet")
        page.data_check._asked[5] = Question("check", {"sums": "what it was before"})
        page.data_check._on_answer(Answer(5, done=done, failed="" if done else "The desk died."))
        assert note(page)[0].startswith("Drop files")


def test_that_data_that_training_refuses_keeps_the_run_from_being_started(qtbot: QtBot, page: NewRunPage) -> None:
    qtbot.waitUntil(page.foot.start.isEnabled)
    broken = {"where": "sums.jsonl, line 3", "what": "this is not JSON.", "remedy": "Fix it."}
    answer(page, "look", {"sums": {"problems": [broken]}})
    assert not page.foot.start.isEnabled()
    assert page.form.tasks.panels[0].said.text() == "Line 3: this is not JSON. Fix it."
    assert "sums: this is not JSON." in page.foot.problems.list.item(0).text()
    # Another file of the task: what was found in the one before is forgotten.
    page.form.tasks.panels[0].details.rows["train"].editor.set_value(page.form.tasks.panels[1].values()["train"])
    qtbot.waitUntil(page.foot.start.isEnabled)
    assert page.form.tasks.panels[0].said.text() == ""


def test_that_an_answer_about_data_that_has_changed_since_is_not_shown(page: NewRunPage) -> None:
    page.data_check._asked[5] = Question("look", {"sums": "what it was before"})
    page.data_check._on_answer(Answer(5, done={"tasks": {"sums": counted()}}))
    assert page.form.tasks.panels[0].read_as.text() == ""


def test_that_shares_follow_weights_and_the_mixing_temperature(page: NewRunPage) -> None:
    answer(page, "check", {"sums": counted(train_rows=900), "words": counted(train_rows=100)})
    shares = [panel.share.text() for panel in page.form.tasks.panels]
    assert shares == ["90 % of the mix", "10 % of the mix"]
    page.form.set_fields({"training.mixing_temperature": 2.0})
    assert [panel.share.text() for panel in page.form.tasks.panels] == ["75 % of the mix", "25 % of the mix"]
    page.form.tasks.panels[1].details.rows["weight"].editor.set_value(3)
    assert [panel.share.text() for panel in page.form.tasks.panels] == ["50 % of the mix", "50 % of the mix"]


def test_that_rows_are_browsed_token_by_token_with_their_lengths(qtbot: QtBot, page: NewRunPage) -> None:
    rows = [ROW.as_arrays(), SeenRow.of_tokens(2, (SeenToken("x", "cut"),), "the answer is empty").as_arrays()]
    answer(page, "look", {"sums": counted(whole=False, rows=rows, found=None)})
    answer(page, "check", {"sums": counted()})
    panel = page.form.tasks.panels[0]
    qtbot.mouseClick(panel.preview, Qt.MouseButton.LeftButton)
    dialog = page.data_dialogs.rows
    assert isinstance(dialog, RowsDialog)
    assert dialog.pane.toPlainText() == "<|user|>2+2?4"
    assert dialog.counts.text() == "4 tokens: 1 learned, 2 read, 1 cut"
    assert "1 learned, 2 read, 1 cut" in dialog.pane.accessibleName()
    assert "10 rows" in dialog.histogram.accessibleName()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.counts.text().startswith("Left out: the answer is empty.")
    dialog.accept()


def test_that_no_columns_are_used_before_their_rows_were_shown(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def ask(desk: Desk, do: str, **arguments: Any) -> int:
        asked.append(arguments)
        return 100 + len(asked)

    monkeypatch.setattr(Desk, "ask", ask)
    guess = {"prompt": "frage", "completion": "antwort", "why": "by the order of the columns"}
    unknown = {"where": "sums.jsonl", "what": "its columns do not match any known format.", "remedy": "Say which."}
    record = {"frage": "2+2?", "antwort": "4", "nummer": "1"}
    found = {"problems": [unknown | {"kind": CHOOSE}], "columns": list(record), "records": [record], "guesses": []}
    answer(page, "look", {"sums": found})
    assert page.form.tasks.panels[0].columns.text() == "Choose columns…", "also where nothing is likely"
    found = {"problems": [unknown], "columns": list(record), "records": [record], "guesses": [guess]}
    answer(page, "look", {"sums": found})
    panel = page.form.tasks.panels[0]
    assert panel.columns.text() == "Choose columns…"
    qtbot.mouseClick(panel.columns, Qt.MouseButton.LeftButton)
    dialog = page.data_dialogs.columns
    assert isinstance(dialog, ColumnsDialog)
    assert dialog.mapping() == {"prompt": "frage", "completion": "antwort"}
    assert not dialog.use.isEnabled()
    qtbot.waitUntil(lambda: bool(asked))
    tried = parse_recipe(asked[0]["recipe"], "tried", Path())
    assert tried.tasks[0].format.model_dump(exclude_none=True) == {"prompt": "frage", "completion": "antwort"}
    page.data_check._on_answer(Answer(101, done={"tasks": {"sums": {"rows": [ROW.as_arrays()]}}}))
    assert dialog.use.isEnabled()
    # Another choice has other rows, which nobody has seen yet.
    dialog.parts["completion"].setCurrentText("nummer")
    assert not dialog.use.isEnabled()
    qtbot.waitUntil(lambda: len(asked) == 2)
    page.data_check._on_answer(Answer(102, done={"tasks": {"sums": {"rows": [ROW.as_arrays()]}}}))
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert panel.values()["format"] == {"prompt": "frage", "completion": "nummer"}
    qtbot.waitUntil(lambda: read_draft(page._values()).recipe is not None)
    assert read_draft(page._values()).problems == ()


def test_that_held_out_rows_are_a_file_a_share_or_a_number(qtbot: QtBot, page: NewRunPage) -> None:
    panel = page.form.tasks.panels[0]
    panel.unfold()
    kind = panel.findChild(QComboBox, "held_out_kind")
    chosen = []
    for word in ("a share", "a number of rows", "nothing"):
        kind.setCurrentText(word)
        chosen.append(panel.values()["evaluate"])
    assert chosen == [0.1, 200, None]
    kind.setCurrentText("a share")
    assert "10 % held out" in panel.source.text()
    assert read_draft(page._values()).recipe.tasks[0].evaluate == 0.1


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(data: QMimeData) -> QDropEvent:
    """An event that brings `data`, which the caller keeps: the event itself does not."""
    plain = Qt.KeyboardModifier.NoModifier
    return QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, plain)


def test_that_a_dropped_folder_is_one_task_of_all_its_files(qtbot: QtBot, page: NewRunPage, tmp_path: Path) -> None:
    folder = tmp_path / "my notes"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("Some text.\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    given = files(folder, tmp_path / "empty")
    page.dropEvent(drop(given))
    qtbot.waitUntil(lambda: len(page.form.tasks.panels) == 3)
    assert [panel.name.text() for panel in page.form.tasks.panels] == ["sums", "words", "my-notes"]
    assert page.form.tasks.panels[2].values()["train"] == str(folder)
    assert "empty" in page.findChild(QLabel, "tasks_note").text()


def test_that_a_file_dropped_on_a_path_replaces_it(page: NewRunPage, tmp_path: Path) -> None:
    editor = page.form.rows["model.source"].editor
    assert isinstance(editor, PathEditor)
    given = files(tmp_path)
    editor.line.dropEvent(drop(given))
    assert editor.value() == str(tmp_path)


def test_that_nothing_is_fetched_from_a_hub_before_a_person_asks(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Desk, "ask", lambda desk, do, **arguments: asked.append(do) or len(asked))
    monkeypatch.setattr(DataCheck, "looks_by_itself", True)

    def look_for(source: str) -> None:
        page.form.set_fields({"model.source": source})
        qtbot.waitUntil(lambda: page._draft is not None and f'"{source}"' in page._draft.text)
        page.data_check._look()
        qtbot.waitUntil(lambda: not is_asking(page.data_check, "hub"))

    look_for("owner/name")
    assert asked == []
    page.check_data()
    page.data_check._look()
    qtbot.waitUntil(lambda: asked == ["check", "peek", "look"])
    # Asked for that one: another model, half typed, is not.
    look_for("owner/nam")
    assert asked == ["check", "peek", "look"]


def test_that_rows_are_shown_in_words_until_their_tokens_are_there(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Desk, "ask", lambda desk, do, **arguments: asked.append(do) or len(asked))
    page.data_check._look()
    qtbot.waitUntil(lambda: asked == ["peek", "look"])
    words = SeenRow.of_tokens(1, (SeenToken("2+2?", "read"), SeenToken("4", "learned")))
    told = {"read_as": "'q' is the prompt", "format": "pairs", "found": None, "has_tokens": False}
    answer(page, "peek", {"sums": told | {"rows": [words.as_arrays()]}}, bytes=7)
    panel = page.form.tasks.panels[0]
    assert panel.preview.accessibleName() == "First row: 2+2? → 4"
    panel.rows.click()
    dialog = page.findChild(RowsDialog)
    assert dialog is not None
    assert "follow" in dialog.counts.text()
    assert not dialog.more.isVisible()
    answer(page, "look", {"sums": told | {"has_tokens": True, "rows": [ROW.as_arrays()]}})
    assert dialog.counts.text() == ROW.counts_text
    assert dialog.more.isVisible()
    dialog.reject()
    # A tokenizer that is loaded answers at once.
    page.data_check._seen.clear()
    asked.clear()
    page.data_check._look()
    qtbot.waitUntil(lambda: asked == ["look"])


@pytest.mark.slow
def test_that_a_real_desk_looks_at_a_dropped_file_by_itself(
    qtbot: QtBot, open_window: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sums.jsonl"
    file.write_text('{"question": "2+2?", "answer": "4"}\n' * 3, encoding="utf-8")
    window = open_window()
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    page = window.pages.new_run
    page.choice.demo.click()
    qtbot.waitUntil(lambda: page._draft is not None)
    page.form.set_fields({"model.source": str(make_tiny_model(tmp_path / "tiny"))})
    for button in window.findChildren(QPushButton, "task_remove"):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    # From here on: a look at the demo's tasks would unpack its model first.
    monkeypatch.setattr(DataCheck, "looks_by_itself", True)
    given = files(file)
    page.dropEvent(drop(given))
    qtbot.waitUntil(lambda: len(page.form.tasks.panels) == 1)
    (panel,) = page.form.tasks.panels
    qtbot.waitUntil(lambda: panel.facts.whole, timeout=120_000)
    assert panel.facts.rows[0].gist() == ("2+2?", "4")
    assert "3 rows" in panel.read_as.text()


def test_that_data_is_looked_at_though_the_desk_waits_for_what_was_taken_out_of_the_recipe(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    put_away: list[Desk] = []

    def ask(desk: Desk, do: str, **arguments: Any) -> int:
        asked.append(arguments["tasks"])
        return len(asked)

    def put(desk: Desk) -> None:
        put_away.append(desk)

    monkeypatch.setattr(Desk, "ask", ask)
    monkeypatch.setattr(Desk, "put_away", put)
    monkeypatch.setattr(DataCheck, "looks_by_itself", True)
    check = page.data_check
    check._silent.setInterval(100)
    check._allowed |= {"model demo main"}
    check.show_draft(page._draft)
    qtbot.waitUntil(lambda: bool(asked) and asked[-1] == ["sums", "words"])
    qtbot.waitUntil(lambda: not check._silent.isActive())
    assert put_away == [], "as long as it is in the recipe it is waited for"
    page.form.tasks.panels[0].remove.click()
    qtbot.waitUntil(lambda: len(put_away) == 1)
    qtbot.waitUntil(lambda: asked[-1] == ["words"])
    check._asked.clear()


def test_that_a_count_that_a_desk_did_not_come_to_is_made_by_the_next(
    qtbot: QtBot, page: NewRunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []

    def ask(desk: Desk, do: str, **arguments: Any) -> int:
        asked.append((do, arguments["tasks"]))
        return len(asked)

    def looked(*names: str) -> None:
        tasks = {name: {"columns": ["frage", "antwort"], "records": []} for name in names}
        check._on_answer(Answer(len(asked), done={"tasks": tasks, "bytes": 100}))

    monkeypatch.setattr(Desk, "ask", ask)
    monkeypatch.setattr(DataCheck, "looks_by_itself", True)
    check = page.data_check
    check._silent.setInterval(100)
    check._allowed |= {"model demo main"}
    check.show_draft(page._draft)
    qtbot.waitUntil(lambda: bool(asked) and asked[-1] == ("look", ["sums", "words"]))
    looked("sums", "words")
    assert asked[-1] == ("check", ["sums", "words"])
    # The count waits for the drive of the first, which is taken out, and never comes to the second.
    page.form.tasks.panels[0].remove.click()
    qtbot.waitUntil(lambda: asked[-1] == ("look", ["words"]))
    looked("words")
    assert asked[-1] == ("check", ["words"])
    check._on_answer(Answer(len(asked), done={"tasks": {"words": counted()}}))
    assert page.data_check.epoch_rows() == 10
    assert "10 rows" in page.form.tasks.panels[0].read_as.text()
    check._asked.clear()
