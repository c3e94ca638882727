"""What happens around each step: record it, do what was asked, save, evaluate, and leave where that was asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import DoesNotFitError
from studio.core.run.commands import CheckpointNow, Command, EvaluateNow, Pause, Resume, SampleNow, Stop
from studio.core.run.events import StepEnded
from studio.hardware import CardCurves
from studio.hardware.spill import SpillWatch
from studio.methods.protocols import routed_method
from studio.training.checkpoint.files import Checkpoint
from studio.training.checkpoint.resume_point import Start
from studio.training.checkpoint.saver import Saver
from studio.training.checkpoint.state import load_state
from studio.training.memory.dedicated import dedicated_memory
from studio.training.memory.probe import Probe
from studio.training.memory.report import held_bytes, measured_event
from studio.training.memory.usage import current_bytes, measured_peak, reset_peak
from studio.training.recorder import Recorder
from studio.training.run_evaluation import EvaluationLeft, Scoring
from studio.training.setup import Setup
from studio.training.stop_requests import SystemRequest
from studio.training.trainer import StudioTrainer

STEPS_TO_MEASURE = 2  # after these the optimiser's state stands and the peak is the run's, but for longer rows


@dataclass(slots=True)
class Asked:
    """What was asked and not yet done."""

    leave: Literal["", "pause", "stop"] = ""
    because: str = ""
    evaluate: bool = False
    checkpoint: bool = False
    samples: list[str | None] = field(default_factory=list)

    def add(self, command: Command) -> None:
        match command:
            case Pause():
                self.leave = "pause"
            case Stop():
                self.leave = "stop"
            case Resume():
                self.leave = ""
            case EvaluateNow():
                self.evaluate = True
            case SampleNow(prompt=prompt):
                self.samples.append(prompt)
            case CheckpointNow():
                self.checkpoint = True


class RunCallback(TrainerCallback):
    """Keeps one run's record while the Trainer trains it.

    `asked.leave` tells afterwards whether, and how, the run was left before its end; `step` its finished steps;
    `ready` whether the model stands as those steps left it, so that it may be saved; `unscored` whether the last
    evaluation was left, so that a run whose steps are all done is not finished yet.
    """

    def __init__(
        self,
        trainer: StudioTrainer,
        recorder: Recorder,
        saver: Saver,
        scoring: Scoring,
        system: SystemRequest,
        start: Start,
        setup: Setup,
        probe: Probe,
    ) -> None:
        self._trainer = trainer
        self._recorder = recorder
        self._saver = saver
        self._scoring = scoring
        self._system = system
        self._start = start
        self._training = setup.recipe.training
        self._setup = setup
        self._probe = probe
        self._device = torch.device(trainer.args.device)
        self._total = trainer.numbers.total
        self._steps_here = 0
        self._measured = 0
        self._spill = SpillWatch()
        self._card = CardCurves(setup.plan.device.bus)
        self._fallbacks: set[str] = set()
        self._began = time.perf_counter()
        self.asked = Asked()
        self.step = start.step
        self.ready = False
        self.unscored = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Put the checkpoint's state in place or probe the memory, score what was not scored yet, or leave if asked."""
        self._take_commands()
        if self._start.checkpoint is not None:
            self._take_up(self._start.checkpoint)
            state.global_step = self._trainer.numbers.first = self.step
        if self.step == 0 and not self.asked.leave:
            # Only before the first step: checkpoints hold what it found out, and it needs an optimiser without states.
            self._probe()
        self.ready = True
        self._take_commands()
        if not self.asked.leave:
            # A worker that died while it evaluated left that to us; scoring changes nothing in the training.
            self._evaluate_if_due()
            self._take_commands()
        self._leave_if_asked(control)
        if control.should_training_stop:
            # The Trainer looks at that only after a step: let there be none.
            self._trainer.numbers.first = self._total
            return
        self._recorder.phase("training")
        reset_peak(self._device)

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._began = time.perf_counter()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.step = state.global_step
        self._steps_here += 1
        # A method that moves something of its own between steps (a router's bias) does so before it is saved.
        if (routed := routed_method(self._trainer.model)) is not None:
            routed.end_step()
            self._say_fallbacks(routed.fallbacks())
        self._record()
        self._take_commands()
        model, optimizer, scheduler = self._parts()
        busy = False
        last = self.step == self._total
        if last or self.asked.checkpoint or self.step % self._training.save_every == 0:
            self._saver.save(self.step, model, optimizer, scheduler)
            self.asked.checkpoint = False
            busy = True
        busy |= self._leave_if_asked(control)
        if control.should_training_stop and not last:
            return
        busy |= self._evaluate_if_due()
        if self._scoring.is_on_record(self.step):  # by a worker before this one, perhaps, that died before it saved
            self._saver.scored(self.step, *self._parts())
        if self.asked.samples:
            self._sample()
            busy = True
        busy |= self._leave_if_asked(control)
        if busy and not last and not control.should_training_stop:
            self._recorder.phase("training")

    def _take_up(self, checkpoint: Checkpoint) -> None:
        try:
            progress = load_state(checkpoint.path, *self._parts())
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise DoesNotFitError.at(
                f"checkpoint {checkpoint.path.name}",
                f"memory ran out while it was put in place ({trouble_of(error)}); nothing of it is lost.",
                "Free memory, then resume the run.",
            ) from None
        self._trainer.recovery.go_on_with(progress.at_once)
        if progress.without_loads:
            self._recorder.warn(
                f"checkpoint {checkpoint.path.name}",
                "it was written by an earlier version, which did not keep the experts' loads of the last step.",
                "The balance loss of the next step is weighed with that step's own loads instead.",
                step=self.step,
            )
        self._saver.newest = checkpoint

    def _say_fallbacks(self, reasons: list[str]) -> None:
        for reason in reasons:
            if reason not in self._fallbacks:
                self._fallbacks.add(reason)
                self._recorder.warn(
                    "method", f"the experts are computed in a slower form. {reason}", "It costs time, nothing else."
                )

    def _parts(self) -> tuple[Any, Any, Any]:
        return self._trainer.model, self._trainer.optimizer, self._trainer.lr_scheduler

    def _record(self) -> None:
        figures = self._trainer.figures
        seconds = time.perf_counter() - self._began  # Windows' monotonic clock stands still for 15 ms at a time
        ended = StepEnded(
            step=self.step,
            total_steps=self._total,
            epoch=self._setup.order.epoch_at(self.step),
            loss=figures.loss,
            seconds=seconds,
            tokens=figures.tokens,
        )
        scalars = {
            "loss": figures.loss,
            "learning_rate": self._trainer.learning_rate,
            "grad_norm": self._trainer.gradient_norm,
            "tokens_per_second": figures.tokens / seconds,
            "memory_bytes": float(current_bytes(self._device)),
        }
        scalars |= {f"task/{task}/loss": loss for task, loss in figures.task_losses.items()}
        scalars |= self._card.sample()
        # A floor is what a loss is shown against, such as contrastive_floor; it is none itself.
        scalars |= {
            name if name.endswith("_floor") else f"{name}_loss": value for name, value in figures.auxiliary.items()
        }
        others = []
        peak = measured_peak(self._device)
        first = self._steps_here == min(STEPS_TO_MEASURE, self._total - self._start.step)
        # Said again when the peak has grown by a twentieth, as an evaluation or a longer row may make it.
        if first or (self._measured and peak.bytes > 1.05 * self._measured):
            self._measured = peak.bytes
            plan = self._setup.plan_for(self._trainer.recovery.at_once)
            others.append(measured_event(plan, "run", peak, held_bytes(self._setup, self._parts()[1])))
        self._recorder.step(ended, self.step, scalars, figures.loads, *others)
        memory = dedicated_memory(self._device)
        if memory is not None and (said := self._spill.add(*memory, seconds / max(1, figures.tokens))):
            self._recorder.warn(said.where, said.what, said.remedy, step=self.step)

    def _take_commands(self) -> None:
        for command in self._recorder.take_commands():
            self.asked.add(command)
        if self._system.reason and not self.asked.leave:
            self.asked.leave, self.asked.because = "stop", self._system.reason

    def _evaluate_if_due(self) -> bool:
        due = self.step % self._training.evaluate_every == 0 or self.step == self._total
        if not self.asked.evaluate and not (due and not self._scoring.is_on_record(self.step)):
            return False
        when: Literal["before", "during", "after"] = "during"
        if self.step == 0:
            when = "before"
        elif self.step == self._total:
            when = "after"
        self.asked.evaluate = self.unscored = False
        try:
            self._scoring.evaluate(self.step, when, self._must_leave)
        except EvaluationLeft:
            self.unscored = True
            print(f"the evaluation after step {self.step} is left, as was asked", flush=True)
        return True

    def _sample(self) -> None:
        prompts, self.asked.samples = self.asked.samples, []
        try:
            self._scoring.sample(self.step, prompts, self._must_leave)
        except EvaluationLeft:
            print(f"the samples after step {self.step} are left, as was asked", flush=True)

    def _must_leave(self) -> bool:
        self._take_commands()
        return bool(self.asked.leave)

    def _leave_if_asked(self, control: TrainerControl) -> bool:
        """Save and stop the training where that was asked; whether it was, though it may be taken back meanwhile."""
        if not self.asked.leave or (self.step == self._total and not self.unscored):
            return False
        saved = self._saver.save(self.step, *self._parts())
        self._take_commands()
        if saved is None and self.asked.leave == "pause":
            self.asked.leave = ""
            self._recorder.warn(
                "pause", "without a checkpoint the run could not go on exactly, so it goes on now.", step=self.step
            )
        if self.asked.leave:
            control.should_training_stop = True
        elif self.unscored:
            # What was broken off to leave is made after all.
            self._evaluate_if_due()
            self._leave_if_asked(control)
        return True
