"""The window's side of the desk: a child process that answers one JSON line with others."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal, Slot

from studio.core.kept_words import SAID, recalled
from studio.core.problem import Problem
from studio.core.process.start_worker import python_environment, worker_python
from studio.core.said import as_text
from studio.core.words import tr
from studio.ui.notices import Notice
from studio.ui.off_thread import closing_patience

PATIENCE_MS = 3000
STDERR_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One line from the desk: progress, of which `share` is done where known, a `part`, or the end of a request.

    A part is a piece of an answer that comes in pieces; one with the id 0 tells what the desk does unasked.

    A request ends as done, cancelled, with problems or in failure.
    """

    id: int
    progress: str = ""
    share: float | None = None
    part: dict[str, Any] | None = None
    cancelled: bool = False
    done: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    failed: str = ""
    log: str = ""

    def notices(self) -> list[Notice]:
        """What the person should be told of a request that did not succeed."""
        if self.failed:
            its_log = tr("Its log: {log}.", log=self.log)
            remedy = its_log if self.log else tr("Try again. The report contains its output.")
            return [Notice(self.failed, remedy, details=self.log)]
        return [Notice.of(problem) for problem in self.problems]


class Desk(QObject):
    """Starts `studio.worker.desk` with the first request and asks it one thing after another."""

    answered = Signal(object)

    def __init__(self, parent: QObject | None = None, command: tuple[str, ...] = ()) -> None:
        super().__init__(parent)
        self._command = command or (worker_python(sys.executable), "-m", "studio.worker.desk")
        self._process: QProcess | None = None
        self._open: set[int] = set()
        self._next = 1
        self._errors = b""
        self._left = False

    def ask(self, do: str, **arguments: Any) -> int:
        """Send a request; returns the id under which `answered` brings its answers. None come after `leave`."""
        number = self._next
        self._next += 1
        if self._left:
            return number
        self._open.add(number)
        process = self._started()
        process.write(json.dumps({"id": number, "do": do, **arguments}).encode() + b"\n")
        return number

    def cancel(self, number: int) -> None:
        """End the request `number`; its last answer says whether it was cancelled in time."""
        if number in self._open and self._process is not None:
            self._process.write(json.dumps({"cancel": number}).encode() + b"\n")

    def put_away(self) -> None:
        """End the desk's process now, without waiting: its memory is free at once, and the next request starts another.

        What was still asked is not answered.
        """
        process, self._process = self._process, None
        self._open.clear()
        if process is None:
            return
        process.readyReadStandardOutput.disconnect(self._on_output)
        process.finished.disconnect(self._on_finished)
        process.errorOccurred.disconnect(self._on_error)
        if process.state() == QProcess.ProcessState.NotRunning:
            process.deleteLater()
            return
        process.finished.connect(process.deleteLater)
        process.kill()

    @property
    def is_running(self) -> bool:
        """Whether its process is there, with whatever it has loaded."""
        return self._process is not None and self._process.state() != QProcess.ProcessState.NotRunning

    def leave(self) -> None:
        """Close the desk's input, which ends it for good; one that does not end in time is killed."""
        self._left = True
        process, self._process = self._process, None
        self._open.clear()
        if process is None:
            return
        process.readyReadStandardOutput.disconnect(self._on_output)
        process.finished.disconnect(self._on_finished)
        if process.state() != QProcess.ProcessState.NotRunning:
            process.closeWriteChannel()
            if not process.waitForFinished(300):
                process.kill()  # which does not end one that waits for a silent drive before that answers
                process.waitForFinished(min(PATIENCE_MS, round(1000 * closing_patience())))
        process.deleteLater()

    def _started(self) -> QProcess:
        if self._process is not None and self._process.state() != QProcess.ProcessState.NotRunning:
            return self._process
        process = QProcess(self)
        environment = QProcessEnvironment()
        for name, value in python_environment().items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_error_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._errors = process, b""
        process.start(self._command[0], list(self._command[1:]))
        return process

    @Slot()
    def _on_output(self) -> None:
        # A chunk is not a line: an incomplete line stays in the process's buffer.
        while self._process is not None and self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode("utf-8", "replace").strip()
            if line:
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            found = json.loads(line)
            number = int(found["id"])
            found = recalled(found, found.pop(SAID, None))
        except (ValueError, KeyError, TypeError):
            self._fail_all(tr("The desk sent an invalid answer: {answer}", answer=line[:200]))
            return
        if "progress" in found:
            share = found.get("share")
            known = float(share) if isinstance(share, int | float) else None
            self.answered.emit(Answer(number, progress=as_text(found["progress"]), share=known))
            return
        if "part" in found:
            self.answered.emit(Answer(number, part=found["part"] if isinstance(found["part"], dict) else {}))
            return
        self._open.discard(number)
        if "cancelled" in found:
            self.answered.emit(Answer(number, cancelled=True))
        elif "done" in found:
            self.answered.emit(Answer(number, done=found["done"]))
        elif "problems" in found:
            problems = tuple(
                Problem(**{key: as_text(each.get(key, "")) for key in ("where", "what", "remedy", "kind", "about")})
                for each in found["problems"]
            )
            self.answered.emit(Answer(number, problems=problems))
        else:
            self.answered.emit(Answer(number, failed=str(found.get("failed", line)), log=str(found.get("log", ""))))

    @Slot()
    def _on_error_output(self) -> None:
        if self._process is not None:
            self._errors = (self._errors + bytes(self._process.readAllStandardError().data()))[-STDERR_KEPT:]

    @Slot()
    def _on_finished(self) -> None:
        self._fail_all(tr("The desk ended before it answered."))

    @Slot(QProcess.ProcessError)
    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # which never emits `finished`
            self._fail_all(tr("The desk could not be started: {program}", program=self._command[0]))

    def _fail_all(self, why: str) -> None:
        printed = self._errors.decode("utf-8", "replace").strip()
        for number in sorted(self._open):
            self._open.discard(number)
            self.answered.emit(Answer(number, failed=why, log=printed[-4000:]))
