"""A run in training: its parts put together, and how far it is."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import patch_environment
from transformers import set_seed

from studio.core.run.run_folder import RunFolder
from studio.training.checkpoint.files import Checkpoint
from studio.training.checkpoint.resume_point import Start
from studio.training.checkpoint.saver import Saver
from studio.training.crew.crew import Crew
from studio.training.loss_scale import LossScale
from studio.training.memory.oom_recovery import Recovery
from studio.training.optimizer import make_optimizer, make_scheduler
from studio.training.own_randomness import OwnRandomness
from studio.training.recorder import Recorder
from studio.training.run_evaluation import Scoring
from studio.training.setup import Setup
from studio.training.step import StepComputer
from studio.training.stop_requests import StopRequests


@dataclass(slots=True)
class ActiveRun:
    """The parts of a run in training; `step` counts the steps that are done.

    `unscored` is set while the last evaluation was broken off, so that a run whose steps are all done is not finished.
    `ended_early` is set where evaluations no longer got better, and `result_step` where the weights are an earlier
    step's. `loss_scale` is the factor on the loss where products are computed in float16. `randomness` is the run's own
    where others train beside it in this process; alone, it has all of the process's.
    """

    folder: RunFolder
    setup: Setup
    recorder: Recorder
    requests: StopRequests
    start: Start
    saver: Saver
    scoring: Scoring
    recovery: Recovery
    compute: StepComputer
    accelerator: Accelerator
    model: Any
    optimizer: Any
    scheduler: Any
    step: int
    loss_scale: LossScale | None = None
    unscored: bool = False
    ended_early: bool = False
    result_step: int | None = None
    randomness: OwnRandomness | None = None

    @property
    def together(self) -> bool:
        """Whether other runs train in this process."""
        return self.randomness is not None

    def turn(self) -> AbstractContextManager[None]:
        """Whatever the run does by itself belongs inside: it then has the random numbers that it has alone."""
        return nullcontext() if self.randomness is None else self.randomness.turn()

    @property
    def crew(self) -> Crew:
        """The processes that train this run together."""
        return self.requests.crew

    @property
    def device(self) -> torch.device:
        return torch.device(self.setup.base.device)

    @property
    def has_ended(self) -> bool:
        """Whether no step is left to train."""
        return self.ended_early or self.step == self.setup.total_steps

    @property
    def is_done(self) -> bool:
        return self.has_ended and not self.unscored

    def must_leave(self) -> bool:
        """Whether what takes long between two steps is to be broken off."""
        return self.requests.leave_now(self.recorder, self.folder)

    def clip_gradients(self) -> float:
        """Add up the processes' gradients, clip them to the recipe's norm, and return the norm that they had.

        That is without the loss's factor.
        """
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.crew.sum_gradients(trained)
        if self.loss_scale is not None:
            self.loss_scale.unscale(trained)
        with self.crew.guard():
            norm = float(self.accelerator.clip_grad_norm_(trained, self.setup.decided.training.clip or math.inf))
        if self.loss_scale is not None and math.isfinite(norm):
            self.loss_scale.note_sound()
        return norm

    def move_weights(self) -> None:
        """Take the optimiser's step, and then the learning rate's."""
        with self.crew.guard():
            self.optimizer.step()
        self.scheduler.step()

    def save(self) -> Checkpoint | None:
        """Save a checkpoint of the finished steps; None, recorded as a warning, where it cannot be written."""
        saved = None
        if self.crew.leads:
            saved = self.saver.save(self.step, self.model, self.optimizer, self.scheduler)
        saved = self.crew.share(saved)
        self.saver.newest = saved or self.saver.newest
        return saved

    def note_scored(self) -> None:
        """Note that this step was evaluated: where it is the best so far, its checkpoint is kept."""
        if self.crew.leads:
            self.saver.scored(self.step, self.model, self.optimizer, self.scheduler)
        self.saver.newest = self.crew.share(self.saver.newest)


def assemble(
    folder: RunFolder, setup: Setup, recorder: Recorder, recovery: Recovery, requests: StopRequests, start: Start
) -> ActiveRun:
    """Put a run together for training: its model on its device, its optimiser and schedule, and its seed set.

    What it draws from now on is its own only while no other run is put together: `OwnRandomness` keeps it apart.
    """
    training = setup.decided.training
    set_seed(setup.decided.seed)
    accelerator = _accelerator(torch.device(setup.base.device))
    accelerator.free_memory()  # what loading left behind is not part of what a step takes
    setup.model.config.use_cache = False
    # For evaluation, since DistributedDataParallel would wait for the other processes in each backward pass, where
    # memory may run out in one of them; gradients are summed once a step instead (`training/crew`).
    model = accelerator.prepare_model(setup.model, evaluation_mode=True)
    optimizer = accelerator.prepare_optimizer(make_optimizer(training, setup.model))
    model.zero_grad()
    scoring = Scoring(folder, setup, recorder, recovery, requests.crew)
    loss_scale = LossScale() if setup.autocast == torch.float16 else None
    return ActiveRun(
        folder=folder,
        setup=setup,
        recorder=recorder,
        requests=requests,
        start=start,
        saver=Saver(folder, recorder, recovery, training.keep, training.keep_best, scoring.evaluations, loss_scale),
        scoring=scoring,
        recovery=recovery,
        compute=StepComputer(
            model, setup.loss, setup.tasks, setup.order, setup.autocast, setup.packed, loss_scale, requests.crew
        ),
        accelerator=accelerator,
        model=model,
        optimizer=optimizer,
        # Not prepared: accelerate would advance it once a process, and a step of ours is one of the schedule.
        scheduler=make_scheduler(training, optimizer, setup.total_steps),
        step=start.step,
        loss_scale=loss_scale,
    )


def _accelerator(device: torch.device) -> Accelerator:
    """An accelerator of one device.

    Mixed precision stays with the step: accelerate's would change the model's forward for evaluations too, and refuses
    cards that have no bf16 of their own.
    """
    AcceleratorState._reset_state(reset_partial_state=True)  # it remembers the device of this process's last run
    with patch_environment(accelerate_torch_device=str(device)):
        return Accelerator(cpu=device.type == "cpu", mixed_precision="no")
