"""Rows held out of a training file where a task has no held-out file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.core.problem import ProblemError
from studio.data.conversation import Conversation, Turn
from studio.data.conversations import Chosen

SEED = b"held out"
"""The same in every run: runs of other seeds are then compared on the same rows."""


def hold_out(
    task: str, rows: Sequence[Conversation], asked: float | int
) -> tuple[Sequence[Conversation], Sequence[Conversation]]:
    """Divide `rows` into those to learn from and those to be scored on, both in the file's order.

    `asked` is a share of the rows or their number. Which rows are held out follows from their text and nothing else,
    neither from their order nor from the file's name, and rows that ask the same question stay on one side. Where all
    ask the same question, only equal rows stay together. Raises ProblemError where too few rows are there.
    """
    wanted = rows_wanted(task, len(rows), asked)
    chosen = _chosen(rows, wanted, _question)
    if not chosen.any():
        chosen = _chosen(rows, wanted, _whole)
    if not chosen.any():
        raise ProblemError.at(
            f"task {task}: evaluate = {asked}",
            f"none of its {len(rows)} rows can be held out: equal rows are not divided, and too many are equal.",
            "Remove the duplicates, or name a held-out file.",
        )
    return Chosen(rows, np.flatnonzero(~chosen)), Chosen(rows, np.flatnonzero(chosen))


def rows_wanted(task: str, rows: int, asked: float | int) -> int:
    """How many of `rows` are to be held out; raises ProblemError where that is none or all of them."""
    wanted = round(asked * rows) if isinstance(asked, float) else asked
    if not 0 < wanted < rows:
        what = f"that leaves no row to {'learn from' if wanted else 'be scored on'}; there are {rows}."
        remedy = "Ask for fewer rows, or name a held-out file." if wanted else "Ask for more rows, or add some."
        raise ProblemError.at(f"task {task}: evaluate = {asked}", what, remedy)
    return wanted


def _chosen(rows: Sequence[Conversation], wanted: int, of: Callable[[Conversation], str]) -> NDArray[np.bool_]:
    """Mark at most `wanted` rows, as many as go without dividing a group of those that are alike in `of`: [rows]."""
    chosen = np.zeros(len(rows), np.bool_)
    drawn = np.frombuffer(bytearray().join(_draw(of(row)) for row in rows), np.dtype(">u8")).reshape(-1, 2)
    order = np.lexsort((drawn[:, 1], drawn[:, 0]))
    begins = np.flatnonzero(np.any(np.diff(drawn[order].astype(np.uint64), axis=0) != 0, axis=1)) + 1
    left = wanted
    for start, stop in pairwise((0, *begins.tolist(), len(rows))):
        if stop - start <= left:
            chosen[order[start:stop]] = True
            left -= stop - start
        if not left:
            break
    return chosen


def _question(row: Conversation) -> str:
    return row.text + _said(row.prompt)


def _whole(row: Conversation) -> str:
    return row.text + _said(row.turns)


def _said(turns: Sequence[Turn]) -> str:
    return "".join(f"\0{turn.role}\0{turn.content}" for turn in turns)


def _draw(key: str) -> bytes:
    """A group's place in the draw: the same wherever and whenever it is drawn."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=SEED, digest_size=16).digest()
