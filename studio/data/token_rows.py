"""Rows of tokens with a loss mask, one by one and many of them held flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

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
    """Many rows held flat: five bytes per token, whatever the number of rows.

    `ids` [tokens] int32 and `learned` [tokens] bool are those of all rows, `ends` [rows] int64 where each ends.
    """

    def __init__(self, rows: Iterable[TokenRow] = ()) -> None:
        kept = list(rows)
        self.ends = np.cumsum([len(row) for row in kept], dtype=np.int64)
        self.ids = np.concatenate([row.input_ids for row in kept]) if kept else np.zeros(0, np.int32)
        self.learned = np.concatenate([row.learned for row in kept]) if kept else np.zeros(0, np.bool_)

    @classmethod
    def of_flat(cls, ids: NDArray[np.int32], learned: NDArray[np.bool_], ends: NDArray[np.int64]) -> TokenRows:
        """Rows that are held flat already; raises ValueError where the lengths do not agree."""
        if len(ids) != len(learned) or (int(ends[-1]) if len(ends) else 0) != len(ids) or np.any(np.diff(ends) < 0):
            raise ValueError("the rows' ends do not fit their tokens")
        rows = cls()
        rows.ids, rows.learned, rows.ends = ids, learned, ends
        return rows

    def __len__(self) -> int:
        return len(self.ends)

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
        start = int(self.ends[index - 1]) if index else 0
        place = slice(start, int(self.ends[index]))
        return TokenRow(self.ids[place], self.learned[place])

    def __iter__(self) -> Iterator[TokenRow]:
        return (self[index] for index in range(len(self)))

    @property
    def tokens(self) -> int:
        """Tokens of all rows together."""
        return len(self.ids)

    @property
    def learned_tokens(self) -> int:
        """Tokens of all rows together that are labels."""
        return int(self.learned.sum())

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, [rows]."""
        return np.diff(self.ends, prepend=0)


def answer_start(row: TokenRow) -> int:
    """Where the last run of learned tokens begins: the last answer's first token."""
    learned = np.flatnonzero(row.learned)
    breaks = np.flatnonzero(np.diff(learned) > 1)
    return int(learned[breaks[-1] + 1]) if len(breaks) else int(learned[0])


def answer_stop(row: TokenRow) -> int:
    """One past the last learned token: the last answer with its end of turn ends here."""
    return int(np.flatnonzero(row.learned)[-1]) + 1
