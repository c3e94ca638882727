"""Every task scored on its held-out rows, by answers that the model itself gives; training is left undisturbed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.core.at_once import LOGITS_AT_ONCE, ROWS_AT_ONCE, TOKENS_A_ROW
from studio.core.run.events import TaskScore
from studio.data.batch import collate
from studio.data.questions import Question
from studio.data.tasks import LoadedTasks, Task
from studio.evaluation.grading import is_right

TOLD = 20
"""At most this many progress sentences are sent for one task."""

Progress = Callable[[str], None]
Counted = Callable[[str, int, int], None]
"""Receives a sentence, and how many of how many rows are done."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One held-out prompt with the model's answer and the expected one; `right` is None where nothing is judged."""

    task: str
    prompt: str
    answer: str
    expected: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Each task's score by its name, every row's answer in the file's order, and the seconds that it took."""

    tasks: dict[str, TaskScore]
    answers: dict[str, tuple[Sample, ...]]
    seconds: float

    def samples(self, per_task: int = 1) -> list[Sample]:
        """The first answers of each task, for showing."""
        return [sample for answers in self.answers.values() for sample in answers[:per_task]]


def evaluate(
    model: Any,
    tokenizer: Any,
    loaded: LoadedTasks,
    *,
    every_row: bool = False,
    rows_at_once: int = ROWS_AT_ONCE,
    progress: Progress | None = None,
    counted: Counted | None = None,
    between: Callable[[], None] | None = None,
) -> Evaluation:
    """Score `model` on each task's held-out rows: `evaluate_rows` of them, or all with `every_row`.

    `progress` receives a sentence when a task begins; `counted`, or else `progress`, how far it is.
    A task without held-out rows is not in the result. Answers are greedy: where every token of the expected answer
    is the likeliest one, the model answers just that, which its loss has shown already; the other answers are
    generated with a cache and cut off a little beyond the longest expected answer of their group. Choices are
    compared by likelihood. `between` is called before each group of rows and each generated token, and may raise in
    order to leave. At most `rows_at_once` rows of some 64 tokens go together; lower it where memory is scarce.
    Dropout is off meanwhile; the modules' modes are restored one by one and no random number is drawn, so
    training continues as if nothing had happened.
    """
    started = time.perf_counter()
    scores: dict[str, TaskScore] = {}
    answers: dict[str, tuple[Sample, ...]] = {}
    with _undisturbed(model):
        scorer = _Scorer(model, tokenizer, loaded, rows_at_once, progress=progress, counted=counted, between=between)
        for task in loaded.tasks:
            questions = task.scored(None if every_row else task.evaluate_rows)
            if not questions:
                continue
            if progress:
                progress(f"Scoring {task.name} on {len(questions)} held-out rows")
            scores[task.name], answers[task.name] = scorer.score(task, questions)
    return Evaluation(scores, answers, time.perf_counter() - started)


def evaluate_largest(model: Any, tokenizer: Any, loaded: LoadedTasks, rows_at_once: int = ROWS_AT_ONCE) -> int:
    """Score one group, the widest that `evaluate` will come to, and return its rows; 0 where nothing is held out.

    What it takes is what an evaluation takes at its most, but for the last tokens of a long answer: two are generated.
    """
    with _undisturbed(model):
        scorer = _Scorer(model, tokenizer, loaded, rows_at_once, most_new_tokens=2)
        widest: tuple[int, Task, list[Question]] | None = None
        for task in loaded.tasks:
            questions = task.scored(task.evaluate_rows)
            if not questions:
                continue
            lengths = [len(question.row) for question in questions]
            group = next(scorer._batches(lengths, _spans(questions)))
            tokens = len(group) * max(lengths[i] for i in group)
            if widest is None or tokens > widest[0]:
                widest = tokens, task, [questions[i] for i in group]
        if widest is None:
            return 0
        scorer.score(widest[1], widest[2])
        return len(widest[2])


@contextmanager
def _undisturbed(model: Any) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


