"""The desk: `python -m studio.worker.desk` answers the window's questions, one JSON line each way.

A request is {"id": n, "do": one of REQUESTS, ...}; its answers are {"id": n, "progress": sentence} any number of times,
with "share" (0 to 1) where that is known, and {"id": n, "part": {...}} for each piece of an answer that comes in
pieces, then one of {"id": n, "done": {...}}, {"id": n, "cancelled": true}, {"id": n, "problems": [{where, what,
remedy}]} or {"id": n, "failed": sentence, "log": path}; "said" in any of them has what its words were made from
(`core/kept_words.py`). The line {"cancel": n} ends the request n, which then answers that it was cancelled, if it has
not ended before. A line that is not a request is answered with id 0, under which the desk also tells, in a part, what
it does unasked: {"left": sentence} before it leaves for a run that wants its card. At the end of standard input the
desk answers what was asked before, and exits.
"""

from __future__ import annotations

import _thread
import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, TextIO

from studio.core import places
from studio.core.error_text import first_line
from studio.core.json_values import finite
from studio.core.kept_words import SAID, remembered
from studio.core.out_of_memory import memory_problem
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.own_input import taken_input
from studio.core.process.stdout_guard import answers_only
from studio.core.redaction import redacted
from studio.core.words import tr
from studio.worker.asked import Asked, DeskRoom, Handler
from studio.worker.desk_requests import REQUESTS

REMEDY = f'Send {{"id": number, "do": one of {", ".join(REQUESTS)}, ...}} on one line.'
NOBODY = 0  # the id of the answer to a line without one
LOOK_SECONDS = 1.0  # between two looks around while nothing is asked
AGAIN_SECONDS = 0.05  # until a request that could not be interrupted is tried again
IMPORTER = "<frozen importlib._bootstrap>"
Line = bytes | Exception | None
"""What the thread that reads passes on: a request, why it cannot read any more, or the end of the input."""


class Desk:
    """Answers requests, one after another, on the main thread; `cancel` may be called on another."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._room = DeskRoom()
        self._turn = threading.Lock()
        self._now: int | None = None  # the request that may be interrupted
        self._cancelled: set[int] = set()

    def answer(self, line: bytes) -> None:
        """Answer one line, whatever it is; never raises."""
        if not self._is_done(line):
            # What was refused or cancelled may be in a dead cycle with its error's frames, and hold the tensors of a
            # file. Nobody may replace or delete that on Windows while it is mapped, and an idle desk would keep it.
            gc.collect()

    def _is_done(self, line: bytes) -> bool:
        """Answer one line; returns whether what was asked for was done."""
        number = NOBODY
        try:
            request = _request(line)
            number = _id(request)
            handler = _handler(request)
            answer = self._answered(number, handler, request)
            self._say(number, **answer)
            return "done" in answer
        except ProblemError as error:
            self._say(number, problems=[problem.as_dict() for problem in error.problems])
        except Exception as error:  # noqa: BLE001 - the window must get an answer, and the next question its turn
            problem = memory_problem(error)
            if problem:  # or whatever is kept for the next question would leave it as little
                traceback.clear_frames(error.__traceback__)
                self._room.forget_chat()
            self._say(number, **({"problems": [problem.as_dict()]} if problem else self._failure(error)))
        return False

    def rest(self) -> bool:
        """Look around while nothing is asked; returns whether the desk should stay."""
        why = self._room.makes_way()
        if why:
            self._say(NOBODY, part={"left": why})
        return not why

    def cancel(self, number: int) -> None:
        """End the request `number`, whether it waits or is being answered; one that has ended stays ended."""
        with self._turn:
            self._cancelled.add(number)
            if self._now == number:
                _thread.interrupt_main()

    def on_interrupt(self, _signal: int, frame: FrameType | None) -> None:
        """End the request under way, as the handler of the signal; but not within an import, which is finished first.

        A library that was half imported is broken as long as the process lives: torch may even end it.
        """
        number = self._now
        if number is None or not is_importing(frame):
            raise KeyboardInterrupt
        later = threading.Timer(AGAIN_SECONDS, self.cancel, (number,))
        later.daemon = True
        later.start()

    def _answered(self, number: int, handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
        done = None
        try:
            with self._turn:
                if number in self._cancelled:
                    return {"cancelled": True}
                self._now = number
            try:
                asked = Asked(
                    request,
                    lambda *told: self._tell(number, *told),
                    lambda part: self._say(number, part=finite(part)),
                )
                done = handler(asked, self._room)
            finally:
                # From here on nothing interrupts: an answer is written whole.
                with self._turn:
                    self._now = None
        except KeyboardInterrupt:
            self._now = None
        return {"cancelled": True} if done is None else {"done": finite(done)}

    def _tell(self, number: int, sentence: str, share: float | None = None) -> None:
        self._say(number, progress=sentence, **({} if share is None else {"share": round(share, 4)}))

    def _say(self, number: int, **answer: Any) -> None:
        kept = remembered(answer)
        line = {"id": number, **answer, **({SAID: kept} if kept else {})}
        self._answers.write(json.dumps(line, allow_nan=False) + "\n")
        self._answers.flush()

    def _failure(self, error: Exception) -> dict[str, Any]:
        first = first_line(error)
        failed = tr("This is our fault: {error}", error=redacted(f"{type(error).__name__}: {first}"))
        details = redacted("".join(traceback.format_exception(error)))
        log = places.logs() / "desk.log"
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{details}\n")
        except OSError as unwritable:
            print(details, file=sys.stderr, flush=True)
            return {
                "failed": tr("{failed} (no log could be written: {unwritable})", failed=failed, unwritable=unwritable),
                "log": "",
            }
        return {"failed": failed, "log": str(log)}


def _request(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise ProblemError.at("request", f"this is not JSON ({error}).", REMEDY) from None
    if not isinstance(found, dict):
        raise ProblemError.at("request", "this is not a JSON object.", REMEDY)
    return found


def _id(request: dict[str, Any]) -> int:
    number = request.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise ProblemError.at("request", "it has no id.", REMEDY)
    return number


def cancelled_id(line: bytes) -> int | None:
    """The request that a line cancels, or None for any other line."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    number = found.get("cancel") if isinstance(found, dict) and set(found) == {"cancel"} else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported in this frame, or in one that waits for it."""
    while frame is not None:
        if frame.f_code.co_filename == IMPORTER:
            return True
        frame = frame.f_back
    return False


