"""The window's side of the queue: start a run or put it in the queue, change the order, turn gaming mode on and off."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.error_text import system_reason
from studio.core.problem import Problem, ProblemError
from studio.core.process.dispatch import Looked, begin_game, end_game, refuse_busy, start_next
from studio.core.process.start_worker import start_worker
from studio.core.process.verbs import enqueue
from studio.core.queue.device_lock import DeviceBusyError
from studio.core.queue.queue import Where, move_in_queue, take_out_of_queue
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep import Sweep
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.run.run_group import read_group
from studio.core.run.run_label import run_name
from studio.core.state.run_state import LIVE
from studio.core.state.sweep_runs import runs_of_sweep
from studio.core.words import tr
from studio.ui.notices import Notice
from studio.ui.off_thread import off_thread
from studio.ui.queue.game_bar import GameBar, GameButton
from studio.ui.queue.panel import QueuePanel
from studio.ui.queue.snapshot import QueueSnapshot
from studio.ui.queue.watch import QueueWatch

if TYPE_CHECKING:  # the first paint does not wait for psutil
    from studio.hardware.crew_devices import RunDevices
    from studio.hardware.machine import Machine


class QueueControl(QObject):
    """Connects panel, game button and game bar with the queue; `changed` says that runs may have begun or ended."""

    looked = Signal(object)
    changed = Signal()
    told = Signal(object)
    failed = Signal(object)
    group_queued = Signal(str, object)  # with the comparison's name and its runs
    beginning = Signal(bool)  # whether runs are being prepared and started

    def __init__(self, panel: QueuePanel, game: GameButton, bar: GameBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.watch = QueueWatch(self)
        self._panel, self._game, self._bar = panel, game, bar
        self._begun = 0
        self._beginning: set[int] = set()
        self.watch.looked.connect(self._on_looked)
        self.watch.went_on.connect(self._on_went_on)
        self.watch.failed.connect(self._on_failed)
        self.reviewed = self.watch.reviewed
        self.group_queued.connect(self._on_group)
        panel.move_wanted.connect(self._on_move)
        panel.remove_wanted.connect(self.leave)
        game.toggled.connect(self._on_game)
        bar.resume_wanted.connect(self._on_game_over)

    @property
    def snapshot(self) -> QueueSnapshot:
        return self.watch.snapshot

    def begin(self, prepare: Prepare, then: Callable[[Begun], object], waits: bool = False) -> None:
        """Have a run prepared and its worker started, or put the run in the queue where a device is not available.

        All of it in a thread, since a run's drive may sleep; `then` is called with what came of it. With `waits`, the
        run is queued in any case.
        """
        self._begun += 1
        self._beginning.add(self._begun)
        self.beginning.emit(True)
        work = partial(begun, prepare, self.snapshot, waits)
        off_thread(self, f"begin:{self._begun}", work, partial(self._on_begun, self._begun, then), is_writing=True)

    def _on_begun(self, number: int, then: Callable[[Begun], object], found: Begun) -> None:
        if found.how == "waits" and found.why:
            what = tr("'{run}' waits in the queue.", run=found.name)
            waits = _Waits(self.watch, found.place)
            self.told.emit(Notice(what, found.why, "accent", cause=_cause(found.place), holds=waits.holds))
        then(found)
        if found.how in ("waits", "game"):
            self.watch.do()
        if found.how != "failed":
            self.changed.emit()
        self._beginning.discard(number)
        if not self._beginning:
            self.beginning.emit(False)

    def wait_all(self, name: str, recipes: tuple[Recipe, ...], runs: Callable[[], Path], device: RunDevices) -> None:
        """Create a run of each recipe and put all at the end of the device's queue; none where one cannot be made.

        runs: names their folder in the thread that makes them; raises ProblemError where it is not there.
        """

        self._gather(partial(_created, name, recipes, runs, device))

    def wait_sweep(
        self, sweep: Sweep, batches: tuple[tuple[int, ...], ...], runs: Callable[[], Path], device: RunDevices
    ) -> None:
        """Create the runs of the sweep that are not there yet, and put all that have not finished into the queue.

        batches: the places of those that train together. runs: as for `wait_all`.
        """

        self._gather(partial(_swept, sweep, batches, runs, device))

    def _gather(self, work: Callable[[], Gathered]) -> None:
        """Have runs made and queued, in a thread of their own: their drive may not answer, and the queue goes on."""
        self._begun += 1
        off_thread(self, f"group:{self._begun}", partial(_gathered, work), self._on_gathered, is_writing=True)

    def _on_gathered(self, found: Gathered) -> None:
        for problem in found.problems:
            self.failed.emit(problem)
        if found.made:
            self.group_queued.emit(found.name, found.made)
        self.watch.do(lambda: found.looked)

    @Slot(object)
    def leave(self, folder: RunFolder) -> None:
        """Take the run out of the queue."""
        self.watch.do(lambda: take_out_of_queue(folder))

    @Slot(str, object)
    def _on_group(self, name: str, made: tuple[RunFolder, ...]) -> None:
        what = tr("{number} runs of '{name}' are queued, one after another.", number=len(made), name=name)
        self.told.emit(Notice(what, role="accent", cause=f"group {name}"))
        self.changed.emit()

    @Slot(object)
    def _on_looked(self, snapshot: QueueSnapshot) -> None:
        self._panel.show_snapshot(snapshot)
        self._game.show_snapshot(snapshot)
        self._bar.show_snapshot(snapshot)
        self.looked.emit(snapshot)
        self.changed.emit()

    @Slot(object)
    def _on_went_on(self, started: tuple[tuple[RunFolder, str], ...]) -> None:
        for folder, name in started:
            what = tr("Next in the queue: '{run}' starts.", run=name)
            self.told.emit(Notice(what, role="accent", cause=_cause(folder.path)))
        self.changed.emit()

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        lasts = partial(self.watch.is_lasting, problem) if self.watch.is_lasting(problem) else None
        self.told.emit(replace(Notice.of(problem), holds=lasts))

    @Slot(object, str)
    def _on_move(self, folder: RunFolder, where: Where) -> None:
        self.watch.do(lambda: move_in_queue(folder, where))

    @Slot(bool)
    def _on_game(self, wanted: bool) -> None:
        self.watch.do(begin_game if wanted else end_game)

    @Slot()
    def _on_game_over(self) -> None:
        self.watch.do(end_game)


class _Waits:
    """Whether a run still waits, from when the queue first shows it; `place` is its folder as the queue writes it."""

    def __init__(self, watch: QueueWatch, place: Path) -> None:
        self._watch, self._place = watch, place
        self._seen = False

    def holds(self) -> bool:
        waits = any(run.folder.path == self._place for run in self._watch.snapshot.waiting)
        self._seen = self._seen or waits
        return waits or not self._seen


def _cause(place: Path) -> str:
    return f"queue {place}"


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of a run that was to begin; `why` says what it waits for, `problems` why it cannot begin.

    `place` is its folder as the queue writes it.
    """

    how: Literal["started", "waits", "game", "failed"]
    folder: RunFolder | None = None
    name: str = ""
    place: Path = Path()
    why: str = ""
    problems: tuple[Problem, ...] = ()


