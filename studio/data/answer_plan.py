"""How a template writes conversations of one shape, seen from made-up ones; a real one is then read along.

text    frame | message | frame … varies … frame | message | frame
            literal          a gap: calls and tools, of which only the frames on both sides are known
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.data.conversation import ToolCall, Turn

Span = tuple[int, int]
"""Characters of a text, from the first to one behind the last."""

Shape = tuple[tuple[str, bool, bool, str, int], ...]
"""Each turn's role, whether it has reasoning and content, its speaker's name, and how many calls it makes."""

_LEAST_TAIL = 8  # characters; a shorter frame could stand in anything


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of text between two messages of which the middle varies: calls, their ids, tools."""

    head: str
    tail: str

    @property
    def is_long(self) -> bool:
        """Whether the tail is long enough to be found by itself; else the message behind it must help."""
        return len(self.tail) >= _LEAST_TAIL


@dataclass(frozen=True, slots=True)
class Point:
    """A place in stretch `stretch` of a text: so many characters behind its beginning, or before its end."""

    stretch: int
    offset: int
    from_end: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How a template writes one shape: the stretch before each piece and the one after the last.

    A stretch is None before a piece that is not written. `answers` maps a turn to the first place that is learned and
    the one behind the last.
    """

    stretches: tuple[str | Gap | None, ...]
    answers: dict[int, tuple[Point, Point]]
    lost: frozenset[int]


@dataclass(frozen=True, slots=True)
class Followed:
    """What was read along a plan: the places of answers and of messages, each by its turn."""

    answers: dict[int, Span]
    messages: list[tuple[int, Span]]


def shape_of(turns: Sequence[Turn]) -> Shape:
    """What decides how a template writes the frames around these turns."""
    return tuple(
        (turn.role, bool(turn.reasoning), bool(turn.content.strip()), turn.name, len(turn.calls)) for turn in turns
    )


def made_up(shape: Shape, other: bool = False) -> list[Turn]:
    """Turns of a shape; `other` makes other calls around the same texts, so that a comparison shows what varies."""
    made = []
    for i, (role, thinks, says, name, calls) in enumerate(shape):
        content, reasoning = f"known{2 * i:05d}c" if says else "", f"known{2 * i:05d}r" if thinks else ""
        made.append(
            Turn(role, content, True, reasoning, tuple(_call(number, other) for number in range(calls)), name=name)
        )
    return made


def made_up_tools(other: bool = False) -> tuple[str, ...]:
    """One tool, or another one that ends and begins otherwise."""
    if other:
        return ('{"function": {"name": "x9", "description": "y", "parameters": {}}, "type": "function"}',)
    return ('{"type": "function", "function": {"name": "akey", "description": "b", "parameters": {"type": "object"}}}',)


def _call(number: int, other: bool) -> ToolCall:
    if other:
        return ToolCall("x9", '{"y": 7}', f"x{number:08d}")
    return ToolCall("akey", '{"bkey": "cvalue"}', f"a{number:07d}b")


def pieces_of(turns: Sequence[Turn]) -> Iterator[tuple[int, str]]:
    """Every text of a message with its turn, in the order in which templates write them."""
    for index, turn in enumerate(turns):
        if turn.reasoning.strip():
            yield index, turn.reasoning
        if turn.content.strip():
            yield index, turn.content


def planned(
    text: str, answers: Mapping[int, Span], lost: set[int], turns: Sequence[Turn], other: str = ""
) -> Plan | None:
    """What the `text` of made-up turns shows beside their `other` text with other calls; None where that is nothing."""
    pieces = [piece for _, piece in pieces_of(turns)]
    spans = _stretches(text, pieces)
    if any(span is None and index in answers for (index, _), span in zip(pieces_of(turns), spans, strict=False)):
        return None
    stretches: list[str | Gap | None] = [None if span is None else text[slice(*span)] for span in spans]
    if other:
        spans_there = _stretches(other, pieces)
        if [span is None for span in spans] != [span is None for span in spans_there]:
            return None
        for number, (one, there) in enumerate(zip(stretches, spans_there, strict=True)):
            if isinstance(one, str) and there is not None:
                gap = _between(one, other[slice(*there)], last=number == len(pieces))
                if gap is None:
                    return None
                stretches[number] = gap
    points = {}
    for index, (start, stop) in answers.items():
        first, behind = _point(start, spans, stretches), _point(stop, spans, stretches)
        if first is None or behind is None:
            return None
        points[index] = (first, behind)
    return Plan(tuple(stretches), points, frozenset(lost))


def _stretches(text: str, pieces: Sequence[str]) -> list[Span | None]:
    found: list[Span | None] = []
    position = 0
    for piece in pieces:
        start = text.find(piece)
        found.append((position, start) if start >= 0 else None)
        position = start + len(piece) if start >= 0 else position
    return [*found, (position, len(text))]


def _between(one: str, other: str, last: bool) -> str | Gap | None:
    """What two texts of the same stretch have in common; None where they leave no frame that can be found again."""
    if one == other:
        return one
    shorter = min(len(one), len(other))
    head = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    tail = next((n for n in range(shorter - head) if one[-1 - n] != other[-1 - n]), shorter - head)
    gap = Gap(one[:head], one[len(one) - tail :])
    if last:
        return gap
    ends = [each.find(gap.tail, head) == len(each) - len(gap.tail) for each in (one, other)]
    return gap if not gap.is_long or all(ends) else None


def _point(at: int, spans: Sequence[Span | None], stretches: Sequence[str | Gap | None]) -> Point | None:
    for number, (span, stretch) in enumerate(zip(spans, stretches, strict=True)):
        if span is None or not span[0] <= at <= span[1]:
            continue
        if isinstance(stretch, str) or (stretch and at - span[0] <= len(stretch.head)):
            return Point(number, at - span[0], False)
        if stretch and span[1] - at <= len(stretch.tail):
            return Point(number, span[1] - at, True)
        return None
    return None


def along(plan: Plan, text: str, turns: Sequence[Turn], tools: Sequence[str], wanted: Sequence[int]) -> Followed | None:
    """Read `text` along a plan; None where it says anything else, or could be read in two ways."""
    tails = {gap.tail for gap in plan.stretches[:-1] if isinstance(gap, Gap) and gap.is_long}
    if tails and any(tail in each for each in _data_of(turns, tools) for tail in tails):
        return None
    position = 0
    spans: list[Span] = []
    messages: list[tuple[int, Span]] = []
    for stretch, (index, piece) in zip(plan.stretches, pieces_of(turns), strict=False):
        if stretch is None:
            spans.append((position, position))
            continue
        start = _behind(stretch, text, position, piece)
        if start < 0:
            return None
        if not text.startswith(piece, start):
            piece = piece.strip()
            if not text.startswith(piece, start):
                return None
        spans.append((position, start))
        position = start + len(piece)
        messages.append((index, (start, position)))
    after, rest = plan.stretches[-1], text[position:]
    if isinstance(after, str) and rest != after:
        return None
    if isinstance(after, Gap) and not (
        rest.startswith(after.head) and rest.endswith(after.tail) and len(rest) >= len(after.head) + len(after.tail)
    ):
        return None
    spans.append((position, len(text)))
    answers = {
        index: (_at(plan.answers[index][0], spans), _at(plan.answers[index][1], spans))
        for index in wanted
        if index in plan.answers
    }
    return Followed(answers, messages)


def _behind(stretch: str | Gap, text: str, position: int, piece: str) -> int:
    """Where a stretch that begins at `position` and ends before `piece` ends; -1 where that is not told for sure."""
    head = stretch if isinstance(stretch, str) else stretch.head
    if not text.startswith(head, position):
        return -1
    position += len(head)
    if isinstance(stretch, str):
        return position
    wanted = stretch.tail if stretch.is_long else stretch.tail + piece.strip()
    found = text.find(wanted, position)
    if found < 0 or (not stretch.is_long and text.find(wanted, found + 1) >= 0):
        return -1
    return found + len(stretch.tail)


def _at(point: Point, spans: Sequence[Span]) -> int:
    start, end = spans[point.stretch]
    return end - point.offset if point.from_end else start + point.offset


def _data_of(turns: Sequence[Turn], tools: Sequence[str]) -> Iterator[str]:
    """Every text that a row writes into gaps, as it stands there and as JSON says it."""
    for written in (*tools, *(call.arguments for turn in turns for call in turn.calls)):
        yield written
        try:
            yield from _leaves(json.loads(written or "{}"))
        except (ValueError, RecursionError):
            continue
    for turn in turns:
        yield from (turn.call_id, *(text for call in turn.calls for text in (call.name, call.id)))


def _leaves(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from map(str, one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            yield one
