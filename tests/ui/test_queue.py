"""The queue and gaming mode in the window: what a person sees, clicks, and finds again after a restart."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.process.dispatch import begin_game
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.run.commands import Pause
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.settings import Settings, load_settings, save_settings
from studio.hardware.give_way import watching
from studio.hardware.give_way.card_use import CardUse, CardWatch, ProgramUse
from studio.hardware.machine import GIB
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.palette import mixed
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, start_no_worker
from tests.ui.conftest import ink, picture

Open = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs that were given a worker, which does not exist here."""
    return start_no_worker(
        monkeypatch, "studio.core.process.dispatch.start_worker", "studio.ui.queue.control.start_worker"
    )


@pytest.fixture
def busy(runs: Path) -> Iterator[FakeRun]:
    """A run that holds the processor."""
    with FakeRun(runs, "at work") as run, contextlib.ExitStack() as device:
        run.start().train(12)
        device.enter_context(DeviceLock("cpu").held(run.folder, "cpu"))
        run.device = device  # type: ignore[attr-defined]
        yield run


@pytest.fixture
def line(runs: Path, busy: FakeRun) -> Iterator[list[RunFolder]]:
    """Three runs that wait for it."""
    with contextlib.ExitStack() as made:
        folders = [made.enter_context(FakeRun(runs, name)).folder for name in ("alpha", "beta", "gamma")]
        for folder in folders:
            put_in_queue(folder, "cpu", "cpu")
        yield folders


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible(), button.objectName()
    assert button.isEnabled(), button.objectName()
    qtbot.mouseClick(button, LEFT)


def names(window: MainWindow) -> list[str]:
    return [row.name.text() for row in window.sidebar.queue.rows]


def waiting() -> list[Path]:
    return [entry.run for entry in read_queue().entries]


def test_that_waiting_runs_are_listed_in_order_and_can_be_moved_and_removed(
    qtbot: QtBot, open_window: Open, line: list[RunFolder], started: list[str]
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: names(window) == ["alpha", "beta", "gamma"])
    rows = window.sidebar.queue.rows
    assert rows[0].reason.text() == "next on cpu"
    assert rows[1].reason.text() == "cpu, after 'alpha'"
    assert "'at work' (about 4 minutes left) is training there now" in rows[0].toolTip()
    assert not rows[0].up.isEnabled()
    assert not rows[2].down.isEnabled()
    click(qtbot, rows[2].up)
    qtbot.waitUntil(lambda: names(window) == ["alpha", "gamma", "beta"])
    click(qtbot, rows[0].down)
    qtbot.waitUntil(lambda: names(window) == ["gamma", "alpha", "beta"])
    click(qtbot, rows[1].remove)
    qtbot.waitUntil(lambda: names(window) == ["gamma", "beta"])
    assert waiting() == [line[2].path, line[1].path]
    assert started == []
    qtbot.mouseClick(rows[1], LEFT)
    assert window.pages.run is not None
    assert window.pages.run.folder.path == line[1].path
    qtbot.waitUntil(lambda: "in the queue for cpu" in window.pages.run.header.line.text())
    assert window.pages.run.header.pill.accessibleName() == "State: waiting"


def test_that_the_panel_is_there_only_while_something_waits(
    qtbot: QtBot, open_window: Open, runs: Path, busy: FakeRun, started: list[str]
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: bool(window.queue.snapshot.busy))
    assert not window.sidebar.queue.isVisible()
    with FakeRun(runs, "later") as run:
        put_in_queue(run.folder, "cpu", "cpu")
        qtbot.waitUntil(window.sidebar.queue.isVisible)
        click(qtbot, window.sidebar.queue.rows[0].remove)
        qtbot.waitUntil(lambda: not window.sidebar.queue.isVisible())


