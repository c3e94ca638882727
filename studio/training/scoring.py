"""Evaluations and samples of a running training, put on record; training goes on as if they had not been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import torch

from studio.core.events import EvaluationEnded, SampleMade
from studio.core.run_folder import RunFolder
from studio.data.tasks import LoadedTasks
from studio.training.evaluation import ROWS_AT_ONCE, Evaluation, Sample, evaluate
from studio.training.memory import empty_cache, is_out_of_memory
from studio.training.recorder import Recorder
from studio.training.setup import Setup
from studio.training.state import RandomStates

SAMPLES_SHOWN = 6  # of one evaluation, over all tasks
NEW_TOKENS = 200  # of an answer to a prompt that a person typed


class EvaluationLeft(Exception):
    """Somebody asked the run to be left while it evaluated."""


class Scoring:
    """Evaluates one run's model; knows which steps are on record already, whichever worker put them there."""

    def __init__(self, folder: RunFolder, setup: Setup, recorder: Recorder) -> None:
        self._setup = setup
        self._recorder = recorder
        self._rows_at_once = ROWS_AT_ONCE
        with folder.reader() as reader:
            ended = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
        self._steps = {event.step for event in ended if isinstance(event, EvaluationEnded)}

    def is_on_record(self, step: int) -> bool:
        return step in self._steps

    def evaluate(
        self, step: int, when: Literal["before", "during", "after"], must_leave: Callable[[], bool] = lambda: False
    ) -> None:
        """Score every task with held-out rows; raises EvaluationLeft between tasks when `must_leave` says so."""
        if not any(task.held_out for task in self._setup.tasks.tasks):
            self._steps.add(step)
            return

        def progress(sentence: str) -> None:
            if must_leave():
                raise EvaluationLeft
            self._recorder.phase("evaluating", sentence)

        found = self._evaluate(self._setup.tasks, progress)
        ended = EvaluationEnded(step=step, when=when, tasks=found.tasks, seconds=found.seconds)
        samples = [_made(step, sample) for sample in found.samples(1)[:SAMPLES_SHOWN]]
        scalars = {f"eval/{task}/score": score.value for task, score in found.tasks.items()}
        scalars |= {f"eval/{task}/loss": score.loss for task, score in found.tasks.items() if score.loss is not None}
        self._recorder.scores(step, scalars, ended, *samples)
        self._steps.add(step)

    def sample(self, step: int, prompts: Sequence[str | None]) -> None:
        """Answer each prompt; for None, a held-out prompt of each task, another one at each step."""
        self._recorder.phase("sampling")
        made: list[SampleMade] = []
        for prompt in prompts:
            if prompt is None:
                chosen = [task for task in self._setup.tasks.tasks if task.held_out]
                few = tuple(replace(task, held_out=(task.held_out[step % len(task.held_out)],)) for task in chosen)
                if few:
                    found = self._evaluate(replace(self._setup.tasks, tasks=few), lambda sentence: None)
                    made += [_made(step, sample) for sample in found.samples(1)]
            else:
                answer = self._answer(prompt)
                made.append(SampleMade(step=step, task="", prompt=prompt, answer=answer, expected=""))
        self._recorder.event(*made)

    def _evaluate(self, tasks: LoadedTasks, progress: Callable[[str], None]) -> Evaluation:
        states = RandomStates.capture()
        try:
            while True:
                try:
                    return evaluate(
                        self._setup.model,
                        self._setup.base.tokenizer,
                        tasks,
                        rows_at_once=self._rows_at_once,
                        progress=progress,
                    )
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error) or self._rows_at_once == 1:
                        raise
                self._rows_at_once //= 2
                empty_cache(self._setup.base.device)
                self._recorder.warn("evaluation", f"memory ran out; {self._rows_at_once} rows are scored at once now.")
        finally:
            states.restore()

    @torch.no_grad()
    def _answer(self, prompt: str) -> str:
        model, tokenizer = self._setup.model, self._setup.base.tokenizer
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        states, was_training = RandomStates.capture(), model.training
        model.eval()
        try:
            output = model.generate(
                **asked.to(self._setup.base.device),
                max_new_tokens=NEW_TOKENS,
                do_sample=False,
                eos_token_id=sorted(self._setup.tasks.stop_ids) or None,
                pad_token_id=self._setup.tasks.pad_id,
            )
        finally:
            model.train(was_training)
            states.restore()
        return str(tokenizer.decode(output[0, asked["input_ids"].shape[1] :], skip_special_tokens=True))


def _made(step: int, sample: Sample) -> SampleMade:
    return SampleMade(
        step=step,
        task=sample.task,
        prompt=sample.prompt,
        answer=sample.answer,
        expected=sample.expected,
        right=sample.right,
    )
