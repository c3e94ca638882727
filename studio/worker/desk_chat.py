"""What the desk is asked of models themselves: questions, answered token by token, and rows to ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from studio.core.chat.expert_switches import ExpertSwitches, read_places
from studio.core.chat.routed_token import RoutedToken
from studio.core.chat.sampling import read_sampling
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.worker.asked import Asked, DeskRoom

if TYPE_CHECKING:
    from studio.evaluation.chat.session import Answer, ChatSession
    from studio.evaluation.chat.speaker import Speaker

ROWS_SHOWN = 200
LOOK_SECONDS = 1.0  # between two looks at whether a run wants the card
PROMPT_TOKENS_AT_ONCE = 64  # in one line to the window, which reads a line in one go


def chat(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Ask one or several models; base and adapters answer side by side.

    `speakers` are [{run, step, bare, messages: [{role, content}]}]: a run or an adapter's folder, one of the run's
    checkpoints by its step, or with `bare` the base beneath it. `sampling` has the fields of
    `core.chat.sampling.Sampling`, `off` and `forced` experts as "layer:expert", `held_out` {run, task, row} asks a row
    instead of the messages, `device` is a recipe's. Parts are {"note": sentence}, {"ready": place, "layers", "experts",
    "bytes"}, {"read": place, "tokens"} of the prompt, and {"said": place, "token"}. Where it is cancelled it is done
    with what was said so far.
    """
    asked.progress(tr("Starting: the libraries are loaded"))
    from studio.evaluation.chat import session

    question = session.Asked(
        speakers=_speakers(asked),
        sampling=read_sampling(_object(asked, "sampling")),
        switches=ExpertSwitches(read_places(_list(asked, "off")), read_places(_list(asked, "forced"))),
        held_out=_held_out(asked),
        device=asked.text("device", "auto"),
    )
    listener = _listener(asked, room.chat(asked.runs))
    answers = room.chat(asked.runs).ask(question, listener)
    return {"answers": [answer.as_dict() for answer in answers]}


def held_out(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Rows of a run that can be asked: {tasks: {name: {metric, of_rows, rows: [{row, line, prompt, expected}]}}}.

    At most `rows` of each task, spread over its file; no model is loaded for it.
    """
    from studio.core.run.known_runs import find_run
    from studio.evaluation.chat.held_out import held_out_rows

    run = find_run(asked.text("run"), asked.runs)
    tokenizer = room.tokenizer(run.recipe().model, asked.progress)
    return {"tasks": held_out_rows(run, tokenizer, asked.whole("rows", ROWS_SHOWN), asked.progress)}


def _listener(asked: Asked, chat: ChatSession) -> Any:
    from studio.evaluation.chat.session import Listener

    class Telling(Listener):
        """Passes on to the window what is heard, as parts of the answer."""

        looked = 0.0

        def progress(self, sentence: str) -> None:
            asked.progress(sentence)

        def note(self, sentence: str) -> None:
            asked.part({"note": sentence})

        def ready(self, place: int, answer: Answer) -> None:
            asked.part({"ready": place, "layers": answer.layers, "experts": answer.experts, "bytes": chat.bytes})
            for start in range(0, len(answer.prompt), PROMPT_TOKENS_AT_ONCE):
                some = answer.prompt[start : start + PROMPT_TOKENS_AT_ONCE]
                asked.part({"read": place, "tokens": [token.as_dict() for token in some]})

        def token(self, place: int, token: RoutedToken) -> None:
            asked.part({"said": place, "token": token.as_dict()})

        def must_stop(self) -> bool:
            now = time.monotonic()
            if now - self.looked < LOOK_SECONDS or chat.device is None:
                return False
            self.looked = now
            return chat.device.must_make_way()

    return Telling()


def _speakers(asked: Asked) -> tuple[Speaker, ...]:
    from studio.evaluation.chat.speaker import Speaker, read_turns

    found = []
    for each in _list(asked, "speakers"):
        run, step = (each.get("run"), each.get("step")) if isinstance(each, dict) else (None, None)
        if not isinstance(run, str) or not (step is None or isinstance(step, int)):
            raise ProblemError.at(
                "request: speakers", f"this names nobody: {str(each)[:80]!r}.", "Send {run, messages}."
            )
        turns = read_turns(each.get("messages")) if "held_out" not in asked.arguments else ()
        found.append(Speaker(run, step, bool(each.get("bare")), turns))
    return tuple(found)


def _held_out(asked: Asked) -> Any:
    from studio.evaluation.chat.held_out import HeldOut

    wanted = _object(asked, "held_out")
    if not wanted:
        return None
    run, task, row = wanted.get("run"), wanted.get("task"), wanted.get("row")
    if not (isinstance(run, str) and isinstance(task, str) and isinstance(row, int)):
        raise ProblemError.at("request: held_out", f"this is no row: {wanted!r}.", "Send {run, task, row}.")
    return HeldOut(run, task, row)


def _list(asked: Asked, name: str) -> list[Any]:
    value = asked.arguments.get(name, [])
    if not isinstance(value, list):
        raise ProblemError.at(f"request: {name}", f"it is {value!r}, not a list.", f"Send {name} as a list.")
    return value


def _object(asked: Asked, name: str) -> dict[str, Any]:
    value = asked.arguments.get(name, {})
    if not isinstance(value, dict):
        raise ProblemError.at(f"request: {name}", f"it is {value!r}, not an object.", f"Send {name} as an object.")
    return value
