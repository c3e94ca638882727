"""A score's error, the majority's score and the difference to the base are what statistics say they are."""

from __future__ import annotations

import math
import random
import statistics
import time

import pytest

from studio.evaluation.figures import RowFigures, macro_f1, rows_of, score_of
from studio.evaluation.sample import Sample


def judged(rights: list[bool], wanted: str = "abab", first: int = 0) -> list[Sample]:
    return [
        Sample("t", "?", "x", "x", right, row=first + row, loss=2.0 + row, tokens=2.0, wanted=wanted[row % len(wanted)])
        for row, right in enumerate(rights)
    ]


def test_that_a_share_has_its_error_and_the_majoritys_score_beside_it() -> None:
    score = score_of("exact-match", judged([True, True, False, True], wanted="aaab"), of_rows=9)
    assert (score.value, score.rows, score.of_rows, score.majority) == (0.75, 4, 9, 0.75)
    assert score.stderr == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
    assert score.loss == pytest.approx((2 + 3 + 4 + 5) / 8)
    assert score.base is None
    assert score.steady is None


def test_that_the_difference_to_the_base_is_paired_row_by_row() -> None:
    rights = [True, True, True, False, True, False]
    base = dict(enumerate([True, False, False, False, True, True]))
    figures = {row: RowFigures(float(right), 1.0) for row, right in base.items()}
    against = score_of("choice", judged(rights), base=figures).base
    assert against is not None
    differences = [float(right) - base[row] for row, right in enumerate(rights)]
    assert (against.rows, against.value) == (6, 0.5)
    assert against.difference == pytest.approx(statistics.mean(differences))
    assert against.difference_stderr == pytest.approx(statistics.pstdev(differences) / math.sqrt(6))


def test_that_the_base_is_compared_on_the_rows_that_both_have() -> None:
    base = rows_of(judged([False, False]))
    score = score_of("choice", judged([True, True, False]), base=base)
    assert score.base is not None
    assert (score.rows, score.base.rows, score.base.difference) == (3, 2, 1.0)
    assert score_of("choice", judged([True], first=7), base=base).base is None


def test_that_losses_are_compared_token_by_token() -> None:
    rows = [Sample("t", "?", "", "x", None, row=row, loss=loss, tokens=tokens) for row, loss, tokens in LOSSES]
    base = {row: RowFigures(None, loss + tokens) for row, loss, tokens in LOSSES}
    score = score_of("loss", rows, base=base)
    assert score.base is not None
    assert score.base.difference == pytest.approx(-1.0)
    assert score.base.difference_stderr == pytest.approx(0.0)
    assert score.base.value == pytest.approx(score.value + 1)
    assert score.majority is None


LOSSES = [(0, 1.0, 2.0), (1, 6.0, 3.0), (2, 2.0, 8.0)]


def test_that_the_rows_of_evaluations_during_training_are_told_apart() -> None:
    score = score_of("exact-match", judged([True, False, False, False]), steady={0, 1})
    assert (score.value, score.steady) == (0.25, 0.5)
    assert score.steady_loss == pytest.approx(5 / 4)
    assert score_of("exact-match", judged([True, False]), steady={0, 1}).steady is None


def macro_f1_by_hand(some: list[tuple[str, str]]) -> float:
    scores = []
    for label in {wanted for wanted, _ in some}:
        right = sum(pair == (label, label) for pair in some)
        wanted, said = sum(w == label for w, _ in some), sum(s == label for _, s in some)
        scores.append(2 * right / (wanted + said))
    return statistics.mean(scores)


@pytest.mark.parametrize(("wanted", "said"), [("abc", "abbd"), ("aaaaaaaaaabcdefg", "abz"), ("ab", "ba")])
def test_that_macro_f1_is_the_mean_over_labels_with_its_jackknife_error(wanted: str, said: str) -> None:
    dice = random.Random(3)
    pairs = [(dice.choice(wanted), dice.choice(said)) for _ in range(40)]
    found = macro_f1(pairs)
    assert found.value == pytest.approx(macro_f1_by_hand(pairs))
    without = [macro_f1_by_hand(pairs[:row] + pairs[row + 1 :]) for row in range(len(pairs))]
    assert found.stderr == pytest.approx(math.sqrt((len(pairs) - 1) * statistics.pvariance(without)))


def test_that_many_different_labels_do_not_make_macro_f1_slow() -> None:
    pairs = [(f"label {row}", f"label {row + row % 2}") for row in range(6000)]
    began = time.process_time()
    assert macro_f1(pairs).stderr > 0
    assert time.process_time() - began < 2, "each kind of pair is left out without counting all others again"


def test_that_labels_have_their_f1_and_fields_their_mean() -> None:
    labels = [
        Sample("t", "?", "", "", right, row=row, said="a", wanted="ab"[row % 2])
        for row, right in enumerate((True, False))
    ]
    assert score_of("label", labels).also["macro_f1"].value == pytest.approx(1 / 3)
    fields = [Sample("t", "?", "", "", False, row=row, also={"fields": share}) for row, share in enumerate((0.5, 1.0))]
    assert score_of("json", fields).also["fields"].value == 0.75
    assert score_of("json", [*fields, *judged([True], first=2)]).also == {}
