"""What a person does with runs: start, queue, pause, resume, stop, kill or report one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.core import places
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep import Sweep
from studio.core.run.commands import Command
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.words import tr
from studio.ui.desktop import open_on_desktop
from studio.ui.queue.control import Begun, QueueControl, device_of
from studio.ui.runs.commands import CommandSender
from studio.ui.runs.orders import RunOrders
from studio.ui.runs.report_writer import ReportWriter

if TYPE_CHECKING:  # the first paint does not wait for psutil
    from studio.hardware.crew_devices import RunDevices
    from studio.hardware.machine import Machine


class RunActions(QObject):
    """Creates and commands the runs under `folder`.

    `run_started` brings a new run that was started, `group_queued` a comparison's name and its runs; `changed` says
    that runs may have begun or ended, and `failed` brings each Problem.
    """

    run_started = Signal(object)
    group_queued = Signal(str, object)
    changed = Signal()
    failed = Signal(object)

    def __init__(self, queue: QueueControl, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.is_missing = False  # whether the last look at the folder found none
        self.machine: Machine | None = None  # None until the hardware check has finished
        self._queue = queue
        self.commands = CommandSender(self)
        self.commands.sent.connect(self.changed)
        self.commands.failed.connect(self.failed)
        self.orders = RunOrders(self)
        self.orders.command_wanted.connect(self.commands.send)
        self.orders.start_wanted.connect(self._on_start_wanted)
        self.orders.failed.connect(self.failed)
        self.reports = ReportWriter(self)
        self.reports.written.connect(self._on_report)
        self.reports.failed.connect(self.failed)
        queue.group_queued.connect(self.group_queued)

    def missing_folder(self) -> Problem | None:
        """Why no run can be created, where a person's own folder of runs is not there; the studio's own is made."""
        return missing(self.folder) if self.is_missing and self.folder != places.runs() else None

    @Slot(object)
    def start_new(self, recipe: Recipe) -> None:
        """Create a run of this recipe and start it, or queue it while its device is busy."""
        try:
            device = device_of(recipe, self.machine)  # first: a recipe that cannot train here leaves no run behind
        except ProblemError as error:
            self._fail(error)
            return
        self._queue.begin(partial(_made, recipe, self.folder, device), self._on_begun)

    @Slot(object)
    def queue_new(self, recipe: Recipe) -> None:
        """Create a run of this recipe and queue it."""
        try:
            device = self._known_device(recipe)
        except ProblemError as error:
            self._fail(error)
            return
        self._queue.begin(partial(_made, recipe, self.folder, device), self._on_queued, waits=True)

    def _on_begun(self, begun: Begun) -> None:
        self._on_queued(begun)
        if begun.how != "failed" and begun.folder is not None:
            self.run_started.emit(begun.folder)

    def _on_queued(self, begun: Begun) -> None:
        for problem in begun.problems:
            self.failed.emit(problem)

    @Slot(str, object)
    def queue_group(self, name: str, recipes: tuple[Recipe, ...]) -> None:
        """Create a run of each of these recipes, which share a device, and queue them: a comparison of this name."""
        try:
            self._queue.wait_all(name, recipes, partial(there, self.folder), self._known_device(recipes[0]))
        except ProblemError as error:
            self._fail(error)

    @Slot(object, object)
    def queue_sweep(self, sweep: Sweep, batches: tuple[tuple[int, ...], ...]) -> None:
        """Create the runs of a sweep that are not there yet, and queue all that have not finished.

        batches: the places of those that train together.
        """
        try:
            device = self._known_device(sweep.members[0].recipe)
            self._queue.wait_sweep(sweep, batches, partial(there, self.folder), device)
        except ProblemError as error:
            self._fail(error)

    @Slot(object, object)
    def give(self, folder: RunFolder, command: Command) -> None:
        """Give a run a command."""
        self.orders.give(folder, command)

    @Slot(object)
    def kill(self, folder: RunFolder) -> None:
        """Kill the run's worker, unless it has responded again."""
        self.orders.end(folder)

    @Slot(object)
    def report(self, folder: RunFolder) -> None:
        """Write the run on one page, and open that in the desktop's browser."""
        self.reports.write(folder)

    def finish(self) -> None:
        """Carry out what was asked so far, and nothing more."""
        self.orders.finish()
        self.commands.finish()
        self.reports.finish()

    @Slot(object)
    def _on_report(self, page: Path) -> None:
        open_on_desktop(self, page, partial(self._on_opened, page))

    def _on_opened(self, page: Path, opened: bool) -> None:
        if not opened:
            what = tr("the report is written, but no program here opens it.")
            self.failed.emit(Problem(str(page), what, tr("Open the file with a browser.")))

    @Slot(object)
    def _on_start_wanted(self, folder: RunFolder) -> None:
        machine = self.machine
        self._queue.begin(lambda: (folder, device_of(folder.recipe(), machine)), self._on_queued)

    def _known_device(self, recipe: Recipe) -> RunDevices:
        device = device_of(recipe, self.machine)
        if device is None:
            raise ProblemError.at("queue", tr("the hardware check has not finished yet."), tr("Try again in a moment."))
        return device

    def _fail(self, error: ProblemError) -> None:
        for problem in error.problems:
            self.failed.emit(problem)


def missing(folder: Path) -> Problem:
    """That the folder of runs is not there."""
    remedy = tr("Connect its drive, or choose another folder in the settings.")
    return Problem(str(folder), tr("the folder of runs is not there."), remedy)


def there(folder: Path) -> Path:
    """The folder of runs; raises ProblemError where it is not there, unless it is the studio's own, which is made."""
    if folder != places.runs() and not folder.is_dir():
        raise ProblemError(missing(folder))
    return folder


def _made(recipe: Recipe, runs: Path, device: RunDevices | None) -> tuple[RunFolder, RunDevices | None]:
    return create_run(recipe, there(runs)), device