def _handler(request: dict[str, Any]) -> Handler:
    do = request.get("do")
    if not isinstance(do, str) or do not in REQUESTS:
        raise ProblemError.at("request", f"the desk has no request {do!r}.", REMEDY)
    return REQUESTS[do]


def lines_of(descriptor: int) -> Iterator[bytes]:
    """Lines as they arrive: read unbuffered, so that a request is seen when it is sent."""
    waiting = b""
    while chunk := os.read(descriptor, 65536):
        *whole, waiting = (waiting + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
    if waiting.strip():
        yield waiting


def main() -> int:
    """Serve until standard input ends; what libraries print goes to standard error meanwhile."""
    faulthandler.enable()
    from studio.hardware import detect, see_only

    machine = detect()
    see_only(machine.best_device)  # all that is asked runs there, or on the processor
    quiet_libraries(machine.cores)
    with answers_only() as answers:
        desk = Desk(answers)
        # Started in the background it may ignore the signal, by which a request is cancelled.
        signal.signal(signal.SIGINT, desk.on_interrupt)
        waiting: SimpleQueue[Line] = SimpleQueue()
        threading.Thread(target=_read, args=(taken_input(), desk, waiting), daemon=True).start()
        while True:
            try:
                line = waiting.get(timeout=LOOK_SECONDS)
            except Empty:
                if not desk.rest():
                    break
                continue
            if line is None:
                break
            if isinstance(line, Exception):
                raise line
            desk.answer(line)
    return 0


def _read(descriptor: int, desk: Desk, waiting: SimpleQueue[Line]) -> None:
    """Pass requests on as they arrive, and cancel at once, though the main thread is busy with another.

    What goes wrong is passed on, too, and ends the desk: one that hears nothing would be waited for.
    """
    try:
        for line in lines_of(descriptor):
            number = cancelled_id(line)
            if number is None:
                waiting.put(line)
            else:
                desk.cancel(number)
    except Exception as error:  # noqa: BLE001 - raised again where the desk answers
        waiting.put(error)
    else:
        waiting.put(None)


if __name__ == "__main__":
    sys.exit(main())
