"""What a person does while a disk is still being asked is neither lost nor mistaken for something else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.ui import off_thread
from studio.ui.desk import Desk
from studio.ui.new_run import data_check, editing, recipe_files, taking_files
from studio.ui.new_run import page as page_module
from studio.ui.new_run.data_check import DataCheck
from studio.ui.new_run.kept_draft import draft_file
from studio.ui.window import MainWindow
from tests.patience import PATIENCE
from tests.ui.conftest import page_of

Open = Callable[..., MainWindow]
MANY = 7  # tasks, more than have their panels made in one turn of the window


class Gate:
    """Functions that wait until they may go on, as on a disk that sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._open = Event()
        self._open.set()
        self.asked = 0

    def hold(self, module: Any, name: str) -> None:
        """Let `module.name` wait from now on."""
        real = getattr(module, name)

        def late(*arguments: Any) -> Any:
            self.asked += 1
            assert self._open.wait(PATIENCE)
            return real(*arguments)

        self._monkeypatch.setattr(module, name, late)
        self._open.clear()

    def let_go(self) -> None:
        self._open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.let_go()


@pytest.fixture
def data(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"task-{number}.jsonl" for number in range(MANY)]
    for file in files:
        file.write_text('{"prompt": "1", "completion": "2"}\n', "utf-8")
    return files


def recipe_of(tmp_path: Path, name: str, files: list[Path], **fields: Any) -> Path:
    tasks = [{"name": file.stem, "train": str(file)} for file in files]
    written = tmp_path / f"{name}.toml"
    written.write_text(dump_recipe(Recipe.model_validate({"name": name, "tasks": tasks, **fields})), "utf-8")
    return written


def nothing_is_asked() -> bool:
    """Whether every disk has answered."""
    return not off_thread._post or not off_thread._post[0]._under_way


def test_that_what_is_typed_while_a_disk_sleeps_is_kept_where_the_window_closes(
    qtbot: QtBot, open_window: Open, data: list[Path], gate: Gate
) -> None:
    page = page_of(qtbot, window := open_window(remember=True))
    page._on_files([str(data[0])])
    qtbot.waitUntil(page.foot.start.isEnabled)
    gate.hold(editing, "read_draft")
    page.head.name.setText("half made")
    qtbot.waitUntil(lambda: gate.asked == 1)
    window.close()
    assert 'name = "half made"' in draft_file().read_text("utf-8")


def test_that_a_recipe_of_many_tasks_leaves_the_half_made_run_where_it_is(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path
) -> None:
    draft_file().parent.mkdir(parents=True, exist_ok=True)
    draft_file().write_text('name = "half made"\n', "utf-8")
    page = page_of(qtbot, window := open_window(recipe_of(tmp_path, "named", data), remember=True))
    qtbot.waitUntil(page.foot.start.isEnabled)
    qtbot.waitUntil(lambda: len(page.form.tasks.panels) == MANY)
    window.close()
    assert 'name = "half made"' in draft_file().read_text("utf-8")


def test_that_a_recipe_opened_while_start_waits_is_not_started(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path, gate: Gate
) -> None:
    started: list[Recipe] = []
    page = page_of(qtbot, open_window(recipe_of(tmp_path, "first", data[:1])))
    page.start_wanted.disconnect()
    page.start_wanted.connect(started.append)
    qtbot.waitUntil(page.foot.start.isEnabled)
    gate.hold(editing, "read_draft")
    page.foot.start.click()
    page.open_recipe(str(recipe_of(tmp_path, "second", data[1:2])))
    qtbot.waitUntil(lambda: page.head.name.text() == "second")
    gate.let_go()
    qtbot.waitUntil(lambda: page._draft is not None and "second" in page._draft.text)
    assert started == []


def test_that_files_dropped_before_another_recipe_was_opened_do_not_get_into_it(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path, gate: Gate
) -> None:
    page = page_of(qtbot, open_window())
    gate.hold(taking_files, "looked_at")
    page._on_files([str(data[0])])
    page.open_recipe(str(recipe_of(tmp_path, "other", data[1:2])))
    qtbot.waitUntil(lambda: page.head.name.text() == "other")
    gate.let_go()
    qtbot.waitUntil(nothing_is_asked)
    assert [task["name"] for task in page.form.tasks.tasks()] == ["task-1"]


def test_that_a_recipe_that_comes_late_does_not_replace_what_was_begun_meanwhile(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path, gate: Gate
) -> None:
    page = page_of(qtbot, open_window())
    gate.hold(page_module, "opened")
    page.open_recipe(str(recipe_of(tmp_path, "late", data[:1])))
    page._on_files([str(data[1])])
    gate.let_go()
    qtbot.waitUntil(nothing_is_asked)
    qtbot.waitUntil(lambda: bool(page.form.tasks.tasks()))
    assert [task["name"] for task in page.form.tasks.tasks()] == ["task-1"]


