"""Rows as tokens with a loss mask: the answer and its end are learned, the prompt is only read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from studio.data.chat_text import ChatText, RenderedText

IGNORED = -100
"""The label of a token that is read but not learned, as torch's cross-entropy knows it."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One row: `input_ids` [tokens] int32, and `learned` [tokens] bool, true where the token is a label."""

    input_ids: NDArray[np.int32]
    learned: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The token ids where they are learned, `IGNORED` elsewhere; [tokens], not yet shifted."""
        return np.where(self.learned, self.input_ids, IGNORED).astype(np.int64)


class TokenRows(Sequence[TokenRow]):
    """Many rows held flat: five bytes per token, whatever the number of rows."""

    def __init__(self, rows: Iterable[TokenRow] = ()) -> None:
        kept = list(rows)
        self._ends = np.cumsum([len(row) for row in kept], dtype=np.int64)
        self._ids = np.concatenate([row.input_ids for row in kept]) if kept else np.zeros(0, np.int32)
        self._learned = np.concatenate([row.learned for row in kept]) if kept else np.zeros(0, np.bool_)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> TokenRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TokenRow]: ...
    def __getitem__(self, index: int | slice) -> TokenRow | Sequence[TokenRow]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        start = int(self._ends[index - 1]) if index else 0
        place = slice(start, int(self._ends[index]))
        return TokenRow(self._ids[place], self._learned[place])

    def __iter__(self) -> Iterator[TokenRow]:
        return (self[index] for index in range(len(self)))

    @property
    def tokens(self) -> int:
        """Tokens of all rows together."""
        return len(self._ids)

    @property
    def learned_tokens(self) -> int:
        """Tokens of all rows together that are labels."""
        return int(self._learned.sum())

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, [rows]."""
        return np.diff(self._ends, prepend=0)


def tokenize(texts: Sequence[RenderedText], chat: ChatText) -> list[TokenRow]:
    """Rendered rows as token rows; a token is learned when it reaches into a learned span.

    What follows the last learned token (a template's newline after the end of turn) is dropped, since nothing
    reads it.
    """
    if not texts:
        return []
    tokenizer = chat.tokenizer
    if not tokenizer.is_fast:
        return [_by_segments(text, tokenizer) for text in texts]
    found = tokenizer(
        [text.text for text in texts],
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        verbose=False,
    )
    rows = []
    for text, ids, offsets in zip(texts, found["input_ids"], found["offset_mapping"], strict=True):
        places = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
        learned = np.zeros(len(ids), dtype=np.bool_)
        for start, stop in text.learned:
            learned |= (places[:, 1] > start) & (places[:, 0] < stop)
        rows.append(_until_answer_ends(TokenRow(np.asarray(ids, dtype=np.int32), learned)))
    return rows


def _by_segments(text: RenderedText, tokenizer: Any) -> TokenRow:
    """For tokenizers that cannot say where a token lies: each span is tokenized by itself."""
    ids: list[int] = []
    learned: list[bool] = []
    position = 0
    for start, stop in (*text.learned, (len(text.text), len(text.text))):
        for piece, is_learned in ((text.text[position:start], False), (text.text[start:stop], True)):
            piece_ids = tokenizer(piece, add_special_tokens=False)["input_ids"] if piece else []
            ids += piece_ids
            learned += [is_learned] * len(piece_ids)
        position = stop
    return _until_answer_ends(TokenRow(np.asarray(ids, dtype=np.int32), np.asarray(learned, dtype=np.bool_)))


def _until_answer_ends(row: TokenRow) -> TokenRow:
    stop = answer_stop(row)
    return TokenRow(row.input_ids[:stop], row.learned[:stop])


def fit(row: TokenRow, max_length: int, first: int | None = None) -> TokenRow | None:
    """The row cut to `max_length` so that its last answer stays whole, or None when that alone is too long.

    The start of the prompt goes; `first` (the beginning-of-text token) stays in front if it stood there. An
    earlier answer of which a part is cut is no longer learned. At least one token before the answer is kept,
    since the first token of a row is never predicted.
    """
    if len(row) <= max_length:
        return row
    last = answer_start(row)
    keeps_first = int(row.input_ids[0]) == first and not row.learned[0]
    if len(row) - last + 1 > max_length:
        return None
    start = len(row) - max_length
    ids, learned = row.input_ids[start:].copy(), row.learned[start:].copy()
    if row.learned[start] and row.learned[start - 1]:
        still = int(np.argmin(learned)) if not learned.all() else len(learned)
        learned[:still] = False
    if keeps_first and not learned[0]:
        ids[0] = row.input_ids[0]
    return TokenRow(ids, learned)


def fit_text(row: TokenRow, max_length: int) -> TokenRow:
    """A row of plain text cut to its first `max_length` tokens."""
    return TokenRow(row.input_ids[:max_length], row.learned[:max_length])


def answer_start(row: TokenRow) -> int:
    """Where the last run of learned tokens begins: the last answer's first token."""
    learned = np.flatnonzero(row.learned)
    breaks = np.flatnonzero(np.diff(learned) > 1)
    return int(learned[breaks[-1] + 1]) if len(breaks) else int(learned[0])


def answer_stop(row: TokenRow) -> int:
    """One past the last learned token: the last answer with its end of turn ends here."""
    return int(np.flatnonzero(row.learned)[-1]) + 1
