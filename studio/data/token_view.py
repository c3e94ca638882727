"""Rows as the model will see them: what is learned, read and cut, and what the chat template added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.token_view import SeenRow, SeenToken, TokenKind
from studio.data.chat_text import RenderedText
from studio.data.conversation import Conversation
from studio.data.token_rows import TokenRow
from studio.data.tokenize import encode

Spans = Sequence[tuple[int, int]]


def pieces_of(tokenizer: Any, ids: Sequence[int]) -> list[str]:
    """Each token's own text, special tokens included; a character of several tokens is shown at its last one."""
    pieces, whole = [], ""
    for end in range(1, len(ids) + 1):
        text = str(tokenizer.decode(list(ids[:end]), skip_special_tokens=False, clean_up_tokenization_spaces=False))
        unfinished = text.endswith("\ufffd") and end < len(ids)
        pieces.append("" if unfinished or not text.startswith(whole) else text[len(whole) :])
        if not unfinished:
            whole = text
    return pieces


def see_row(
    tokenizer: Any, conversation: Conversation, rendered: RenderedText, row: TokenRow | None, left_out: str = ""
) -> SeenRow:
    """The tokens of `rendered` against `row`, what is left of it after cutting (None where it is left out)."""
    ids, pieces, places = _tokens(tokenizer, rendered)
    own = _covered(places, rendered.own or [(0, len(rendered.text))])
    special = {int(each) for each in tokenizer.all_special_ids}
    tokens: list[SeenToken] = []
    for index, kind in _kinds(ids, rendered, places, row):
        tokens.append(SeenToken(pieces[index], kind, not own[index], ids[index] in special))
    return SeenRow.of_tokens(conversation.line, tokens, left_out)


def _tokens(tokenizer: Any, rendered: RenderedText) -> tuple[list[int], list[str], NDArray[np.int64]]:
    """Ids, each token's own text, and its place in `text`: [tokens, 2]."""
    text = rendered.text
    if not tokenizer.is_fast:
        ids = [int(each) for each in tokenizer(text, add_special_tokens=False)["input_ids"]]
        pieces = pieces_of(tokenizer, ids)
        ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
        return ids, pieces, np.stack([ends - [len(piece) for piece in pieces], ends], axis=1).reshape(-1, 2)
    (found,) = encode([rendered], tokenizer)
    places = np.asarray(found.places, dtype=np.int64).reshape(-1, 2)
    pieces, until = [], 0
    for number, (_, stop) in enumerate(places):
        # Between tokens lies what the tokenizer drops (a space); a character of several tokens is the last one's.
        shared = number + 1 < len(places) and places[number + 1, 0] < stop
        end = int(places[number + 1, 0]) if shared else int(stop)
        pieces.append(text[until : max(until, end)])
        until = max(until, end)
    return found.ids, pieces, places


def _covered(places: NDArray[np.int64], spans: Spans) -> NDArray[np.bool_]:
    """Which tokens reach into one of the spans: [tokens]."""
    found = np.zeros(len(places), dtype=np.bool_)
    for start, stop in spans:
        found |= (places[:, 1] > start) & (places[:, 0] < stop)
    return found


def _kinds(
    ids: list[int], rendered: RenderedText, places: NDArray[np.int64], row: TokenRow | None
) -> Iterator[tuple[int, TokenKind]]:
    """The index and the kind of each token of the whole text that is worth showing."""
    learned = _covered(places, rendered.learned)
    if row is None:
        # What the template writes after the answer is never used, so it is not "cut" either.
        stop = int(np.flatnonzero(learned)[-1]) + 1 if learned.any() else len(ids)
        yield from ((index, "cut") for index in range(stop))
        return
    kept = row.input_ids.tolist()
    if ids[: len(kept)] == kept:  # as almost always; what follows has found the same, slowly
        yield from ((index, "learned" if is_learned else "read") for index, is_learned in enumerate(row.learned))
        until = rendered.learned[-1][1] if rendered.learned else 0
        yield from ((index, "cut") for index in range(len(kept), len(ids)) if places[index, 0] < until)
        return
    for what, start, stop, kept_start, _ in SequenceMatcher(None, ids, kept, autojunk=False).get_opcodes():
        for index in range(start, stop):
            if what == "equal":
                yield index, "learned" if row.learned[kept_start + index - start] else "read"
            elif kept_start < len(kept):
                yield index, "cut"
            elif rendered.learned and places[index, 0] < rendered.learned[-1][1]:
                yield index, "cut"  # the end of a text or of an answer