def test_that_start_becomes_queueing_while_the_device_is_busy_with_the_reason_in_words(
    qtbot: QtBot, open_window: Open, runs: Path, busy: FakeRun, started: list[str], tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    text = 'name = "second"\n[[tasks]]\nname = "units"\ntrain = "units.jsonl"\n[machine]\ndevice = "cpu"\n'
    recipe.write_text(text, encoding="utf-8")
    (tmp_path / "units.jsonl").write_text('{"prompt": "a", "completion": "b"}\n', encoding="utf-8")
    window = open_window(recipe)
    page = window.pages.new_run
    assert page is not None
    qtbot.waitUntil(lambda: page.foot.start.text() == "Add to queue")
    assert page.foot.busy.isVisible()
    assert (
        page.foot.busy.text() == "'at work' (about 4 minutes left) trains on cpu, so a run started now waits its turn."
    )
    assert not page.foot.queue.isVisible()
    qtbot.waitUntil(page.foot.start.isEnabled)
    click(qtbot, page.foot.start)
    qtbot.waitUntil(lambda: names(window) == ["second"])
    assert window.pages.currentWidget() is page
    assert any("'second' waits in the queue." in notice.what for notice in window.notices.notices())
    assert started == []
    busy.end("stopped")
    busy.device.close()  # type: ignore[attr-defined]
    # Nobody started it when the other ended, so the window does, and says so.
    qtbot.waitUntil(lambda: len(started) == 1)
    assert started == [list_runs(runs)[0].id]
    qtbot.waitUntil(lambda: any("'second' starts" in notice.what for notice in window.notices.notices()))


def test_that_a_free_device_starts_at_once_and_another_can_be_added_meanwhile(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str]
) -> None:
    window = open_window()
    page = window.pages.new_run
    assert page is not None
    page.choice.demo.click()
    qtbot.waitUntil(lambda: page._planned is not None and page.foot.start.isEnabled())
    assert page.foot.start.text() in ("Start training", "Start anyway")
    click(qtbot, page.foot.queue)
    qtbot.waitUntil(lambda: len(started) == 1)
    assert window.pages.currentWidget() is page
    qtbot.waitUntil(lambda: page.foot.start.text() == "Add to queue")
    assert "is starting on" in page.foot.busy.text()


@pytest.mark.parametrize("by", ["the bar", "the run's page"])
def test_that_gaming_mode_pauses_says_so_and_continues_with_a_second_click(
    qtbot: QtBot, open_window: Open, busy: FakeRun, line: list[RunFolder], started: list[str], by: str
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: len(names(window)) == 3)
    assert not window.game_bar.isVisible()
    click(qtbot, window.status.game.button)
    qtbot.waitUntil(window.game_bar.isVisible)
    with busy.folder.reader() as reader:
        assert reader.waiting_commands() == [Pause()]
    assert window.game_bar.text.text().startswith("Gaming: 'at work' saves a checkpoint and stops after this step")
    busy.pause()
    busy.device.close()  # type: ignore[attr-defined]
    onward = "'at work' waits and will continue exactly where it was."
    qtbot.waitUntil(lambda: onward in window.game_bar.text.text())
    assert "the card is yours since" in window.game_bar.text.text()
    qtbot.waitUntil(lambda: names(window) == ["at work", "alpha", "beta", "gamma"])
    assert {row.reason.text() for row in window.sidebar.queue.rows} == {"held by gaming mode"}
    assert window.status.game.button.isChecked()
    assert started == []
    for choice in ("dark", "light"):
        theme.choose(choice)  # type: ignore[arg-type]
        assert ink(picture(window.game_bar), theme.roles.accent) > 100
        assert ink(picture(window.status.game), mixed(theme.roles.accent, theme.roles.ink, 0.22)) > 100
    window.pages.show_run(busy.folder)
    assert window.pages.run is not None
    resume = window.game_bar.resume if by == "the bar" else window.pages.run.header.resume
    qtbot.waitUntil(resume.isVisible)
    click(qtbot, resume)
    qtbot.waitUntil(lambda: started == [busy.folder.id])
    qtbot.waitUntil(lambda: not window.game_bar.isVisible())
    assert not window.status.game.button.isChecked()


def test_that_gaming_mode_and_the_queue_are_found_again_by_the_next_window(
    qtbot: QtBot, open_window: Open, runs: Path, busy: FakeRun, line: list[RunFolder], started: list[str]
) -> None:
    begin_game()
    busy.pause()
    busy.device.close()  # type: ignore[attr-defined]
    put_in_queue(RunFolder(runs / "gone"), "cpu", "cpu", first=True)
    window = open_window()
    qtbot.waitUntil(window.game_bar.isVisible)
    assert names(window) == ["gone", "at work", "alpha", "beta", "gamma"]
    qtbot.wait(1200)
    assert started == []
    click(qtbot, window.status.game.button)
    qtbot.waitUntil(lambda: started == [busy.folder.id])
    qtbot.waitUntil(lambda: any("emoved from the queue" in notice.what for notice in window.notices.notices()))


