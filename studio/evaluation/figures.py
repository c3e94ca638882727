"""Scores from rows: means with their errors, F1 over labels, and the majority's and the base's score beside them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from studio.core.run.events import AgainstBase, Figure, TaskScore
from studio.evaluation.sample import Sample


@dataclass(frozen=True, slots=True)
class RowFigures:
    """A row as another model scored it: what its answer is worth (None where the metric is the loss), and its loss."""

    value: float | None
    loss: float


def rows_of(samples: Sequence[Sample]) -> dict[int, RowFigures]:
    """What pairing needs of an evaluation: each row's figures by its place."""
    return {each.row: RowFigures(None if each.right is None else float(each.right), each.loss) for each in samples}


def score_of(
    metric: str,
    samples: Sequence[Sample],
    of_rows: int | None = None,
    base: Mapping[int, RowFigures] | None = None,
    steady: Collection[int] | None = None,
) -> TaskScore:
    """One task's score from its rows, `of_rows` in all.

    `base` are the same task's rows as the base model scored them; `steady` the places of the rows that evaluations
    during training use.
    """
    loss, loss_error = _ratio([each.loss for each in samples], [each.tokens for each in samples])
    value, stderr = (loss, loss_error) if metric == "loss" else _share([bool(each.right) for each in samples])
    also = {name: _mean([each.also[name] for each in samples]) for name in _in_all(samples)}
    if metric == "label":
        also["macro_f1"] = macro_f1([(each.wanted, each.said) for each in samples])
    kept = [each for each in samples if steady is not None and each.row in steady]
    part = score_of(metric, kept) if kept and len(kept) < len(samples) else None
    return TaskScore(
        metric=metric,
        value=value,
        stderr=stderr,
        rows=len(samples),
        loss=loss,
        of_rows=of_rows,
        also=also,
        majority=None if metric == "loss" else _majority(samples),
        base=_against(metric, samples, base) if base else None,
        steady=part.value if part else None,
        steady_loss=part.loss if part else None,
    )


def macro_f1(pairs: Sequence[tuple[str, str]]) -> Figure:
    """The mean over all labels that were wanted of each one's F1, from (wanted, said) pairs; its error by jackknife."""
    counted, count = Counter(pairs), len(pairs)
    wanted = Counter(label for label, _ in pairs)
    said = Counter(answer for _, answer in pairs)
    f1 = {label: _f1(counted[label, label], times, said[label]) for label, times in wanted.items()}
    total = math.fsum(f1.values())
    whole = total / len(f1) if f1 else 0.0
    if count < 2:
        return Figure(value=whole, stderr=0.0)

    def without(label: str, answer: str) -> float:
        """The figure of all rows but one: only the label that it wanted and the one that it said change."""
        right = label == answer
        changed = total - f1[label]
        if wanted[label] > 1:
            changed += _f1(counted[label, label] - right, wanted[label] - 1, said[label] - right)
        if answer in f1 and not right:
            changed += _f1(counted[answer, answer], wanted[answer], said[answer] - 1) - f1[answer]
        return changed / (len(f1) - (wanted[label] == 1))

    # Rows with the same pair leave the same figure behind, so each kind of pair is left out once.
    left = [(without(*pair), times) for pair, times in counted.items()]
    mean = sum(value * times for value, times in left) / count
    spread = sum(times * (value - mean) ** 2 for value, times in left)
    return Figure(value=whole, stderr=math.sqrt(spread * (count - 1) / count))


def _f1(right: int, wanted: int, said: int) -> float:
    return 2 * right / (wanted + said)


def _against(metric: str, samples: Sequence[Sample], base: Mapping[int, RowFigures]) -> AgainstBase | None:
    both = [(each, base[each.row]) for each in samples if each.row in base]
    if metric != "loss":
        both = [(each, other) for each, other in both if other.value is not None]
    if not both:
        return None
    count = len(both)
    if metric == "loss":
        tokens = [each.tokens for each, _ in both]
        value, stderr = _ratio([other.loss for _, other in both], tokens)
        difference, error = _ratio([each.loss - other.loss for each, other in both], tokens)
    else:
        values = [other.value or 0.0 for _, other in both]
        value, stderr = _share([value == 1 for value in values])
        more = _mean([float(bool(each.right)) - value for (each, _), value in zip(both, values, strict=True)])
        difference, error = more.value, more.stderr
    return AgainstBase(rows=count, value=value, stderr=stderr, difference=difference, difference_stderr=error)


def _share(rights: Sequence[bool]) -> tuple[float, float]:
    value = sum(rights) / len(rights)
    return value, math.sqrt(value * (1 - value) / len(rights))


def _mean(values: Sequence[float]) -> Figure:
    mean = sum(values) / len(values)
    spread = sum((value - mean) ** 2 for value in values)
    return Figure(value=mean, stderr=math.sqrt(spread) / len(values))


def _ratio(sums: Sequence[float], tokens: Sequence[float]) -> tuple[float, float]:
    """The mean over all tokens, with the error of a ratio: rows differ in their number of tokens."""
    total, count = max(1.0, sum(tokens)), len(sums)
    mean = sum(sums) / total
    spread = sum((each - mean * own) ** 2 for each, own in zip(sums, tokens, strict=True))
    return mean, math.sqrt(spread * count / max(1, count - 1)) / total


def _majority(samples: Sequence[Sample]) -> float:
    return max(Counter(each.wanted for each in samples).values()) / len(samples)


def _in_all(samples: Sequence[Sample]) -> list[str]:
    """The names of the verdicts that every row has: a mean over some would be of other rows than the score."""
    return [name for name in samples[0].also if all(name in each.also for each in samples)]
