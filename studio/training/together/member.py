"""One run of several that are trained together, from its folder's side: what it is asked, records, and ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.training.checkpoint.resume_point import Start
from studio.training.recorder import Recorder
from studio.training.run import record_failure
from studio.training.stop_requests import LeaveBeforeTraining, StopRequests


@dataclass(slots=True)
class Member:
    """One of the runs; `code` is its exit code once it is over for this worker."""

    folder: RunFolder
    requests: StopRequests
    recorder: Recorder
    left: Callable[[RunFolder, int], None]
    start: Start | None = None
    code: int | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """An error inside ends this run, recorded, and not the others."""
        try:
            yield
        except (Exception, LeaveBeforeTraining) as error:  # noqa: BLE001 - the last place where it can be recorded
            self.end(record_failure(error, self.folder, self.start, self.recorder))

    def end(self, code: int) -> None:
        """Write what still waits to be recorded, and say that the run is over."""
        try:
            self.recorder.finish()
        except ProblemError as error:
            print(error, flush=True)
            code = code or error.exit_code
        self.code = code
        self.left(self.folder, code)
