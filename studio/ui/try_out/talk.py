"""The window's side of a conversation: asks the desk, and hears its answers token by token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.chat.routed_token import RoutedToken, read_token
from studio.core.problem import Problem
from studio.core.words import tr
from studio.ui.desk import Answer, Desk

IDLE_MINUTES = 5.0  # after which models that nobody asks or looks at make room


@dataclass(frozen=True, slots=True)
class Ready:
    """A speaker has read its prompt: its routed layers, their numbers of experts, and what all models take in bytes."""

    place: int
    layers: tuple[str, ...]
    experts: tuple[int, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Tokens of the speaker at `place`: of its prompt, or said."""

    place: int
    tokens: tuple[RoutedToken, ...]
    said: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How a question ended: each speaker's facts, or what went wrong."""

    answers: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()
    failed: str = ""
    log: str = ""


class Talk(QObject):
    """One question at a time, in a desk of its own: a long answer keeps no other question of the window waiting.

    The desk's process is ended when nobody has looked for some minutes, which gives all of its memory back.
    """

    told = Signal(str)  # what is being done
    noted = Signal(str)  # what the person should know of the answers
    ready = Signal(object)
    heard = Signal(object)
    ended = Signal(object)
    rows_found = Signal(object)  # the tasks' held-out rows, by task
    rows_told = Signal(str)  # what is being done to find them, or why they were not found
    put_away = Signal(str)  # why the models were unloaded

    def __init__(self, parent: QObject | None = None, desk: Desk | None = None) -> None:
        super().__init__(parent)
        self._desk = desk or Desk(self)
        self._desk.answered.connect(self._on_answered)
        self._asked: int | None = None
        self._rows: int | None = None
        self._looked_at = True
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(round(IDLE_MINUTES * 60_000))
        self._idle.timeout.connect(self._on_idle)

    @property
    def is_busy(self) -> bool:
        """Whether a question is being answered."""
        return self._asked is not None

    def ask(self, **question: Any) -> None:
        """Ask; `question` is as the desk's "chat" takes it. Does nothing while another one is answered."""
        if self._asked is None:
            self._asked = self._desk.ask("chat", **question)

    def ask_rows(self, run: str, runs: str) -> None:
        """Look for held-out rows, which come with `rows_found`; does nothing while they are looked for."""
        if self._rows is None:
            self._rows = self._desk.ask("held_out", run=run, runs=runs)
            self.rows_told.emit(tr("Looking for rows: after this answer") if self.is_busy else tr("Looking for rows…"))

    def stop(self) -> None:
        """End the answer under way; what was said is kept."""
        if self._asked is not None:
            self._desk.cancel(self._asked)

    def look(self, looked_at: bool) -> None:
        """Say whether a person sees the conversation; the models are unloaded some minutes after nobody does."""
        self._looked_at = looked_at
        if looked_at:
            self._idle.stop()
        elif self._desk.is_running:
            self._idle.start()

    def leave(self) -> None:
        """End the desk, whatever it does."""
        self._idle.stop()
        self._asked = self._rows = None
        self._desk.put_away()

    @Slot()
    def _on_idle(self) -> None:
        if self.is_busy or self._rows is not None:
            self._idle.start()
            return
        if self._desk.is_running:
            self._desk.put_away()
            self.put_away.emit(
                tr(
                    "The models were unloaded after {minutes:.0f} minutes. The next question loads them again.",
                    minutes=IDLE_MINUTES,
                )
            )

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if answer.id == 0:
            if answer.part and "left" in answer.part:
                self.put_away.emit(str(answer.part["left"]))
        elif answer.id == self._asked:
            self._hear(answer)
        elif answer.id == self._rows:
            self._hear_rows(answer)

    def _hear_rows(self, answer: Answer) -> None:
        if answer.progress:
            self.rows_told.emit(answer.progress)
            return
        self._rows = None
        if answer.done is not None:
            self.rows_told.emit("")
            self.rows_found.emit(answer.done.get("tasks", {}))
        else:
            said = [each.sentence for each in answer.problems]
            self.rows_told.emit(" ".join(said) or answer.failed)

    def _hear(self, answer: Answer) -> None:
        if answer.progress:
            self.told.emit(answer.progress)
        elif answer.part is not None:
            self._hear_part(answer.part)
        else:
            self._asked = None
            if not self._looked_at:
                self._idle.start()
            found = answer.done.get("answers", ()) if answer.done else ()
            self.ended.emit(Ended(tuple(found), answer.problems, answer.failed, answer.log))

    def _hear_part(self, part: dict[str, Any]) -> None:
        if "note" in part:
            self.noted.emit(str(part["note"]))
        elif "ready" in part:
            layers, experts = tuple(map(str, part["layers"])), tuple(map(int, part["experts"]))
            self.ready.emit(Ready(int(part["ready"]), layers, experts, int(part["bytes"])))
        elif "read" in part:
            self.heard.emit(Heard(int(part["read"]), tuple(map(read_token, part["tokens"])), False))
        elif "said" in part:
            self.heard.emit(Heard(int(part["said"]), (read_token(part["token"]),), True))
