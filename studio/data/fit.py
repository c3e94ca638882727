"""Rows that are longer than a row may be: divided, cut in the middle of what is only read, or laid in windows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.data.chat_text import RenderedText
from studio.data.token_rows import TokenRow, answer_start
from studio.data.tokenize import Encoded

_KEPT = 2  # tokens left of a message of which the middle is cut
_OPENING_SHARE = 8  # a prompt keeps an eighth of a row, at least, beside a long answer


@dataclass(frozen=True, slots=True)
class Fitted:
    """A row that fits; `lost` tokens of what is read and `lost_answer` tokens of its answer's end are not in it."""

    row: TokenRow
    lost: int = 0
    lost_answer: int = 0


def windows(row: TokenRow, max_length: int, opens: bool) -> list[TokenRow]:
    """A document as rows of at most `max_length` tokens, in which each of its tokens is learned once.

    Each window but the first begins with the token before it, which is read and not learned, since the first token of
    a row is never predicted; and before that with the beginning of text where the document has one (`opens`).
    """
    if len(row) <= max_length:
        return [row]
    found = [TokenRow(row.input_ids[:max_length], row.learned[:max_length])]
    first = row.input_ids[:1] if opens else row.input_ids[:0]
    for start in range(max_length, len(row), max_length - len(first) - 1):
        part = row.input_ids[start - 1 : start - 1 + max_length - len(first)]
        ids = np.concatenate([first, part])
        found.append(TokenRow(ids, np.arange(len(ids)) > len(first)))
    return found


_Part = tuple[tuple[int, ...], tuple[int, ...]]
"""A part of a conversation: the places of its turns, and those that are learned."""


def divided(text: RenderedText, found: Encoded, max_length: int, at_once: bool = False) -> list[_Part]:
    """A conversation that is too long as shorter ones.

    The last has the system's turn and as many of the latest as fit, whole turns from a question on; in a chain of
    answers to one question it has the question and the latest steps. The answers before it make up the first, which
    may still be too long; it is divided `at_once` where its tokens are known to be those that it has here. Nothing
    where no turn can be spared.
    """
    parts: list[_Part] = []
    whole = _Whole(text, found)
    early = len(text.answers)
    while early and (first_turn := whole.last_part(early, max_length)):
        head, first = first_turn
        begun = bisect_left(text.answers, first, hi=early)
        parts.append(((*head, *range(first, text.answers[early - 1] + 1)), text.answers[begun:early]))
        early = begun
        if not at_once or not early or found.tokens(*text.learned[early - 1])[1] <= max_length:
            break
    if parts and early:
        parts.append((tuple(range(text.answers[early - 1] + 1)), text.answers[:early]))
    return parts[::-1]


class _Whole:
    """A conversation that is divided from its end on, each part in a time that does not grow with what is left."""

    def __init__(self, text: RenderedText, found: Encoded) -> None:
        self.answers = text.answers
        self.head = [0] if text.turns[0].role == "system" else []
        self.users, self.steps = (
            [at for at, turn in enumerate(text.turns) if turn.role == role and at >= len(self.head)]
            for role in ("user", "assistant")
        )
        found.know_places()
        self.ends = [found.tokens(*span)[1] for span in text.learned]
        self.opens = {at: found.tokens(*span)[0] for at, span in zip(text.answers, text.learned, strict=True)}
        for start, stop, at in text.read:
            self.opens[at] = min(found.tokens(start, stop)[0], self.opens.get(at, len(found.ids)))

    def last_part(self, early: int, max_length: int) -> tuple[list[int], int] | None:
        """Of the turns up to the answer number `early`: which stay at the head, and from which on the others do.

        None where no turn can be spared.
        """
        last = self.answers[early - 1]
        head, starts = self.head, self.users
        begin, end = 0, bisect_left(starts, last)
        if end < 2:
            # Steps begin with what the assistant says, so that a call stays with its result.
            head = [*head, *starts[:end]]
            starts = self.steps
            begin, end = bisect_left(starts, len(head)), bisect_right(starts, last)
        if end - begin < 2:
            return None
        room = max_length - self.opens.get(starts[begin], 0)
        first = starts[end - 1]
        for at in (starts[number] for number in range(end - 1, begin, -1)):
            if at in self.opens:
                if self.ends[early - 1] - self.opens[at] > room:
                    break
                first = at
        return head, first


def cut(text: RenderedText, row: TokenRow, found: Encoded, max_length: int, cut_answer: bool) -> Fitted | None:
    """The row with the middle of its longest read messages cut out, the system's last; role lines stay whole.

    Where that is not enough the end of the answer goes, with its end token; None where that may not be cut. An answer
    stays whole beside an eighth of a row of prompt; where it must be cut, the prompt keeps up to half of the row.
    """
    answer = len(row) - answer_start(row)
    prompt = len(row) - answer
    if answer + min(prompt, max(_KEPT, max_length // _OPENING_SHARE)) <= max_length:
        room = max_length - answer
    elif cut_answer:
        room = min(prompt, max_length // 2)
    else:
        room = max_length - answer
    gone = _middles(text, found, prompt, prompt - room)
    keep = np.ones(len(row), dtype=np.bool_)
    for start, stop in gone:
        keep[start:stop] = False
    ids, learned = row.input_ids[keep], row.learned[keep]
    over = max(0, len(ids) - max_length)
    if over and (not cut_answer or over >= answer):
        return None
    lost = len(row) - len(ids)
    return Fitted(TokenRow(ids[: len(ids) - over], learned[: len(ids) - over]), lost, over)


def _middles(text: RenderedText, found: Encoded, prompt: int, excess: int) -> list[tuple[int, int]]:
    """The tokens to leave out of the first `prompt` ones so that they become `excess` fewer, as far as that goes."""
    gone: list[tuple[int, int]] = []
    for system in (False, True):
        read = (span for span in text.read if (text.turns[span[2]].role == "system") == system)
        spans = [found.tokens(start, stop) for start, stop, _ in read]
        spans = [(start, min(stop, prompt)) for start, stop in spans if start < prompt]
        level = _level([stop - start for start, stop in spans], excess)
        for start, stop in spans:
            take = min(stop - start - max(level, min(_KEPT, stop - start)), excess)
            if take > 0:
                middle = start + (stop - start - take) // 2
                gone.append((middle, middle + take))
                excess -= take
    return gone


def _level(lengths: Sequence[int], excess: int) -> int:
    """The length to which the longest must be cut so that all together lose `excess`; 0 where that is not enough."""
    low, high = 0, max(lengths, default=0)
    while low < high:
        level = (low + high + 1) // 2
        if sum(max(0, length - level) for length in lengths) >= excess:
            low = level
        else:
            high = level - 1
    return low
