"""Where the answers stand in a conversation's text: found from one rendering, and learned exactly once each.

turns ──► the shape (who speaks, in which order) ──► a plan, once for each shape, from made-up texts
  │                                                       │
  └─► text, rendered once ──► read literally along the plan ──► the place of each answer
                                   │ (the template did something else with these texts)
                                   └─► rendered again up to each answer: slow, and always right
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from studio.data.answer_plan import Plan, Shape, Span, along, made_up, made_up_tools, pieces_of, planned, shape_of
from studio.data.conversation import Turn, is_answer
from studio.data.template import Template, TemplateRefusedError
from studio.data.written_form import thinking

_PLANS_KEPT = 1000
_SHAPES_COMPARED = 8


@dataclass(slots=True)
class Placed:
    """A text with the places of its answers (by turn) and of its messages' texts (by turn), and what it lacks.

    `answers` has those that stand here as the model would have said them last; a template may write an earlier answer
    otherwise once later turns follow. `kept` are answers that the template had shortened and that were put back,
    `lost` turns with text that is not in here.
    """

    text: str
    answers: dict[int, Span]
    messages: list[tuple[int, Span]] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)


class Answers:
    """Finds the answers of conversations in the texts that one template makes of them.

    `ending` is what it writes after an answer, `stop` the first token of that, `closing` what is added where it writes
    nothing.
    """

    def __init__(self, template: Template, ending: str, stop: str, closing: str) -> None:
        self.template = template
        self.ending = ending
        self.stop = stop
        self.closing = closing
        self._plans: dict[tuple[Shape, bool, bool], Plan | None] = {}
        self._made: dict[tuple[Shape, bool], Placed] = {}

    def place(self, turns: Sequence[Turn], tools: Sequence[str], wanted: Sequence[int], text: str = "") -> Placed:
        """The text of `turns`, of which the last is an answer, and the places of the answers `wanted` in it.

        `text` is what the template makes of them, where that is known already. Raises TemplateRefusedError.
        """
        text = (text or self.template.apply(turns, tools)) + self.closing
        plan = self._plan(turns, bool(tools), wanted)
        found = along(plan, text, turns, tools, wanted) if plan else None
        if plan is None or found is None:
            return self._examined(text, turns, tools, wanted)
        placed = Placed(text, found.answers, found.messages, lost=set(plan.lost))
        placed.lost |= _lost_calls(placed, turns)
        return placed

    def _plan(self, turns: Sequence[Turn], tools: bool, wanted: Sequence[int]) -> Plan | None:
        key = (shape_of(turns), tools, list(wanted) == [len(turns) - 1])
        if key not in self._plans:
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.pop(next(iter(self._plans)))
            try:
                self._plans[key] = self._planned(*key)
            except TemplateRefusedError:
                self._plans[key] = None
        return self._plans[key]

    def _planned(self, shape: Shape, tools: bool, alone: bool) -> Plan | None:
        """A plan from made-up texts, with the last answer `alone` or all of them.

        An answer before the last stands where it stood in another shape that begins alike, if the text up to its end
        is the same there, since what is rendered up to it is: so a longer or shorter conversation costs a few
        renderings and not two for each answer.
        """
        made, given = made_up(shape), made_up_tools() if tools else ()
        text = self.template.apply(made, given) + self.closing
        other = ""
        if tools or any(turn.calls for turn in made):
            others = made_up_tools(other=True) if tools else ()
            other = self.template.apply(made_up(shape, other=True), others) + self.closing
        last = len(made) - 1
        if alone:
            return _of(self._examined(text, made, given, (last,)), made, other)
        alikes = ((one, _common(one[0], shape)) for one in self._made if one[1] == tools)
        like, alike = max(alikes, key=_second, default=(None, 0))
        known: dict[int, Span] = {}
        if like:
            before = self._made[like]
            same = _common(text, before.text) - len(self.ending)  # which decides how far an answer reaches
            until = min(alike, last, len(like[0]) - 1)
            known = {at: span for at, span in before.answers.items() if 0 < at < until and span[1] <= same}
        missing = [index for index, turn in enumerate(made) if index not in known and is_answer(turn)]
        placed = self._examined(text, made, given, missing, known)
        if not placed.kept and alike < len(shape):
            if like and alike == len(like[0]):
                self._made.pop(like, None)
            elif len(self._made) >= _SHAPES_COMPARED:
                self._made.pop(next(iter(self._made)))
            self._made[shape, tools] = placed
        return _of(placed, made, other)

    def _examined(
        self,
        text: str,
        turns: Sequence[Turn],
        tools: Sequence[str],
        wanted: Sequence[int],
        known: dict[int, Span] | None = None,
    ) -> Placed:
        """As `place`, by rendering up to each answer; of those in `known` the places are known already."""
        answers: dict[int, Span] = dict(known or {})
        last = len(turns) - 1
        for index in wanted:
            before = self._before(index, text, turns, tools)
            if before is None:
                continue
            if index == last:
                found = (_common(before, text), len(text.rstrip()) or len(text))
                if not turns[index].calls and not _is_whole(turns[index], _opened(before) + text[slice(*found)]):
                    return self._kept(before, turns)
            else:
                until = (self.template.apply(turns[: index + 1], tools)).rstrip()
                shorter = until.removesuffix(self.ending) + self.stop if until.endswith(self.ending) else until
                until = next((one for one in (until, shorter) if text.startswith(one)), "")
                found = (_common(before, until), len(until))
                said = _opened(before) + until[found[0] :]
                if not until or not (turns[index].calls or _is_whole(turns[index], said)):
                    continue
            answers[index] = found
        placed = Placed(text, answers)
        _find_messages(placed, turns)
        placed.lost |= _lost_calls(placed, turns)
        return placed

    def _before(self, index: int, text: str, turns: Sequence[Turn], tools: Sequence[str]) -> str | None:
        """What the model reads before the answer `index`."""
        return self.template.apply(turns[:index], tools, True) if index else self._before_first(text, turns, tools)

    def _before_first(self, text: str, turns: Sequence[Turn], tools: Sequence[str]) -> str | None:
        """What stands in `text` before a first turn by the assistant; None where that is not written as an answer.

        Nothing can be rendered before it. So it is compared with another answer in its place, and with the frame
        that the template puts around it behind a question.
        """
        first, asked = turns[0], Turn("user", "u")
        other = _another(first)
        try:
            before, opened = self.template.apply((asked,), tools), self.template.apply((asked,), tools, True)
            said, said_other = (self.template.apply((asked, turn), tools) for turn in (first, other))
            differs = _common(text, self.template.apply((other, *turns[1:]), tools) + self.closing)
        except TemplateRefusedError:
            return None
        begun = _common(opened, said)
        opening = said[_common(before, said) : begun]
        frame = said[begun : max(begun, _common(said, said_other))]
        if differs == len(text):
            return None
        # Some templates leave out thinking, and so a part of the frame, where later turns follow.
        for ahead in dict.fromkeys((opening, opening.removesuffix(_opening_tag(opening)))):
            for left_out in range(len(frame) + 1 if ahead else 1):
                if text[:differs].endswith(ahead + frame[left_out:]):
                    return text[: differs - len(frame) + left_out]
        return None

    def _kept(self, before: str, turns: Sequence[Turn]) -> Placed:
        """The last answer as the row has it, put behind what the model reads before it."""
        turn = turns[-1]
        body = (thinking(turn.reasoning) if turn.reasoning else "") + turn.content
        opened = _opened(before)
        if opened and body.lstrip().startswith(opened):
            body = body.lstrip().removeprefix(opened).lstrip("\n")
        text = before + body + self.ending + self.closing
        placed = Placed(text, {len(turns) - 1: (len(before), len(text))}, kept={len(turns) - 1})
        _find_messages(placed, turns[:-1])
        placed.messages.append((len(turns) - 1, (len(before), len(before) + len(body))))
        return placed


def _of(placed: Placed, made: Sequence[Turn], other: str) -> Plan | None:
    """What `placed` shows of a shape; None where a shortened answer had to be put back."""
    return None if placed.kept else planned(placed.text, placed.answers, placed.lost, made, other)


def _lost_calls(placed: Placed, turns: Sequence[Turn]) -> set[int]:
    """Answers with calls that are not written whole."""
    called = (index for index in placed.answers if turns[index].calls)
    return {index for index in called if not _is_whole(turns[index], placed.text[slice(*placed.answers[index])])}


def _find_messages(placed: Placed, turns: Sequence[Turn]) -> None:
    """The messages' places, each looked for behind the one before it; what is not found is lost."""
    position = 0
    for index, piece in pieces_of(turns):
        if index in placed.answers:
            position = max(position, placed.answers[index][0])
        piece = piece.strip()
        found = placed.text.find(piece, position)
        if found >= 0:
            position = found + len(piece)
            placed.messages.append((index, (found, position)))
        elif index not in placed.answers:
            placed.lost.add(index)


