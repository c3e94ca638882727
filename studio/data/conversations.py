"""Many conversations in the order of their file: in memory while that is small, else in parts on the disk."""

from __future__ import annotations

import pickle
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, overload

import numpy as np
from numpy.typing import NDArray

from studio.data.conversation import Conversation
from studio.data.row_store import nameless_file, read_all, write_all

MOST_HELD = 256 << 20
"""Bytes of conversations, as estimated, that are held in memory."""
_OBJECTS = 600  # bytes that a conversation of two turns takes beside its letters
_TURN = 180  # bytes that each further turn takes
PART = 1000  # conversations that are written and read together
PART_LETTERS = 8_000_000  # of them; fewer conversations make up a part where they are long

Change = Callable[[Conversation], Conversation]


class Conversations(Sequence[Conversation]):
    """Takes conversations one after another; they can be gone through as often as is wanted, and asked for by place."""

    def __init__(self, conversations: Iterable[Conversation] = ()) -> None:
        self._held: list[Conversation] = []  # all of them, or those behind the last part on the disk
        self._size = 0  # of those, about
        self._file: IO[bytes] | None = None
        self._starts: list[int] = [0]  # where each part begins in the file, and where the last ends
        self._firsts: list[int] = [0]  # the place of each part's first conversation, and of the first that is held
        self._has_room = True
        self._read: tuple[int, Sequence[Conversation]] = (-1, ())
        self.extend(conversations)

    def extend(self, conversations: Iterable[Conversation]) -> None:
        for conversation in conversations:
            self.append(conversation)

    def append(self, conversation: Conversation) -> None:
        """Take one more."""
        self._held.append(conversation)
        self._size += _OBJECTS + _TURN * len(conversation.turns) + conversation.letters
        is_full = len(self._held) >= PART or self._size > PART_LETTERS
        if self._has_room and (self._size > MOST_HELD if self._file is None else is_full):
            self._spill()

    def __len__(self) -> int:
        return self._firsts[-1] + len(self._held)

    def __iter__(self) -> Iterator[Conversation]:
        for number in range(len(self._firsts) - 1):
            yield from self._part(number)
        yield from self._held

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Conversation]: ...
    def __getitem__(self, index: int | slice) -> Conversation | Sequence[Conversation]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        place = index % len(self)
        if place >= self._firsts[-1]:
            return self._held[place - self._firsts[-1]]
        part = bisect_right(self._firsts, place) - 1
        return self._part(part)[place - self._firsts[part]]

    def _part(self, number: int) -> Sequence[Conversation]:
        if self._read[0] != number and self._file is not None:
            start, stop = self._starts[number : number + 2]
            # Written by this process a moment ago, into a file that no other can open by a name.
            self._read = number, pickle.loads(read_all(self._file, start, stop - start))
        return self._read[1]

    def _spill(self) -> None:
        """Move all that is held to the disk; where there is no room, what is not there yet stays in memory."""
        moved = 0
        try:
            if self._file is None:
                self._file = nameless_file()
                weakref.finalize(self, self._file.close)
            for part in in_parts(self._held, PART, PART_LETTERS):
                self._file.seek(self._starts[-1])
                content = pickle.dumps(part, protocol=pickle.HIGHEST_PROTOCOL)
                write_all(self._file, content)
                self._starts.append(self._starts[-1] + len(content))
                self._firsts.append(self._firsts[-1] + len(part))
                moved += len(part)
        except OSError:
            self._has_room = False
        del self._held[:moved]
        self._size = 0


def in_parts(conversations: Iterable[Conversation], most: int, letters: int) -> Iterator[list[Conversation]]:
    """Conversations in parts of `most`, and of fewer where a part would have more than so many `letters`."""
    part: list[Conversation] = []
    size = 0
    for conversation in conversations:
        part.append(conversation)
        size += conversation.letters
        if len(part) == most or size > letters:
            yield part
            part, size = [], 0
    if part:
        yield part


class Changed(Sequence[Conversation]):
    """Conversations of which each is changed when it is asked for."""

    def __init__(self, conversations: Sequence[Conversation], change: Change) -> None:
        self._conversations, self._change = conversations, change

    def __len__(self) -> int:
        return len(self._conversations)

    def __iter__(self) -> Iterator[Conversation]:
        return map(self._change, self._conversations)

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Conversation]: ...
    def __getitem__(self, index: int | slice) -> Conversation | Sequence[Conversation]:
        found = self._conversations[index]
        return self._change(found) if isinstance(found, Conversation) else [self._change(each) for each in found]


class Chosen(Sequence[Conversation]):
    """Those of some conversations that stand at `places`, in that order."""

    def __init__(self, conversations: Sequence[Conversation], places: NDArray[np.int64]) -> None:
        self._conversations, self._places = conversations, places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Conversation]:
        return (self._conversations[int(place)] for place in self._places)

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Conversation]: ...
    def __getitem__(self, index: int | slice) -> Conversation | Sequence[Conversation]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return self._conversations[int(self._places[index])]