def test_that_resume_waits_in_line_while_another_run_trains(
    qtbot: QtBot, open_window: Open, runs: Path, busy: FakeRun, started: list[str]
) -> None:
    with FakeRun(runs, "paused") as run:
        run.start().train(4).pause()
        window = open_window()
        qtbot.waitUntil(lambda: bool(window.queue.snapshot.busy) and window.sidebar.model.rowCount() == 2)
        qtbot.waitUntil(lambda: window.run_actions.machine is not None)
        window.pages.show_run(run.folder)
        assert window.pages.run is not None
        qtbot.waitUntil(window.pages.run.header.resume.isVisible)
        click(qtbot, window.pages.run.header.resume)
        qtbot.waitUntil(lambda: names(window) == ["paused"])
        assert started == []


def test_that_a_run_that_is_paused_by_hand_does_not_continue_by_itself(
    qtbot: QtBot, open_window: Open, busy: FakeRun, started: list[str]
) -> None:
    put_in_queue(busy.folder, "cpu", "cpu")
    window = open_window()
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)
    window.pages.show_run(busy.folder)
    assert window.pages.run is not None
    qtbot.waitUntil(window.pages.run.header.pause.isEnabled)
    click(qtbot, window.pages.run.header.pause)
    qtbot.waitUntil(lambda: waiting() == [])


def test_that_a_broken_queue_is_reported_once_and_the_window_stays(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str]
) -> None:
    places.queue_file().write_text("{", encoding="utf-8")
    window = open_window()
    qtbot.waitUntil(lambda: len(window.notices.notices()) == 1)
    assert "queue cannot be read" in window.notices.notices()[0].what
    window.notices.findChild(QPushButton, "close_notice").click()
    qtbot.wait(1300)
    assert window.notices.notices() == []


def test_that_the_settings_say_when_training_gives_way(qtbot: QtBot, open_window: Open, started: list[str]) -> None:
    window = open_window()
    window.dialogs.show_settings()
    dialog = window.findChild(SettingsDialog)
    give_way, memory = dialog.rows["give_way"].editor, dialog.rows["give_way_gib"].editor
    assert not memory.control.isEnabled()
    qtbot.keyClicks(give_way.control, "on")
    assert memory.control.isEnabled()
    memory.control.clear()
    qtbot.keyClicks(memory.control, "0.0")
    click(qtbot, dialog.findChild(QPushButton, "settings_done"))
    assert dialog.isVisible()
    assert "From 0.1 to 1,000." in dialog.rows["give_way_gib"].problem
    memory.control.clear()
    qtbot.keyClicks(memory.control, "3")
    click(qtbot, dialog.findChild(QPushButton, "settings_done"))
    qtbot.waitUntil(lambda: load_settings()[0].give_way)
    assert (load_settings()[0].give_way_gib, load_settings()[0].come_back) == (3.0, True)


class GameUntil(CardWatch):
    """A card on which a game runs until it is asked to end; a minute passes from one sample to the next."""

    def __init__(self, lock_name: str) -> None:
        super().__init__(lock_name)
        self.samples = 0

    def sample(self) -> CardUse:
        self.samples += 1
        others = (ProgramUse(7, "game", 8 * GIB, None),) if not GameUntil.is_over else ()
        return CardUse(61.0 * self.samples, others, True)

    is_over = False


@pytest.mark.parametrize("wanted", [True, False], ids=["comes back", "does not"])
def test_that_training_comes_back_when_the_game_that_it_gave_way_to_is_over(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str], monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    monkeypatch.setattr(watching, "CardWatch", GameUntil)
    monkeypatch.setattr(GameUntil, "is_over", False)
    save_settings(Settings(come_back=wanted))
    with FakeRun(runs, "at work") as run:
        with DeviceLock("cpu").held(run.folder, "cpu"):
            run.start().train(3)
            begin_game("game holds 8.0 GiB of it", 7, "cpu")
            run.pause()
        window = open_window()
        qtbot.waitUntil(window.game_bar.isVisible)
        assert "(game holds 8.0 GiB of it)" in window.game_bar.text.text()
        qtbot.wait(1100)
        assert read_queue().game is not None
        monkeypatch.setattr(GameUntil, "is_over", True)
        if wanted:
            qtbot.waitUntil(lambda: started == [run.folder.id])
            qtbot.waitUntil(lambda: not window.game_bar.isVisible())
        else:
            qtbot.wait(2100)
            assert started == []