@dataclass(slots=True)
class _Scorer:
    model: Any
    tokenizer: Any
    loaded: LoadedTasks
    rows_at_once: int
    most_new_tokens: int | None = None
    progress: Progress | None = None
    counted: Counted | None = None
    between: Callable[[], None] | None = None
    task: str = ""
    device: torch.device = field(init=False)
    _at: tuple[str, int, int] = ("", 0, 0)  # how far it is, while a group is under way
    _tokens: int = 0

    def __post_init__(self) -> None:
        self.device = next(self.model.parameters()).device

    def score(self, task: Task, questions: Sequence[Question]) -> tuple[TaskScore, tuple[Sample, ...]]:
        self.task = task.name
        losses, as_expected, ranked = self._losses(questions)
        tokens = max(1.0, float(losses[:, 1].sum()))
        loss = float(losses[:, 0].sum()) / tokens
        count = len(questions)
        if task.metric == "loss":
            # The error of a ratio: rows differ in their number of tokens.
            spread = float(((losses[:, 0] - loss * losses[:, 1]) ** 2).sum())
            error = math.sqrt(spread * count / max(1, count - 1)) / tokens
            score = TaskScore(metric="loss", value=loss, stderr=error, rows=count, loss=loss)
            return score, tuple(Sample(task.name, q.prompt, "", q.expected, None) for q in questions)
        if task.metric == "choice":
            chosen = self._chosen(questions, ranked)
            told = [self._text(question.choices[best]) for question, best in zip(questions, chosen, strict=True)]
            right = [best == question.right_choice for question, best in zip(questions, chosen, strict=True)]
        else:
            told = [self._text(_answer_ids(question)) for question in questions]
            others = [number for number, says_it in enumerate(as_expected) if not says_it]
            generated = self._generated([questions[number] for number in others], task.metric)
            for number, answer in zip(others, generated, strict=True):
                told[number] = answer
            right = [is_right(task.metric, answer, q.expected) for q, answer in zip(questions, told, strict=True)]
        value = sum(right) / count
        score = TaskScore(
            metric=task.metric, value=value, stderr=math.sqrt(value * (1 - value) / count), rows=count, loss=loss
        )
        samples = tuple(
            Sample(task.name, question.prompt, answer, question.expected, verdict)
            for question, answer, verdict in zip(questions, told, right, strict=True)
        )
        return score, samples

    def _losses(self, questions: Sequence[Question]) -> tuple[Tensor, list[bool], dict[int, int]]:
        """What one forward over prompts and expected answers shows.

        Returns the summed loss and the number of predicted tokens of each row, [rows, 2] float64 on the CPU;
        whether each token of its answer, the end included, is the likeliest one after those before it; and by row
        the likeliest choice, where the first token in which choices differ tells them all apart.
        """
        found = torch.zeros(len(questions), 2, dtype=torch.float64)
        as_expected = [False] * len(questions)
        ranked: dict[int, int] = {}
        groups = self._batches([len(question.row) for question in questions], _spans(questions))
        for chosen in self._telling(groups, len(questions), "held-out rows read"):
            batch = collate([questions[i].row for i in chosen], [0] * len(chosen), self.loaded.pad_id, side="left")
            learned = batch.labels >= 0
            # A row's first token is predicted by none, nor by the padding before it.
            learned &= batch.attention_mask.cumsum(dim=1) > 1
            if not bool(learned.any()):
                continue
            kept = batch.input_ids.shape[1] - int(learned.any(dim=0).nonzero()[0])
            log_probs, likeliest, logits = self._log_probs(batch.input_ids, batch.attention_mask, kept)
            found[chosen, 0] = -(log_probs * learned[:, -kept:]).sum(dim=1)
            found[chosen, 1] = learned.sum(dim=1).double()
            for row, i in enumerate(chosen):
                answer = _answer_ids(questions[i])
                ends = bool(answer) and answer[-1] in self.loaded.stop_ids
                as_expected[i] = ends and bool(likeliest[row, kept - len(answer) :].all())
                choices = questions[i].choices
                # A row that was cut may end before its answer does, and then shows nothing.
                if choices and answer == choices[questions[i].right_choice] and (tokens := telling_tokens(choices)):
                    column = kept - len(answer) + common_start(choices)
                    ranked[i] = int(logits[row, column, list(tokens)].argmax())
        return found, as_expected, ranked

    def _log_probs(self, input_ids: Tensor, attention_mask: Tensor, kept: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of each of the last `kept` tokens given those before it, [rows, kept] on the CPU.

        Its log-probability, float64; whether no other token was likelier; and all tokens' logits, float32
        [rows, kept, vocabulary] on the model's device.
        """
        output = self.model(
            input_ids=input_ids.to(self.device),
            attention_mask=attention_mask.to(self.device),
            position_ids=_positions(attention_mask).to(self.device),
            use_cache=False,
            logits_to_keep=kept + 1,
        )
        logits = output.logits[:, -(kept + 1) : -1].float()
        targets = input_ids[:, -kept:].to(self.device)
        log_probs = logits.gather(2, targets[:, :, None])[:, :, 0] - logits.logsumexp(dim=2)
        return log_probs.double().cpu(), (logits.argmax(dim=2) == targets).cpu(), logits

    def _chosen(self, questions: Sequence[Question], ranked: dict[int, int]) -> list[int]:
        """The index of the most likely of each question's choices.

        Choices are compared from the first token on in which they differ. Where that token tells them all apart,
        the forward over the expected answer has `ranked` them, since it begins as they all do; else each choice's
        remaining tokens are summed.
        """
        return [
            ranked[number] if number in ranked else self._best_sum(question)
            for number, question in enumerate(questions)
        ]

    def _best_sum(self, question: Question) -> int:
        """The choice whose tokens, after those that all begin with, have the highest summed log-probability.

        Where the first of them tells all choices apart, it alone counts.
        """
        common = common_start(question.choices)
        choices = [choice[: common + 1] for choice in question.choices]
        if not telling_tokens(question.choices):
            choices = list(question.choices)
        ids, mask = self._left_padded([question.prompt_ids + choice for choice in choices])
        lengths = [len(choice) - common for choice in choices]
        log_probs, _, _ = self._log_probs(ids, mask, max(lengths))
        sums = [float(row[len(row) - length :].sum()) for row, length in zip(log_probs, lengths, strict=True)]
        return max(range(len(sums)), key=sums.__getitem__)

    def _generated(self, questions: Sequence[Question], metric: str) -> list[str]:
        """The model's own answers, greedily; rows with answers of similar length go together."""
        told = [""] * len(questions)
        answers = [len(_answer_ids(question)) for question in questions]
        groups = self._batches([len(question.row) for question in questions], [1] * len(questions), answers)
        for chosen in self._telling(groups, len(questions), "answers given"):
            longest = max(answers[i] for i in chosen)
            ids, mask = self._left_padded([questions[i].prompt_ids for i in chosen])
            self._tokens = 0
            output = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._greedy(longest + (8 if metric == "json" else 4)),
                stopping_criteria=at_each_token(self._each_token),
            )
            for i, row in zip(chosen, output[:, ids.shape[1] :].tolist(), strict=True):
                told[i] = self._text(row)
        return told

    def _each_token(self) -> None:
        self._tokens += 1
        if self.between:
            self.between()
        if self.counted:
            sentence, done, count = self._at
            self.counted(f"{sentence}, at token {self._tokens}", done, count)

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

    def _telling(self, groups: Iterator[list[int]], count: int, what: str) -> Iterator[list[int]]:
        """The groups, with a sentence on the rows that are done, and a way out, between them."""
        done, told, every = 0, 0, max(1, count // TOLD)
        for group in groups:
            if self.between:
                self.between()
            self._at = (f"Scoring {self.task}: {done} of {count} {what}, {len(group)} in progress", done, count)
            yield group
            done += len(group)
            if self.counted:
                self.counted(f"Scoring {self.task}: {done} of {count} {what}", done, count)
                continue
            # One group that is all of them has no progress to tell.
            if self.progress and done - told >= every and (told or done < count):
                told = done
                self.progress(f"Scoring {self.task}: {done} of {count} {what}")

    def _batches(
        self, lengths: Sequence[int], logits: Sequence[int], order_by: Sequence[int] | None = None
    ) -> Iterator[list[int]]:
        """Indices of rows in groups of similar length (or similar `order_by`), the longest first.

        `lengths` are the rows' tokens and `logits` the positions of each whose logits are needed; the longest come
        first so that a lack of memory shows at once.
        """
        keys = order_by or lengths
        positions = LOGITS_AT_ONCE // self.model.config.get_text_config().vocab_size
        group: list[int] = []
        for index in sorted(range(len(lengths)), key=lambda index: (-keys[index], index)):
            wider = [*group, index]
            too_wide = len(wider) * max(lengths[i] for i in wider) > self.rows_at_once * TOKENS_A_ROW
            too_many = len(wider) * max(logits[i] for i in wider) > positions
            if group and (len(wider) > self.rows_at_once or too_wide or too_many):
                yield group
                group = []
            group.append(index)
        if group:
            yield group

    def _left_padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        width = max(len(row) for row in rows)
        ids = torch.full((len(rows), width), self.loaded.pad_id, dtype=torch.int64)
        mask = torch.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, width - len(row) :] = torch.tensor(row, dtype=torch.int64)
            mask[index, width - len(row) :] = 1
        return ids.to(self.device), mask.to(self.device)


