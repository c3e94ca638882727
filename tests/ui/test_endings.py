"""Whatever has a timer, a thread or a process ignores what it is asked after its end: that may still be on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QProcess, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.run.commands import Pause
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.hardware import detect
from studio.ui.comparison.page import ComparisonPage
from studio.ui.comparison.watch import ComparisonWatch
from studio.ui.desk import Desk
from studio.ui.dialogs.export import ExportDialog
from studio.ui.machine_watch import MachineWatch
from studio.ui.new_run.background_planner import Asked, BackgroundPlanner
from studio.ui.new_run.page import NewRunPage
from studio.ui.new_run.recipe_files import opened
from studio.ui.queue.watch import QueueWatch
from studio.ui.run.page import RunPage
from studio.ui.runs.commands import CommandSender
from studio.ui.runs.orders import RunOrders
from studio.ui.runs.watch import RunsWatch
from studio.ui.window import MainWindow
from tests.fake_run import make_fake_run


@dataclass
class Ending:
    """Something that ends: how it ends, what may be asked of it afterwards, and what it then must not tell."""

    thing: QObject
    end: Callable[[], object]
    late: tuple[Callable[[], object], ...]
    tells: tuple[str, ...] = ()


def background_planner(folder: RunFolder) -> Ending:
    planner, machine = BackgroundPlanner(), detect()
    recipe = Recipe(tasks=(TaskTable(name="sums", train="sums.jsonl"),))
    planner.set_machine(machine)
    late = (lambda: planner.set_machine(machine), lambda: planner.ask(Asked(recipe)), planner._on_pause, planner.stop)
    return Ending(planner, planner.stop, late, ("planned",))


def machine_watch(folder: RunFolder) -> Ending:
    watch = MachineWatch()
    watch.start()
    return Ending(
        watch, watch.stop, (watch.start, watch._on_tick, watch.stop), ("detected", "sampled", "failed", "not_sampled")
    )


def queue_watch(folder: RunFolder) -> Ending:
    watch = QueueWatch()
    watch.start()
    return Ending(watch, watch.stop, (watch.start, watch.do, watch._on_tick, watch.stop), ("looked", "failed"))


def runs_watch(folder: RunFolder) -> Ending:
    watch = RunsWatch(folder.path.parent)
    watch.start()
    late = (watch.start, watch.look_now, watch._on_tick, watch.stop)
    return Ending(watch, watch.stop, late, ("looked",))


def comparison_watch(folder: RunFolder) -> Ending:
    watch = ComparisonWatch()
    watch.watch((folder,))
    watch.start()
    late = (watch.start, lambda: watch.watch((folder,)), watch.rest, watch.stop)
    return Ending(watch, watch.stop, late, ("read",))


def command_sender(folder: RunFolder) -> Ending:
    sender = CommandSender()
    return Ending(sender, sender.finish, (lambda: sender.send(folder, Pause()), sender.finish), ("sent", "failed"))


def run_orders(folder: RunFolder) -> Ending:
    orders = RunOrders()
    late = (lambda: orders.give(folder, Pause()), lambda: orders.end(folder), orders._on_tick, orders.finish)
    return Ending(orders, orders.finish, late, ("command_wanted", "start_wanted", "failed"))


def desk(folder: RunFolder) -> Ending:
    asked = Desk()
    return Ending(asked, asked.leave, (lambda: asked.ask("check"), asked.leave), ("answered",))


def run_page(folder: RunFolder) -> Ending:
    page = RunPage(folder, 0.6)
    page.show()
    return Ending(page, page.leave, (page._on_shown, page.hide, page.show, page._on_shown), ("story_grew",))


def comparison_page(folder: RunFolder) -> Ending:
    page = ComparisonPage(0.6)
    page.show()
    return Ending(page, page.leave, (lambda: page.show_runs((folder,)), page.hide, page.show), ("failed",))


def new_run_page(folder: RunFolder) -> Ending:
    page, machine = NewRunPage(), detect()
    assert len(list(page.steps())) > 30
    page.open_first(opened(folder.recipe_file))
    page.show()
    late = (
        lambda: page.show_machine(machine),
        lambda: page.head.name.setText("another"),
        page._on_read,
        page.check_data,
        lambda: page.open_recipe(str(folder.recipe_file)),
        page.leave,
    )
    return Ending(page, page.leave, late, ("told",))


def export_dialog(folder: RunFolder) -> Ending:
    dialog = ExportDialog()
    dialog.show_run(folder)
    return Ending(dialog, dialog.leave, (dialog._on_go, lambda: dialog.show_run(folder), dialog.leave), ("ended",))


def main_window(folder: RunFolder) -> Ending:
    window = MainWindow(Settings(), folder.path.parent, folder.recipe_file, remember=False)
    window.show()
    window.begin()
    window.pages.show_run(folder)
    late = (
        window.begin,
        lambda: window.pages.show_run(folder),
        window.pages.show_new_run,
        lambda: window.pages.show_comparison((folder,)),
        lambda: window._on_detected(detect()),
        lambda: window.store.set_smoothing(0.3),
        lambda: window.run_actions.give(folder, Pause()),
        window._on_runs_changed,
        window.close,
    )
    return Ending(window, window.close, late)


ENDINGS = (
    background_planner,
    machine_watch,
    queue_watch,
    runs_watch,
    comparison_watch,
    command_sender,
    run_orders,
    desk,
    run_page,
    comparison_page,
    new_run_page,
    export_dialog,
    main_window,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_fake_run(tmp_path_factory.mktemp("runs"), steps=2)


@pytest.mark.parametrize("made", ENDINGS, ids=lambda made: made.__name__.replace("_", " "))
def test_that_what_has_ended_ignores_what_it_is_asked_afterwards(
    qtbot: QtBot, folder: RunFolder, made: Callable[[RunFolder], Ending]
) -> None:
    ending = made(folder)
    if ending.thing.isWidgetType():
        qtbot.addWidget(ending.thing)
    ending.end()
    told: list[str] = []
    for name in ending.tells:
        getattr(ending.thing, name).connect(lambda *_, name=name: told.append(name))
    for ask in ending.late:
        ask()
        QApplication.processEvents()
    qtbot.waitUntil(lambda: not at_work(ending.thing))
    assert told == []


def at_work(thing: QObject) -> list[str]:
    """The timers, threads and processes under `thing` that go on."""
    timers = [type(timer.parent()).__name__ for timer in thing.findChildren(QTimer) if timer.isActive()]
    threads = [thread.objectName() for thread in thing.findChildren(QThread) if thread.isRunning()]
    processes = [
        process.program()
        for process in thing.findChildren(QProcess)
        if process.state() != QProcess.ProcessState.NotRunning
    ]
    return [*timers, *threads, *processes]


def test_that_a_command_from_before_the_end_is_still_sent(qtbot: QtBot, folder: RunFolder) -> None:
    sender = CommandSender()
    sender.send(folder, Pause())
    sender.finish()
    with folder.reader() as reader:
        assert Pause() in reader.waiting_commands()


def test_that_a_plan_which_was_on_its_way_is_not_shown_after_the_end(qtbot: QtBot, tmp_path: Path) -> None:
    planner = BackgroundPlanner()
    told: list[object] = []
    planner.planned.connect(told.append)
    recipe = Recipe(tasks=(TaskTable(name="sums", train=str(tmp_path / "sums.jsonl")),))
    planner.set_machine(detect())
    planner.ask(Asked(recipe))
    planner._timer.stop()
    planner._on_pause()
    planner.stop()  # waits for the plan, whose answer is posted by then
    QApplication.processEvents()
    assert told == []
