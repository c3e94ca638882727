"""Of an evaluation some answers are kept in full, wrong ones first, and every row's figures for pairing."""

from __future__ import annotations

from studio.core.run.events import AnswersKept
from studio.evaluation.figures import RowFigures
from studio.evaluation.keep import MOST_CHARACTERS, answers_kept, base_rows, some_of
from studio.evaluation.sample import Sample


def samples(rights: list[bool | None], text: str = "?") -> list[Sample]:
    return [
        Sample("t", text, "a", "e", right, row=2 * row, line=row + 1, loss=row / 3, tokens=1.0)
        for row, right in enumerate(rights)
    ]


def test_that_wrong_answers_come_first_and_both_kinds_are_spread() -> None:
    chosen = some_of(samples([row % 4 == 0 for row in range(100)]), 10)
    rights = [each.right for each in chosen]
    assert (rights.count(False), rights.count(True)) == (6, 4)
    assert [each.row for each in chosen] == sorted(each.row for each in chosen)
    assert chosen[-1].row > 120
    few = some_of(samples([row != 7 for row in range(100)]), 10)
    assert [each.right for each in few].count(False) == 1
    assert len(few) == 10
    assert len(some_of(samples([False] * 50), 10)) == 10
    assert len(some_of(samples([None] * 50), 10)) == 10
    assert len(some_of(samples([True] * 3), 10)) == 3


def test_that_rows_figures_are_read_back_from_what_was_kept_before_training() -> None:
    first = answers_kept(0, "before", "t", samples([True, False]), 1)
    later = answers_kept(9, "during", "t", samples([True, True]), 1)
    read = [AnswersKept.model_validate_json(each.model_dump_json()) for each in (first, later)]
    assert base_rows(read) == {"t": {0: RowFigures(1.0, 0.0), 2: RowFigures(0.0, 0.333333)}}
    losses = answers_kept(0, "before", "t", samples([None, None]), 1)
    assert base_rows([losses])["t"][2].value is None


def test_that_long_texts_are_cut() -> None:
    (answer,) = answers_kept(0, "before", "t", samples([True], "x" * 10_000), 5).answers
    assert len(answer.prompt) == MOST_CHARACTERS
    assert answer.prompt.endswith("…")
