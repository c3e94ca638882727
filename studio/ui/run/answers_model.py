"""The answers of the newest evaluations, row by row, with what the base model said of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from studio.core.foreign.visible_text import visible
from studio.core.run.events import AnswersKept, KeptAnswer
from studio.core.words import mark, tr
from studio.ui.controls.graded_table import GradedTable


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row's newest answer; `base` is the answer before training where it was kept, `step` when it was given."""

    task: str
    step: int
    answer: KeptAnswer
    base: KeptAnswer | None = None
    base_was_right: bool | None = None

    @property
    def right(self) -> bool | None:
        return self.answer.right


CHOSEN: dict[str, Callable[[AnswerRow], bool]] = {
    mark("All answers"): lambda row: True,
    mark("Wrong"): lambda row: row.answer.right is False,
    mark("Right"): lambda row: row.answer.right is True,
    mark("Right, and wrong before"): lambda row: row.answer.right is True and row.base_was_right is False,
    mark("Wrong, and right before"): lambda row: row.answer.right is False and row.base_was_right is True,
}
"""Which answers are shown, by the words of the choice."""


def answer_rows(answers: Mapping[str, Sequence[AnswersKept]]) -> list[AnswerRow]:
    """Each task's answers of its newest evaluation, beside those of its first."""
    found = []
    for task, kept in answers.items():
        newest, first = kept[-1], kept[0]
        before = {each.row: each for each in first.answers} if first.when == "before" and first is not newest else {}
        right = dict(zip(first.rows, first.values, strict=False)) if before else {}
        for each in newest.answers:
            value = right.get(each.row)
            base_was_right = None if value is None else value == 1
            found.append(AnswerRow(task, newest.step, each, before.get(each.row), base_was_right))
    return found


class AnswersModel(GradedTable[AnswerRow]):
    """Frozen AnswerRows, of which those of one task and one kind are shown."""

    columns = ("", mark("Task"), mark("Question"), mark("Answer"), mark("Expected"))

    def __init__(self) -> None:
        super().__init__()
        self._chosen = ("", "All answers")

    @property
    def count(self) -> int:
        """All answers that were kept, shown or not."""
        return len(self.all_rows)

    def choose(self, task: str, kind: str) -> None:
        """Show the answers of one task, or of all with "", and of one kind of `CHOSEN`."""
        if (task, kind) != self._chosen:
            self._chosen = (task, kind)
            self._choose()

    def _is_chosen(self, row: AnswerRow) -> bool:
        task, kind = self._chosen
        return task in ("", row.task) and CHOSEN[kind](row)

    def _texts(self, row: AnswerRow) -> tuple[str, ...]:
        return row.answer.prompt, row.answer.answer, row.answer.expected


def whole(row: AnswerRow) -> str:
    """A row in full, as far as it was kept."""
    answer = row.answer
    verdict = {True: tr("right"), False: tr("wrong"), None: tr("not judged")}[answer.right]
    parts = [
        tr(
            "{task}, row at {line}, after step {step}: {verdict}",
            task=row.task,
            line=answer.line,
            step=row.step,
            verdict=verdict,
        ),
        tr("Question\n{prompt}", prompt=answer.prompt),
    ]
    parts += [tr("Answer\n{answer}", answer=answer.answer)] if answer.right is not None else []
    parts += [tr("Expected\n{expected}", expected=answer.expected)] if answer.expected else []
    if row.base is not None and answer.right is not None:
        parts.append(tr("Before training\n{answer}", answer=row.base.answer))
    elif row.base_was_right is not None:
        was_right = row.base_was_right
        parts.append(tr("Before training it was right.") if was_right else tr("Before training it was wrong."))
    return visible("\n\n".join(parts))