Prepare = Callable[[], "tuple[RunFolder, RunDevices | None]"]
"""Gives a run's folder, made if need be, and its devices, None where they are left to the worker; in a thread, and it
raises ProblemError."""


def begun(prepare: Prepare, snapshot: QueueSnapshot, waits: bool) -> Begun:
    """Prepare a run and start its worker, or put it in the queue; asks disks, and never raises ProblemError."""
    try:
        folder, device = prepare()
        if not waits and snapshot.is_paused_for_game(folder):
            end_game()
            return Begun("game", folder)
        if not waits and _is_started(folder, device, snapshot):
            return Begun("started", folder)
        assert device is not None
        enqueue(folder, device.lock_name, device.torch_name, also=device.also)
    except ProblemError as error:
        return Begun("failed", problems=error.problems)
    why = snapshot.why_not(device.lock_name, *device.also)
    return Begun("waits", folder, run_name(folder), folder.path.resolve(), why)


def _is_started(folder: RunFolder, device: RunDevices | None, snapshot: QueueSnapshot) -> bool:
    """Start the run's worker, unless a device is not available."""
    if device is not None:
        if snapshot.why_not(device.lock_name, *device.also):
            return False
        try:
            for each in device.every:
                refuse_busy(each.lock_name, each.torch_name)
        except DeviceBusyError:
            return False
    start_worker(folder)
    return True


@dataclass(frozen=True, slots=True)
class Gathered:
    """The runs of a group, which wait in the queue now, or `problems` why there are none; `looked` is what began."""

    name: str = ""
    made: tuple[RunFolder, ...] = ()
    looked: Looked = field(default_factory=Looked)
    problems: tuple[Problem, ...] = ()


def _gathered(work: Callable[[], Gathered]) -> Gathered:
    """Make and queue runs, and start what may begin: the window may be closed before it could look at the queue."""
    try:
        return replace(work(), looked=start_next())
    except ProblemError as error:
        return Gathered(problems=error.problems)
    except OSError as error:
        what = tr("the runs cannot be made ({reason}).", reason=system_reason(error))
        return Gathered(problems=(Problem("queue", what, tr("See that their folder can be written.")),))


def _created(name: str, recipes: tuple[Recipe, ...], runs: Callable[[], Path], device: RunDevices) -> Gathered:
    made: list[RunFolder] = []
    try:
        for recipe in recipes:
            made.append(create_run(recipe, runs()))
    except ProblemError:
        for folder in made:  # nothing but its recipe is in it
            shutil.rmtree(folder.path, ignore_errors=True)
        raise
    for folder in made:
        enqueue(folder, device.lock_name, device.torch_name, also=device.also)
    return Gathered(name, tuple(made))


def _swept(
    sweep: Sweep, batches: tuple[tuple[int, ...], ...], runs: Callable[[], Path], device: RunDevices
) -> Gathered:
    members = runs_of_sweep(sweep, runs())
    for number, batch in enumerate(batches):
        open_ = [members[at].folder for at in batch if members[at].was not in LIVE | {"finished"}]
        beside = f"{members[0].folder.id} {time.time():.0f} {number}" if len(open_) > 1 else ""
        for folder in open_:
            enqueue(folder, device.lock_name, device.torch_name, beside, device.also)
    group = read_group(members[0].folder.path)
    return Gathered(group.title if group else sweep.name, tuple(each.folder for each in members))


def device_of(recipe: Recipe, machine: Machine | None) -> RunDevices | None:
    """The devices on which a recipe would train; None while the machine is not known yet. Raises ProblemError."""
    from studio.hardware.crew_devices import run_devices
    from studio.planner.recipe_plan import device_for

    return run_devices(machine, recipe.machine, device_for(recipe, machine)) if machine is not None else None