def _spans(questions: Sequence[Question]) -> list[int]:
    """How many of each row's last tokens begin with the first that is learned."""
    return [len(question.row) - int(question.row.learned.argmax()) for question in questions]


def at_each_token(between: Callable[[], None] | None) -> Any:
    """What `generate` takes to call `between` after each token; it never stops the generating by itself."""
    from transformers import StoppingCriteria, StoppingCriteriaList

    class Between(StoppingCriteria):
        def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: Any) -> Tensor:
            if between:
                between()
            return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

    return StoppingCriteriaList([Between()])


def _answer_ids(question: Question) -> tuple[int, ...]:
    """The expected answer's tokens with its end."""
    return tuple(int(token) for token in question.row.input_ids[len(question.prompt_ids) :])


def telling_tokens(choices: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Each choice's first token after those that all begin with, where these are all different; else nothing."""
    firsts = [choice[common_start(choices) :][:1] for choice in choices]
    told_apart = () not in firsts and len(set(firsts)) == len(firsts)
    return tuple(first[0] for first in firsts) if told_apart else ()


def _positions(attention_mask: Tensor) -> Tensor:
    """Each token's position in its own row, padding on the left at 0."""
    return (attention_mask.cumsum(dim=1) - 1).clamp(min=0)


def common_start(choices: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all choices begin with."""
    same = 0
    for tokens in zip(*choices, strict=False):
        if len(set(tokens)) > 1:
            break
        same += 1
    return same
