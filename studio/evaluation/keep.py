"""What is kept of an evaluation's answers: some in full, for reading, and every row's figures, for pairing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from studio.core.run.events import AnswersKept, KeptAnswer
from studio.evaluation.figures import RowFigures
from studio.evaluation.sample import Sample

MOST_PAIRED = 20_000  # rows whose figures are kept
MOST_CHARACTERS = 600  # of each text of an answer
WRONG_SHARE = 0.6  # of the answers kept in full, where there are so many wrong ones


def answers_kept(
    step: int, when: Literal["before", "during", "after"], task: str, samples: Sequence[Sample], most: int
) -> AnswersKept:
    """The event that keeps a task's `samples`, at most `most` of them in full."""
    paired = samples[:MOST_PAIRED]
    judged = all(each.right is not None for each in paired)
    return AnswersKept(
        step=step,
        when=when,
        task=task,
        rows=tuple(each.row for each in paired),
        values=tuple(float(bool(each.right)) for each in paired) if judged else (),
        losses=tuple(round(each.loss, 6) for each in paired),
        answers=tuple(
            KeptAnswer(
                row=each.row,
                line=each.line,
                prompt=_beginning(each.prompt),
                answer=_beginning(each.answer),
                expected=_beginning(each.expected),
                right=each.right,
            )
            for each in some_of(samples, most)
        ),
    )


def some_of(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most `most` samples in their order, wrong ones before right ones, each kind spread over all of its own."""
    if len(samples) <= most:
        return list(samples)
    wrong = [each for each in samples if each.right is False]
    others = [each for each in samples if each.right is not False]
    wrongs = max(min(len(wrong), round(WRONG_SHARE * most)), most - len(others))
    chosen = [*_spread(wrong, wrongs), *_spread(others, most - wrongs)]
    return sorted(chosen, key=lambda each: each.row)


def base_rows(events: Iterable[AnswersKept]) -> dict[str, dict[int, RowFigures]]:
    """What the base model showed, by task and row, from the answers that were kept before training."""
    found: dict[str, dict[int, RowFigures]] = {}
    for event in events:
        values: Sequence[float | None] = event.values or [None] * len(event.rows)
        if event.when == "before" and len(event.rows) == len(values) == len(event.losses):
            figures = (RowFigures(value, loss) for value, loss in zip(values, event.losses, strict=True))
            found[event.task] = dict(zip(event.rows, figures, strict=True))
    return found


def _spread(samples: Sequence[Sample], count: int) -> list[Sample]:
    return [samples[number * len(samples) // count] for number in range(count)]


def _beginning(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
