"""The desk: `python -m studio.worker.desk` answers the window's questions, one JSON line each way.

A request is {"id": n, "do": "check" | "export" | "evaluate" | "preview" | "chat", ...}; its answers are
{"id": n, "progress": sentence} any number of times, then one of {"id": n, "done": {...}},
{"id": n, "problems": [{where, what, remedy}]} or {"id": n, "failed": sentence, "log": path}. A line that is not a
request is answered with id 0. At the end of standard input the desk answers what was asked before, and exits.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from typing import Any, TextIO

from studio.core import places
from studio.core.error_text import first_line
from studio.core.json_values import finite
from studio.core.out_of_memory import memory_problem
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.redaction import redacted
from studio.worker.desk_requests import REQUESTS, Asked, DeskRoom, Handler

REMEDY = f'Send {{"id": number, "do": one of {", ".join(REQUESTS)}, ...}} on one line.'
NOBODY = 0  # the id of the answer to a line without one


class Desk:
    """Reads requests, one after another, and writes their answers."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._room = DeskRoom()

    def answer(self, line: bytes) -> None:
        """Answer one line, whatever it is; never raises."""
        number = NOBODY
        try:
            request = _request(line)
            number = _id(request)
            asked = Asked(request, progress=lambda sentence: self._say(number, progress=sentence))
            self._say(number, done=finite(_handler(request)(asked, self._room)))
        except ProblemError as error:
            self._say(number, problems=[problem.as_dict() for problem in error.problems])
        except Exception as error:  # noqa: BLE001 - the window must get an answer, and the next question its turn
            problem = memory_problem(error)
            self._say(number, **({"problems": [problem.as_dict()]} if problem else self._failure(error)))

    def _say(self, number: int, **answer: Any) -> None:
        self._answers.write(json.dumps({"id": number, **answer}, allow_nan=False) + "\n")
        self._answers.flush()

    def _failure(self, error: Exception) -> dict[str, Any]:
        first = first_line(error)
        failed = redacted(f"This is our fault: {type(error).__name__}: {first}")
        details = redacted("".join(traceback.format_exception(error)))
        log = places.logs() / "desk.log"
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{details}\n")
        except OSError as unwritable:
            print(details, file=sys.stderr, flush=True)
            return {"failed": f"{failed} (no log could be written: {unwritable})", "log": ""}
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
    from studio.hardware import detect

    quiet_libraries(detect().cores)
    with answers_only() as answers:
        desk = Desk(answers)
        for line in lines_of(0):
            desk.answer(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
