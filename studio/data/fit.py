"""Rows that are longer than a row may be: divided, cut in the middle of what is only read, or laid in windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    while part := _last_part(text, found, max_length):
        parts.append(part)
        early = len(text.answers) - len(part[1])
        if not early:
            return parts[::-1]
        text = replace(text, learned=text.learned[:early], answers=text.answers[:early])
        if not at_once or found.tokens(*text.learned[-1])[1] <= max_length:
            break
    if parts:
        parts.append((tuple(range(text.answers[-1] + 1)), text.answers))
    return parts[::-1]


def _last_part(text: RenderedText, found: Encoded, max_length: int) -> _Part | None:
    """The last part of a conversation that is too long; None where no turn can be spared."""
    turns, answers = text.turns, text.answers
    if not answers:
        return None
    last = answers[-1]
    head = [0] if turns[0].role == "system" else []
    starts = [at for at in range(len(head), last) if turns[at].role == "user"]
    if len(starts) < 2:
        # Steps begin with what the assistant says, so that a call stays with its result.
        head += starts
        starts = [at for at in range(len(head), last + 1) if turns[at].role == "assistant"]
    if len(starts) < 2:
        return None
    opens = {at: found.tokens(*span)[0] for at, span in zip(answers, text.learned, strict=True)}
    for start, stop, at in text.read:
        opens[at] = min(found.tokens(start, stop)[0], opens.get(at, len(found.ids)))
    room = max_length - opens.get(starts[0], 0)
    end = found.tokens(*text.learned[-1])[1]
    first = next((at for at in starts[1:] if end - opens.get(at, 0) <= room), starts[-1])
    return (*head, *range(first, last + 1)), tuple(at for at in answers if at >= first)


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
