"""What is recorded of each finished step: its event, curves and loads, and memory once it is known."""

from __future__ import annotations

import torch

from studio.core.run.curve_names import AUXILIARY_SHARE, LOSS, MEMORY, auxiliary, memory_of, training_loss
from studio.core.run.events import Event, StepEnded
from studio.core.words import tr
from studio.hardware import CardCurves
from studio.hardware.spill import SpillWatch
from studio.training.active_run import ActiveRun
from studio.training.memory.report import held_bytes, measured_event
from studio.training.memory.usage import current_bytes, dedicated_memory, measured_peak
from studio.training.routing_alerts import routing_alerts
from studio.training.step import StepFigures

STEPS_TO_MEASURE = 2  # after these the optimiser has its states, and the peak is the run's unless a longer row comes
PEAK_GROWTH = 1.05  # a peak that has grown by this factor since it was recorded is recorded again


class StepRecord:
    """Records the steps of one run in this process."""

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._first_measured = min(run.start.step + STEPS_TO_MEASURE, run.setup.total_steps)
        self._measured_bytes = 0
        self._fallbacks: set[str] = set()
        self._spill = SpillWatch()
        self._card = CardCurves(run.setup.plan.device.bus)
        self._alerts = routing_alerts(run) if run.crew.leads else None

    def add(self, figures: StepFigures, learning_rate: float, gradient_norm: float, seconds: float) -> None:
        """Record the step that `run.step` now counts."""
        if not self._run.crew.leads:
            self._run.recorder.reached = self._run.step
            self._run.recorder.beat()
            return
        run, device = self._run, self._run.device
        ended = StepEnded(
            step=run.step,
            total_steps=run.setup.total_steps,
            epoch=run.setup.order.epoch_at(run.step),
            loss=figures.loss,
            seconds=seconds,
            tokens=figures.tokens,
        )
        scalars = {
            LOSS: figures.loss,
            "learning_rate": learning_rate,
            "grad_norm": gradient_norm,
            "tokens_per_second": figures.tokens / seconds,
            MEMORY: float(current_bytes(device)),
        }
        scalars |= {memory_of(number): held for number, held in enumerate(figures.held[1:], start=2)}
        scalars |= {training_loss(task): loss for task, loss in figures.task_losses.items()}
        scalars |= self._card.sample()
        if figures.auxiliary_share is not None:
            scalars[AUXILIARY_SHARE] = figures.auxiliary_share
        scalars |= {auxiliary(name): value for name, value in figures.auxiliary.items()}
        also: list[Event] = []
        peak = measured_peak(device)
        grown = self._measured_bytes and peak.bytes > PEAK_GROWTH * self._measured_bytes
        # Of several runs together, the process's peak is not to be compared with the plan of one.
        if (run.step == self._first_measured or grown) and not run.together:
            self._measured_bytes = peak.bytes
            plan = run.setup.plan_for(run.recovery.at_once)
            also.append(measured_event(plan, "run", peak, held_bytes(run.setup, run.optimizer)))
        if self._alerts is not None and figures.loads:
            self._alerts.add(run.step, figures.loads)
            if (alert := self._alerts.look(run.step)) is not None:
                print(f"warning: {alert.where}: {alert.what} {alert.remedy}", flush=True)
                also.append(alert)
        run.recorder.step(
            ended,
            run.step,
            scalars,
            figures.loads,
            *also,
            answer_loads=figures.answer_loads,
            together=figures.together,
        )
        self._warn_of_spill(device, seconds / max(1, figures.tokens))

    def warn_of_fallbacks(self, reasons: list[str]) -> None:
        """Record each reason for a slower form of the experts, once."""
        for reason in reasons:
            if reason not in self._fallbacks:
                self._fallbacks.add(reason)
                self._run.recorder.warn(
                    "method",
                    tr("the experts are computed in a slower form. {reason}", reason=reason),
                    tr("Training is slower; results are the same."),
                )

    def _warn_of_spill(self, device: torch.device, seconds_a_token: float) -> None:
        memory = dedicated_memory(device)
        if memory is not None and (warning := self._spill.add(*memory, seconds_a_token)):
            self._run.recorder.warn(warning.where, warning.what, warning.remedy, step=self._run.step)