def _another(turn: Turn) -> Turn:
    """An answer of the same kind that has not even its first letter in common with `turn`."""
    said = turn.content + turn.reasoning + "".join(call.name for call in turn.calls)
    letter = next((letter for letter in string.ascii_lowercase if letter not in said), "_")
    return replace(
        turn,
        content=letter if turn.content.strip() else turn.content,
        reasoning=letter if turn.reasoning.strip() else turn.reasoning,
        calls=tuple(replace(call, name=letter) for call in turn.calls),
    )


def _opened(before: str) -> str:
    """The tag with which a template has begun the assistant's thinking already, or ""."""
    return _opening_tag(before).strip()


def _opening_tag(before: str) -> str:
    found = re.search(r"(<[a-z_]+>|\[[A-Z_]+\])\s*$", before)
    return found.group() if found else ""


def _is_whole(turn: Turn, text: str) -> bool:
    """Whether all that an answer says stands in `text`, whatever the white space."""
    said = "".join(text.split())
    wanted = [turn.reasoning, turn.content]
    for call in turn.calls:
        wanted += [call.name, *_leaves(call.arguments)]
    return all("".join(part.split()) in said for part in wanted)


def _leaves(arguments: str) -> list[str]:
    """The plain values among a call's arguments, which every template writes as they are."""
    try:
        left: list[Any] = [json.loads(arguments or "{}")]
    except (ValueError, RecursionError):
        return [arguments]
    found: list[str] = []
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9 .,_-]+", value):
            found.append(value)
    return found


def _second(pair: tuple[Any, int]) -> int:
    return pair[1]


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """How many characters, or turns, two sequences have in common at their start."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:  # they are alike up to `low` and not up to `high`
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
