"""A run folder written as a real worker writes it, without a model: for the tests of window and command line.

`python -m tests.fake_run RUNS [--live]` makes one to look at; with --live it grows, and obeys Stop and Pause.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from studio.core.problem import Problem
from studio.core.recipe.recipe import MethodTable, Recipe, TaskTable, TrainingTable
from studio.core.run.commands import CheckpointNow, Command, EvaluateNow, Pause, SampleNow, Stop
from studio.core.run.events import (
    AgainstBase,
    AnswersKept,
    CheckpointSaved,
    EvaluationEnded,
    Event,
    KeptAnswer,
    MemoryReduced,
    ModelReady,
    Outcome,
    PhaseStarted,
    PlanMeasured,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleMade,
    StepEnded,
    TaskScore,
    WarningRaised,
)
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.run.run_rows import ALL_TASKS
from studio.core.words import tr
from tests.fake_loads import also_routed

TASKS = ("units", "extract", "sort")
ANSWERS = 20  # that are kept of each task
PREDICTED_PEAK = 2_000_000_000
MEASURED_PEAK = 1_900_000_000
PLANNED = {
    "weights": 540_000_000,
    "adapter": 20_000_000,
    "gradients": 20_000_000,
    "optimizer": 40_000_000,
    "activations": 700_000_000,
    "transient": 600_000_000,
    "correction": 80_000_000,
}
PROJECTIONS = ("q_proj", "v_proj")  # of a moelora run


class FakeRun:
    """One run, written event by event; numbers are the same for the same seed.

    Between `start` and `pause` or `end` it holds the run's lock, so that the run reads as alive; `die` lets the lock
    go without a word. Given a `folder`, it works on that run instead of making one. `speed` is how fast its loss falls,
    `paces` the seconds that its steps take in turn.
    """

    def __init__(
        self,
        runs: Path,
        name: str = "three tasks",
        tasks: Sequence[str] = TASKS,
        layers: int = 4,
        experts: int = 8,
        top_k: int = 2,
        total_steps: int = 60,
        method: str = "mixlora",
        seed: int = 0,
        now: float | None = None,
        recipe_seed: int = 42,
        speed: float = 4.0,
        folder: RunFolder | None = None,
        paces: Sequence[float] = (5.0,),
    ) -> None:
        runs.mkdir(parents=True, exist_ok=True)
        self.tasks, self.layers, self.experts, self.top_k = tuple(tasks), layers, experts, top_k
        self.total_steps, self.speed, self.paces = total_steps, speed, paces
        self.routed = method in ("mixlora", "moelora")
        self.recipe = Recipe(
            name=name,
            seed=recipe_seed,
            tasks=tuple(
                TaskTable(name=task, train=str(runs / f"{task}.jsonl"), evaluate=str(runs / f"{task}-test.jsonl"))
                for task in self.tasks
            ),
            method=MethodTable.model_validate({"name": method, "experts": experts, "top_k": top_k}),
            training=TrainingTable(max_steps=total_steps, save_every=20, evaluate_every=20),
        )
        self.folder: RunFolder = folder or create_run(self.recipe, runs, now)
        self.step = 0
        self._writer = RunWriter(self.folder.db)
        self._lock = contextlib.ExitStack()
        self._random = np.random.default_rng(seed)
        # Every layer prefers other experts, more so with depth, and the last layer lets its last expert die.
        self._preference = self._random.normal(size=(layers, experts)) * np.linspace(0.1, 0.8, layers)[:, None]
        self._preference[-1, -1] = -20.0
        self._task_taste = {task: self._random.normal(size=(layers, experts)) * 0.4 for task in self.tasks}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of lock and database; the folder stays."""
        self._lock.close()
        self._writer.close()

    def start(self) -> Self:
        """Take the run up as a worker does: lock, RunStarted (or RunResumed), loading, ModelReady."""
        self._lock.enter_context(self.folder.held())
        self._writer.drop_commands()
        self.folder.log.touch()
        if self.step == 0:
            self._writer.write(RunStarted(pid=os.getpid(), host=socket.gethostname()))
        else:
            checkpoint = f"checkpoints/step-{self.step:06d}"
            self._writer.write(
                RunResumed(pid=os.getpid(), host=socket.gethostname(), step=self.step, checkpoint=checkpoint)
            )
        self._writer.write(PhaseStarted(phase="loading", detail="demo"))
        self._writer.write(PhaseStarted(phase="tokenising"))
        self._writer.write(
            ModelReady(
                device="cpu",
                device_name="A test's processor",
                precision="fp32",
                method=self.recipe.method.name,
                form="sorted" if self.routed else "",
                trainable_parameters=1_000_000,
                total_parameters=135_000_000,
                layers=self._routed_layers(),
                experts=self.experts if self.routed else 0,
                layer_experts=(self.experts,) * len(self._routed_layers()),
                top_k=self.top_k if self.routed else 0,
                tasks=self.tasks,
                total_steps=self.total_steps,
                rows=dict.fromkeys(self.tasks, 600),
                tokens=dict.fromkeys(self.tasks, 30_000),
            ),
            PhaseStarted(phase="training"),
        )
        return self

    def train(self, steps: int = 1) -> Self:
        """End `steps` more steps, each with its curves and loads in one transaction."""
        for _ in range(steps):
            self.step += 1
            tokens = 1200
            task_losses = {
                f"task/{task}/loss": self._loss(offset=0.3 * number) for number, task in enumerate(self.tasks)
            }
            loss = float(np.mean(list(task_losses.values())))
            scalars = {
                "loss": loss,
                **task_losses,
                "learning_rate": 2e-4 * (1 - (self.step - 1) / self.total_steps),
                "grad_norm": 0.5 + 0.1 * float(self._random.random()),
                "tokens_per_second": 240.0,
                "memory_bytes": MEASURED_PEAK,
            }
            if self.routed:
                scalars["balance_loss"] = 2.0 + 0.1 * float(self._random.random())
                scalars["auxiliary_share"] = 0.01 * scalars["balance_loss"] / (loss + 0.01 * scalars["balance_loss"])
            if self.recipe.method.name == "moelora":
                # The memory fills up, so that the floor rises at first.
                scalars["contrastive_floor"] = float(np.log(20 * min(self.step, 7)))
                scalars["contrastive_loss"] = scalars["contrastive_floor"] + 2.0 / self.step
            ended = StepEnded(
                step=self.step,
                total_steps=self.total_steps,
                epoch=2 * self.step / self.total_steps,
                loss=loss,
                seconds=self.paces[self.step % len(self.paces)],
                tokens=tokens,
            )
            loads = self._loads(tokens)
            also = also_routed(self.step, loads, self.top_k)
            self._writer.write(ended, step=self.step, scalars=scalars, loads=loads, **also)
            if self.step == 1:
                self._writer.write(
                    PlanMeasured(
                        predicted_peak_bytes=PREDICTED_PEAK,
                        measured_peak_bytes=MEASURED_PEAK,
                        items=PLANNED,
                    )
                )
        return self

    def evaluate(self, when: str = "during") -> Self:
        """Score every task; scores grow with the steps."""
        grown = self.step / self.total_steps
        scores = {
            task: TaskScore(
                metric="exact-match",
                value=0.9 * grown,
                stderr=0.03,
                rows=100,
                loss=self._loss(0.3 * number),
                of_rows=240,
                majority=0.25,
                base=AgainstBase(rows=40, value=0.0, stderr=0.03, difference=0.9 * grown, difference_stderr=0.03)
                if self.step
                else None,
            )
            for number, task in enumerate(self.tasks)
        }
        scalars = {f"eval/{task}/score": score.value for task, score in scores.items()}
        scalars |= {f"eval/{task}/loss": score.loss or 0.0 for task, score in scores.items()}
        event = EvaluationEnded.model_validate({"step": self.step, "when": when, "tasks": scores, "seconds": 3.0})
        kept = [
            AnswersKept.model_validate(
                {
                    "step": self.step,
                    "when": when,
                    "task": task,
                    "rows": range(ANSWERS),
                    "values": [float(row < grown * ANSWERS) for row in range(ANSWERS)],
                    "losses": [1.0] * ANSWERS,
                    "answers": [self.answer(row, row < grown * ANSWERS) for row in range(ANSWERS)],
                }
            )
            for task in self.tasks
        ]
        self._writer.write(event, *kept, step=self.step, scalars=scalars)
        return self

    @staticmethod
    def answer(row: int, right: bool) -> KeptAnswer:
        answer = f"{row}000 m" if right else "I do not know how long that is."
        prompt, expected = f"Convert {row} km to m, and answer with the number and its unit.", f"{row}000 m"
        return KeptAnswer(row=row, line=row + 1, prompt=prompt, answer=answer, expected=expected, right=right)

    def sample(self, task: str | None = None) -> Self:
        self._writer.write(
            SampleMade(
                step=self.step,
                task=task or self.tasks[0],
                prompt="Convert 12 km to m.",
                answer="12000 m",
                expected="12000 m",
                right=True,
            )
        )
        return self

    def checkpoint(self) -> Self:
        path = f"checkpoints/step-{self.step:06d}"
        (self.folder.path / path).mkdir(parents=True, exist_ok=True)
        self._writer.write(CheckpointSaved(step=self.step, path=path, bytes=12_000_000))
        return self

    def warn(self, what: str = "3 rows of extract are longer than 512 tokens and were cut.") -> Self:
        remedy = "Raise training.max_length."
        self._writer.write(WarningRaised(step=self.step or None, where="tasks.extract", what=what, remedy=remedy))
        return self

    def probe(self) -> Self:
        """Measure the memory as the probe does before the first step; what stays held is as planned."""
        self._writer.write(
            PlanMeasured(
                predicted_peak_bytes=PREDICTED_PEAK,
                measured_peak_bytes=MEASURED_PEAK,
                items=PLANNED,
                stage="probe",
                computed_peak_bytes=PREDICTED_PEAK - 80_000_000,
                measured_items={
                    "weights": 540_000_000,
                    "adapter": 20_000_000,
                    "gradients": 20_000_000,
                    "optimizer": 40_000_000,
                    "rest": MEASURED_PEAK - 620_000_000,
                },
                evaluation_peak_bytes=1_100_000_000,
                budget_bytes=3_000_000_000,
                ratio=MEASURED_PEAK / PREDICTED_PEAK,
                seconds=1.4,
                sentence="One step on the longest rows took 1.8 GiB of the 1.9 GiB planned (5.0 % less).",
            )
        )
        return self

    def write(self, *events: Event) -> Self:
        """Write any events, as a worker would between its steps."""
        self._writer.write(*events)
        return self

    def reduce_memory(self, change: str = "the micro-batch is halved from 8 to 4 rows.") -> Self:
        """Go on with less memory, as a worker does whose device had no more."""
        self._writer.write(MemoryReduced(step=self.step, change=change, micro_batch=4, checkpointing=False))
        return self

    def pause(self) -> Self:
        self.checkpoint()
        self._writer.write(RunPaused(step=self.step, checkpoint=f"checkpoints/step-{self.step:06d}"))
        self._lock.close()
        return self

    def end(self, outcome: Outcome = "finished", problems: tuple[Problem, ...] = ()) -> Self:
        """Say the end as a worker does, and let the lock go; a finished or stopped run has an adapter folder."""
        reasons = {
            "finished": tr("{sentence}.", sentence=tr("All {steps} steps are done", steps=self.total_steps)),
            "stopped": f"Stopped after step {self.step} of {self.total_steps}, as asked.",
            "failed": str(problems[0]) if problems else "The worker failed with a RuntimeError; worker.log has it.",
        }
        adapter = None
        if outcome != "failed":
            self.folder.adapter.mkdir(exist_ok=True)
            (self.folder.adapter / "adapter_config.json").write_text("{}", "utf-8")
            adapter = "adapter"
        self._writer.write(
            RunEnded(
                outcome=outcome,
                reason=reasons[outcome],
                step=self.step,
                adapter=adapter,
                problems=problems,
                exit_code=0 if outcome != "failed" else 2 if problems else 1,
            )
        )
        self._lock.close()
        return self

    def die(self) -> Self:
        """Let the lock go without a word, as a killed process does."""
        self._lock.close()
        return self

    def take_commands(self) -> list[Command]:
        return self._writer.take_commands()

    def obey(self) -> bool:
        """Act on waiting commands as a worker does after a step; False when the run is over for now."""
        for command in self.take_commands():
            match command:
                case Stop():
                    self.checkpoint().end("stopped")
                    return False
                case Pause():
                    self.pause()
                    return False
                case EvaluateNow():
                    self.evaluate()
                case SampleNow():
                    self.sample()
                case CheckpointNow():
                    self.checkpoint()
        return True

    def _routed_layers(self) -> tuple[str, ...]:
        """mixlora routes in each layer's feed-forward, moelora at each adapted projection."""
        match self.recipe.method.name:
            case "mixlora":
                return tuple(f"model.layers.{layer}.mlp" for layer in range(self.layers))
            case "moelora":
                half = range(self.layers // len(PROJECTIONS))
                return tuple(f"model.layers.{layer}.self_attn.{name}" for layer in half for name in PROJECTIONS)
            case _:
                return ()

    def _loss(self, offset: float) -> float:
        fallen = float(np.exp(-self.speed * self.step / self.total_steps))
        return 0.2 + (2.5 + offset) * (fallen + 0.02 * float(self._random.random()))

    def _loads(self, tokens: int) -> dict[str, np.ndarray]:
        """Slots by expert [layers, experts] for every task and, under "", their sum."""
        if not self.routed:
            return {}
        loads = {}
        each = tokens * self.top_k // len(self.tasks)
        for task, taste in self._task_taste.items():
            odds = np.exp(self._preference + taste)
            odds /= odds.sum(axis=1, keepdims=True)
            loads[task] = np.stack([self._random.multinomial(each, row) for row in odds]).astype(np.float32)
        return {ALL_TASKS: np.stack(list(loads.values())).sum(axis=0), **loads}


def start_no_worker(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Replace `start_worker` under these dotted names; returns the ids of the runs that would have got a worker."""
    found: list[str] = []

    def start(folder: RunFolder, beside: Sequence[RunFolder] = ()) -> int:
        found.extend(each.id for each in (folder, *beside))
        return 1

    for name in names:
        monkeypatch.setattr(name, start)
    return found


def make_fake_run(runs: Path, steps: int = 60, outcome: Outcome = "finished", **options: object) -> RunFolder:
    """A run that has ended after `steps` steps, evaluated before, between and after; `options` as of FakeRun."""
    with FakeRun(runs, **options) as run:  # type: ignore[arg-type]
        run.start().evaluate("before")
        for number in range(1, steps + 1):
            run.train()
            if number % 20 == 0:
                run.evaluate().checkpoint()
        run.sample().warn()
        if outcome != "failed":
            run.evaluate("after")
        run.end(outcome)
        return run.folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.5, help="between live steps")
    chosen = parser.parse_args()
    if not chosen.live:
        print(make_fake_run(chosen.runs).path)
        return
    with FakeRun(chosen.runs) as run:
        print(run.folder.path, flush=True)
        run.start().evaluate("before")
        while run.step < run.total_steps:
            time.sleep(chosen.seconds)
            run.train()
            if not run.obey():
                return
            if run.step % 10 == 0:
                run.evaluate().checkpoint().sample()
        run.evaluate("after").end()


if __name__ == "__main__":
    main()
