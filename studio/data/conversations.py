"""Many conversations in the order of their file: in memory while that is small, else in parts on the disk."""

from __future__ import annotations

import pickle
import weakref
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

Change = Callable[[Conversation], Conversation]


class Conversations(Sequence[Conversation]):
    """Takes conversations one after another; they can be gone through as often as is wanted, and asked for by place."""

    def __init__(self, conversations: Iterable[Conversation] = ()) -> None:
        self._held: list[Conversation] = []  # all of them, or those behind the last part on the disk
        self._size = 0
        self._file: IO[bytes] | None = None
        self._starts: list[int] = [0]  # where each part begins in the file, and where the last ends
        self._has_room = True
        self._read: tuple[int, Sequence[Conversation]] = (-1, ())
        self.extend(conversations)

    def extend(self, conversations: Iterable[Conversation]) -> None:
        for conversation in conversations:
            self.append(conversation)

    def append(self, conversation: Conversation) -> None:
        """Take one more."""
        self._held.append(conversation)
        if self._file is None and self._has_room:
            letters = len(conversation.text) + sum(len(turn.content) for turn in conversation.turns)
            self._size += _OBJECTS + _TURN * len(conversation.turns) + letters
            if self._size > MOST_HELD:
                self._spill()
        elif self._has_room and len(self._held) >= PART:
            self._spill()

    @property
    def _parts(self) -> int:
        return len(self._starts) - 1

    def __len__(self) -> int:
        return self._parts * PART + len(self._held)

    def __iter__(self) -> Iterator[Conversation]:
        for number in range(self._parts):
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
        part, place = divmod(index % len(self), PART)
        return self._part(part)[place] if part < self._parts else self._held[index % len(self) - self._parts * PART]

    def _part(self, number: int) -> Sequence[Conversation]:
        if self._read[0] != number and self._file is not None:
            start, stop = self._starts[number : number + 2]
            # Written by this process a moment ago, into a file that no other can open by a name.
            self._read = number, pickle.loads(read_all(self._file, start, stop - start))
        return self._read[1]

    def _spill(self) -> None:
        """Move all whole parts to the disk; where there is no room, what is not there yet stays in memory."""
        moved = 0
        try:
            if self._file is None:
                self._file = nameless_file()
                weakref.finalize(self, self._file.close)
            while moved + PART <= len(self._held):
                self._file.seek(self._starts[-1])
                content = pickle.dumps(self._held[moved : moved + PART], protocol=pickle.HIGHEST_PROTOCOL)
                write_all(self._file, content)
                self._starts.append(self._starts[-1] + len(content))
                moved += PART
        except OSError:
            self._has_room = False
        del self._held[:moved]


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
