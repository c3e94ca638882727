"""Questions put to a model, group by group: the loss of the expected answers, the likeliest choices, answers given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.words import mark
from studio.data.batch import collate
from studio.data.questions import Question
from studio.data.tasks import LoadedTasks, Task
from studio.evaluation.choices import (
    Compared,
    Ranked,
    compared,
    likeliest,
    ranked_by_all_tokens,
    ranked_by_one_token,
    verdicts,
)
from studio.evaluation.endings import Endings, ending_log_probs
from studio.evaluation.forward import Forward
from studio.evaluation.grading import Grade, grade, key_of, label_of
from studio.evaluation.progress import Telling
from studio.evaluation.sample import Sample

ROOM = {"json": (1, 8), "number": (2, 32), "answer": (2, 32)}
"""How many times the longest expected answer's tokens, and how many more, a model may take; other metrics (1, 4)."""

Fewer = Callable[[str], int]
"""Told what the allocator said, it returns how many rows to go on with at once, or raises in order to give up."""


@dataclass(slots=True)
class RowScorer:
    """Scores questions of one task after another.

    With `every_choice`, choices are summed token by token even where one token decides between them. At most
    `most_new_tokens` are generated where it is set. Where memory runs out, the rows that are not scored yet go on with
    as many at once as `fewer` says.
    """

    model: Any
    tokenizer: Any
    loaded: LoadedTasks
    rows_at_once: int
    telling: Telling
    every_choice: bool = False
    most_new_tokens: int | None = None
    fewer: Fewer | None = None
    forward: Forward = field(init=False)
    _compared: dict[tuple[tuple[int, ...], ...], Compared] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.forward = Forward(self.model, self.loaded.pad_id, self.rows_at_once)

    def score(self, task: Task, rows: Sequence[int]) -> list[Sample]:
        """What the held-out rows at the places `rows` of a task show."""
        questions = [task.held_out[row] for row in rows]
        self._compared.clear()
        losses, as_expected, ranked = self._losses(questions)
        told = [self._text(answer_ids(question)) for question in questions]
        grades: list[Grade | None] = [None] * len(questions)
        said = [""] * len(questions)
        if any(question.choices for question in questions):
            picked = self._chosen(task.metric, questions, ranked)
            told = [self._text(q.choices[best]) for q, (best, _) in zip(questions, picked, strict=True)]
            grades = [found for _, found in picked]
            said = [q.names[best] for q, (best, _) in zip(questions, picked, strict=True)]
            for question, answer, judged in zip(questions, told, grades, strict=True):
                self._show(task, question, answer, judged)
        elif task.metric != "loss":
            others = [number for number, says_it in enumerate(as_expected) if not says_it]
            for number in set(range(len(questions))).difference(others):
                self._show(task, questions[number], told[number])
            generated = self._generated([questions[number] for number in others], task)
            for number, answer in zip(others, generated, strict=True):
                told[number] = answer
            grades = [grade(task.metric, a, q.expected, q.answer) for q, a in zip(questions, told, strict=True)]
            said = told
        elif self.telling.watched is not None:
            self.telling.watched.read(task.name, len(questions))
        return [
            self._sample(task, row, question, told[number], said[number], grades[number], losses[number].tolist())
            for number, (row, question) in enumerate(zip(rows, questions, strict=True))
        ]

    def _sample(
        self, task: Task, row: int, question: Question, told: str, said: str, judged: Grade | None, loss: list[float]
    ) -> Sample:
        return Sample(
            task=task.name,
            prompt=question.prompt,
            answer=told if judged else "",
            expected=question.expected,
            right=judged.right if judged else None,
            row=row,
            line=question.line,
            loss=loss[0],
            tokens=loss[1],
            also=judged.also if judged else {},
            said=label_of(said),
            wanted=key_of(task.metric, question.expected, question.answer),
        )

    def _losses(self, questions: Sequence[Question]) -> tuple[Tensor, list[bool], dict[int, Ranked]]:
        """What one forward over prompts and expected answers shows.

        Returns the summed loss and the number of predicted tokens of each row, [rows, 2] float64 on the CPU;
        whether each token of its answer, the end included, is the likeliest one after those before it; and by row
        the choices' ranking, where the first token in which they differ tells them all apart.
        """
        found = torch.zeros(len(questions), 2, dtype=torch.float64)
        as_expected = [False] * len(questions)
        ranked: dict[int, Ranked] = {}

        def read(chosen: list[int]) -> None:
            batch = collate([questions[i].row for i in chosen], [0] * len(chosen), self.loaded.pad_id, side="left")
            learned = batch.labels >= 0
            # A row's first token is predicted by none, nor by the padding before it.
            learned &= batch.attention_mask.cumsum(dim=1) > 1
            if not bool(learned.any()):
                return
            kept = batch.input_ids.shape[1] - int(learned.any(dim=0).nonzero()[0])
            log_probs, likeliest_one, logits = self.forward.log_probs(batch.input_ids, batch.attention_mask, kept)
            found[chosen, 0] = -(log_probs * learned[:, -kept:]).sum(dim=1)
            found[chosen, 1] = learned.sum(dim=1).double()
            for row, i in enumerate(chosen):
                answer = answer_ids(questions[i])
                ends = bool(answer) and answer[-1] in self.loaded.stop_ids
                as_expected[i] = ends and bool(likeliest_one[row, kept - len(answer) :].all())
                choices = questions[i].choices
                # A row that was cut may end before its answer does, and then shows nothing.
                if choices and answer == choices[questions[i].right_choice]:
                    told, first = self._told_of(questions[i]), kept - len(answer)
                    begun = float(log_probs[row, first + told.start : first + told.same].sum())
                    if seen := ranked_by_one_token(told, begun, logits[row, first + told.same]):
                        ranked[i] = seen

        self._by_groups(
            mark("Scoring {task}: {done} of {count} held-out rows read"),
            read,
            [len(question.row) for question in questions],
            spans(questions),
        )
        return found, as_expected, ranked

    def _chosen(self, metric: str, questions: Sequence[Question], ranked: dict[int, Ranked]) -> list[tuple[int, Grade]]:
        """The choice that `metric` takes of each question, with its grade.

        Choices are compared from the first token on in which they differ. Where that token tells them all apart,
        the forward over the expected answer has `ranked` them, since it begins as they all do; else, and where every
        choice is asked for, each one's tokens are summed.
        """
        every = self.every_choice or metric in ("acc", "acc_norm")
        missing = [i for i in range(len(questions)) if i not in ranked or (every and not ranked[i].sums)]
        ranked = ranked | self._ranked_by_sums(questions, missing)
        found = []
        for i, question in enumerate(questions):
            told = self._told_of(question)
            best, right = likeliest(metric, ranked[i], told.texts), question.right_choice
            also = verdicts(ranked[i], told.texts, [len(tokens) for tokens in told.own], right)
            if metric in ("acc", "acc_norm"):
                also["choice"] = float(ranked[i].best == right)
            also.pop(metric, None)
            found.append((best, Grade(best == right, also)))
        return found

    def _ranked_by_sums(self, questions: Sequence[Question], missing: Sequence[int]) -> dict[int, Ranked]:
        """The rankings of the questions at `missing` by all of their choices' tokens."""
        told = [self._told_of(questions[i]) for i in missing]
        rows = [_endings(questions[i], each) for i, each in zip(missing, told, strict=True)]
        lengths = [len(row.beginning) + max(len(ending) for ending in row.endings) for row in rows]
        spans = [sum(len(ending) for ending in row.endings) for row in rows]
        found: dict[int, Ranked] = {}

        def compare(chosen: list[int]) -> None:
            log_probs = ending_log_probs(self.forward, [rows[number] for number in chosen])
            for number, each in zip(chosen, log_probs, strict=True):
                found[missing[number]] = ranked_by_all_tokens(told[number], each)

        self._by_groups(mark("Scoring {task}: {done} of {count} choices compared"), compare, lengths, spans)
        return found

    def _told_of(self, question: Question) -> Compared:
        """What counts of a question's choices; the same choices are looked at once in a task's rows."""
        if question.choices not in self._compared:
            found = compared(question.choices, question.names, self.loaded.stop_ids, self._text)
            self._compared[question.choices] = found
        return self._compared[question.choices]

    def _show(self, task: Task, question: Question, answer: str, judged: Grade | None = None) -> None:
        """Show whoever watches that a row was answered."""
        if self.telling.watched is not None:
            judged = judged or grade(task.metric, answer, question.expected, question.answer)
            self.telling.watched.answered(_beginning(task, question, answer, judged.right))

    def _generated(self, questions: Sequence[Question], task: Task) -> list[str]:
        """The model's own answers, greedily; rows with answers of similar length go together.

        A row has the room that its own answer gives it, whatever rows it goes with.
        """
        told = [""] * len(questions)
        times, more = ROOM.get(task.metric, (1, 4))
        room = [times * len(answer_ids(question)) + more for question in questions]

        def answer(chosen: list[int]) -> None:
            ids, mask = self.forward.left_padded([questions[i].prompt_ids for i in chosen])
            longest = max(chosen, key=lambda i: room[i])

            def seen(tokens: Tensor) -> None:
                watched = self.telling.watched
                if watched is not None and watched.is_due():
                    begun = self._text(tokens[chosen.index(longest), ids.shape[1] :].tolist())
                    watched.answering(_beginning(task, questions[longest], begun, None))

            output = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._greedy(room[longest]),
                stopping_criteria=at_each_token(self.telling.token, seen),
            )
            for i, row in zip(chosen, output[:, ids.shape[1] :].tolist(), strict=True):
                told[i] = self._text(row[: room[i]])
                self._show(task, questions[i], told[i])

        lengths = [len(question.row) for question in questions]
        self._by_groups(
            mark("Scoring {task}: {done} of {count} answers given"), answer, lengths, [1] * len(questions), room
        )
        return told

    def _by_groups(
        self,
        what: str,
        work: Callable[[list[int]], None],
        lengths: Sequence[int],
        logits: Sequence[int],
        order_by: Sequence[int] | None = None,
    ) -> None:
        """Do `work` with groups of all rows, as `Forward.groups` makes them.

        Where memory runs out, those that are done stay done, and the others go on in smaller groups.
        """
        left = list(range(len(lengths)))
        while left:
            sizes = ([each[i] for i in left] for each in (lengths, logits, order_by or lengths))
            groups = self.telling.groups(self.forward.groups(*sizes), len(lengths), what, len(lengths) - len(left))
            done: set[int] = set()
            trouble = ""
            for group in groups:
                chosen = [left[number] for number in group]
                if trouble := self._too_little_memory(work, chosen):
                    break
                done.update(chosen)
            left = [i for i in left if i not in done]
            # By now the failed group's tensors are no longer held by its traceback.
            if trouble and self.fewer:
                self.forward = replace(self.forward, rows_at_once=self.fewer(trouble))

    def _too_little_memory(self, work: Callable[[list[int]], None], chosen: list[int]) -> str:
        """Do `work`; what the allocator said where that took too much memory and fewer rows may be tried, else ""."""
        try:
            work(chosen)
        except (RuntimeError, MemoryError) as error:
            if self.fewer is None or not is_out_of_memory(error):
                raise
            return trouble_of(error)
        return ""

    def _greedy(self, new_tokens: int) -> Any:
        from transformers import GenerationConfig

        return GenerationConfig(
            max_new_tokens=min(new_tokens, self.most_new_tokens or new_tokens),
            do_sample=False,
            num_beams=1,
            use_cache=True,
            eos_token_id=sorted(self.loaded.stop_ids) or None,
            pad_token_id=self.loaded.pad_id,
        )

    def _text(self, ids: Sequence[int]) -> str:
        """Tokens up to the end of the turn, as text."""
        end = next((place for place, token in enumerate(ids) if token in self.loaded.stop_ids), len(ids))
        return str(self.tokenizer.decode(list(ids[:end]), skip_special_tokens=True))

    def widest_group(self, questions: Sequence[Question]) -> list[int]:
        """The first group of questions, which is the widest."""
        groups: Iterator[list[int]] = self.forward.groups([len(each.row) for each in questions], spans(questions))
        return next(groups)