def test_that_each_of_several_files_is_saved_and_told(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path, gate: Gate
) -> None:
    told: list[str] = []
    page = page_of(qtbot, open_window(recipe_of(tmp_path, "first", data[:1])))
    page.told.connect(lambda notice: told.append(notice.where))
    places = [tmp_path / "no such folder" / "a.toml", tmp_path / "b.toml", tmp_path / "c.toml"]
    gate.hold(page_module, "saved")
    for place in places:
        page.save_recipe(str(place))
    gate.let_go()
    qtbot.waitUntil(lambda: sorted(told) == sorted(map(str, places)))
    assert places[1].is_file()
    assert places[2].is_file()


def test_that_a_recipe_that_is_being_saved_is_written_when_the_window_is_closed(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path, gate: Gate
) -> None:
    page = page_of(qtbot, window := open_window(recipe_of(tmp_path, "first", data[:1])))
    gate.hold(page_module, "saved")
    page.save_recipe(str(tmp_path / "mine.toml"))
    qtbot.waitUntil(lambda: gate.asked == 1)
    assert not (tmp_path / "mine.toml").exists()
    window.close()
    (writing,) = (thread for thread in threading.enumerate() if thread.name.startswith("save"))
    assert not writing.daemon  # so that the process waits for it
    gate.let_go()
    writing.join()
    assert (tmp_path / "mine.toml").is_file()


def test_that_a_check_allows_what_its_own_recipe_needs_and_no_other(
    qtbot: QtBot, open_window: Open, data: list[Path], tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DataCheck, "looks_by_itself", True)
    monkeypatch.setattr(Desk, "ask", lambda desk, do, **arguments: 1)
    written = recipe_of(tmp_path, "hub", data[:1], model={"source": "somebody/agreed"})
    page = page_of(qtbot, open_window(written))
    qtbot.waitUntil(lambda: page._draft is not None and page._draft.recipe is not None)
    gate.hold(data_check, "_from_hub")
    page.check_data()
    page.form.set_fields({"model.source": "somebody/typed"})
    qtbot.waitUntil(lambda: page._draft is not None and "typed" in page._draft.text)
    qtbot.waitUntil(lambda: not page.data_check._pause.isActive())
    gate.let_go()
    qtbot.waitUntil(lambda: bool(page.data_check._allowed))
    qtbot.waitUntil(lambda: not page.data_check._pause.isActive() and nothing_is_asked())
    assert {each.split()[1] for each in page.data_check._allowed} == {"somebody/agreed"}


def test_that_what_was_begun_meanwhile_stays_when_the_recipe_named_at_start_comes(
    qtbot: QtBot, open_window: Open, tmp_path: Path, gate: Gate
) -> None:
    file = tmp_path / "named.toml"
    tasks = [{"name": "one", "train": "one.jsonl"}]
    file.write_text(dump_recipe(Recipe.model_validate({"name": "named at start", "tasks": tasks})), "utf-8")
    gate.hold(recipe_files, "load_recipe_or_sweep")
    page = page_of(qtbot, open_window(file))
    assert page.stack.shows_choice
    assert not page.is_settled()
    page._on_files([str(tmp_path / "mine.jsonl")])
    with qtbot.waitSignal(page.told) as said:
        gate.let_go()
    assert "named at start" in said.args[0].what
    assert page.head.name.text() != "named at start"
    assert not page.stack.shows_choice


@pytest.mark.parametrize("edited", [False, True])
def test_that_a_half_made_run_gives_way_to_the_recipe_named_at_start_until_it_is_gone_on_with(
    qtbot: QtBot, open_window: Open, tmp_path: Path, gate: Gate, edited: bool
) -> None:
    file = tmp_path / "named.toml"
    tasks = [{"name": "one", "train": "one.jsonl"}]
    file.write_text(dump_recipe(Recipe.model_validate({"name": "named at start", "tasks": tasks})), "utf-8")
    half_made = dump_recipe(Recipe.model_validate({"name": "half-made", "tasks": tasks}))
    draft_file().parent.mkdir(parents=True, exist_ok=True)
    draft_file().write_text(half_made, "utf-8")
    gate.hold(recipe_files, "load_recipe_or_sweep")
    page = page_of(qtbot, open_window(file, remember=True))
    assert page.head.name.text() == "half-made"
    if edited:
        page.form.set_fields({"method.rank": 4})
    gate.let_go()
    qtbot.waitUntil(lambda: not page.awaits_first and page.is_settled())
    assert page.head.name.text() == ("half-made" if edited else "named at start")
    page.leave()  # which writes what is still to be kept
    kept = draft_file().read_text("utf-8")
    assert 'name = "half-made"' in kept
    assert ("rank = 4" in kept) is edited
