"""What many conversations became, held flat: arrays for all rows, and what there is to tell of some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.data.row_maker import Made


@dataclass(frozen=True, slots=True)
class MadeRows:
    """The rows of several conversations, one after another.

    ids: [tokens] int32. learned: [tokens] bool. lengths: [rows] int64, the tokens of each row. counts: [conversations]
    int64, the rows of each. `told` has, by its place, each conversation that did not simply become one row, without
    rows and texts; the rows of one that the chat template refused are not here.
    """

    ids: NDArray[np.int32]
    learned: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    counts: NDArray[np.int64]
    told: dict[int, Made]

    @staticmethod
    def of(made: Sequence[Made]) -> MadeRows:
        """Lay the rows of `made` end to end."""
        rows = [row for one in made if one.refused is None for row in one.rows]
        return MadeRows(
            np.concatenate([row.input_ids for row in rows]) if rows else np.zeros(0, np.int32),
            np.concatenate([row.learned for row in rows]) if rows else np.zeros(0, np.bool_),
            np.fromiter(map(len, rows), np.int64, len(rows)),
            np.fromiter((0 if one.refused else len(one.rows) for one in made), np.int64, len(made)),
            {place: replace(one, rows=[], texts=[]) for place, one in enumerate(made) if not _is_plain(one)},
        )


def _is_plain(made: Made) -> bool:
    """Whether there is nothing to tell of a conversation but its one row."""
    return (
        len(made.rows) == 1
        and len(made.lengths) == 1
        and made.lengths[0] == len(made.rows[0])
        and not (made.notes or made.lost or made.lost_answer or made.left_out or made.refused)
    )
