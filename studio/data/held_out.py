"""Rows held out of a training file where a task has no held-out file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.core.problem import ProblemError
from studio.core.words import plural, tr
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
    ask the same question, only equal rows stay together. Rows without an answer are not counted, and stay with those to
    learn from, which tell of them. Raises ProblemError where too few rows are there.
    """
    usable = np.fromiter((bool((row.expected or row.text).strip()) for row in rows), np.bool_, len(rows))
    wanted = rows_wanted(task, int(usable.sum()), asked, of_text=bool(len(rows)) and bool(rows[0].text))
    chosen = _chosen(rows, usable, wanted, _question)
    if not chosen.any():
        chosen = _chosen(rows, usable, wanted, _whole)
    if not chosen.any():
        raise ProblemError.at(
            f"task {task}: evaluate = {asked}",
            tr(
                "none of its {rows} rows can be held out: equal rows are not divided, and too many are equal.",
                rows=len(rows),
            ),
            tr("Remove the duplicates, or name a held-out file."),
        )
    return Chosen(rows, np.flatnonzero(~chosen)), Chosen(rows, np.flatnonzero(chosen))


def rows_wanted(task: str, rows: int, asked: float | int, of_text: bool = False) -> int:
    """How many of `rows` are to be held out; raises ProblemError where that is none or all of them.

    `of_text`: they are documents of running text.
    """
    wanted = round(asked * rows) if isinstance(asked, float) else asked
    if not 0 < wanted < rows:
        if of_text:
            there = plural("there is only one document", "there are {n} documents", rows)
            left = (
                tr("that leaves no document to learn from") if wanted else tr("that leaves no document to be scored on")
            )
        else:
            there = plural("there is only one row", "there are {n} rows", rows)
            left = tr("that leaves no row to learn from") if wanted else tr("that leaves no row to be scored on")
        what = tr("{sentence}.", sentence=tr("{first}; {next}", first=left, next=there))
        remedy = (
            tr("Ask for fewer, add some, or name a held-out file.")
            if wanted
            else tr("Ask for more, add some, or name a held-out file.")
        )
        if of_text:
            remedy = tr("Name a held-out file, or part the text into more documents; in a .txt file, blank lines do.")
        raise ProblemError.at(f"task {task}: evaluate = {asked}", what, remedy)
    return wanted


def _chosen(
    rows: Sequence[Conversation], usable: NDArray[np.bool_], wanted: int, of: Callable[[Conversation], str]
) -> NDArray[np.bool_]:
    """Mark at most `wanted` of the `usable` rows, as many as go without dividing a group of those that are alike in
    `of`: [rows]."""
    chosen = np.zeros(len(rows), np.bool_)
    draws = (_draw(of(row)) for row, counts in zip(rows, usable, strict=True) if counts)
    drawn = np.frombuffer(bytearray().join(draws), np.dtype(">u8")).reshape(-1, 2)
    order = np.lexsort((drawn[:, 1], drawn[:, 0]))
    begins = np.flatnonzero(np.any(np.diff(drawn[order].astype(np.uint64), axis=0) != 0, axis=1)) + 1
    places, left = np.flatnonzero(usable)[order], wanted
    for start, stop in pairwise((0, *begins.tolist(), len(places))):
        if stop - start <= left:
            chosen[places[start:stop]] = True
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