def _beginning(task: Task, question: Question, answer: str, right: bool | None) -> Sample:
    """A row as it is shown before all of its task's rows are scored."""
    return Sample(task.name, question.prompt, answer, question.expected, right, line=question.line)


def at_each_token(between: Callable[[], None] | None, seen: Callable[[Tensor], None] | None = None) -> Any:
    """What `generate` takes to call `between` after each token, and `seen` with all tokens so far [rows, tokens].

    It never stops the generating by itself.
    """
    from transformers import StoppingCriteria, StoppingCriteriaList

    class Between(StoppingCriteria):
        def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: Any) -> Tensor:
            if between:
                between()
            if seen:
                seen(input_ids)
            return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

    return StoppingCriteriaList([Between()])


def spans(questions: Sequence[Question]) -> list[int]:
    """How many of each row's last tokens begin with the first that is learned."""
    return [len(question.row) - int(question.row.learned.argmax()) for question in questions]


def answer_ids(question: Question) -> tuple[int, ...]:
    """The expected answer's tokens with its end."""
    return tuple(int(token) for token in question.row.input_ids[len(question.prompt_ids) :])


def _endings(question: Question, told: Compared) -> Endings:
    """A question's choices from their first token that counts, after what stands before it."""
    beginning = question.prompt_ids + question.choices[0][: told.start]
    return Endings(beginning, tuple(each[told.start :] for each in question.choices))
