"""The probe: before the first step, one on the longest rows measures what the run will take, and is undone.

What exceeds the budget is reduced before training begins, each time recorded; what the step took, compared with the
plan, goes into this machine's ledger, which corrects later plans.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch

from studio.core.out_of_memory import trouble_of
from studio.core.units import duration
from studio.core.words import mark, sentences, tr
from studio.methods.protocols import routed_method
from studio.planner.ledger import Measured, add_measured
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.state import RandomStates, innermost, method_buffers
from studio.training.crew.evaluation_split import NoRoomError
from studio.training.memory.report import GIB, held_bytes, measured_event
from studio.training.memory.usage import Peak, empty_cache, measured_peak, reset_peak
from studio.training.step import StepFigures

PROBE_PARTS = (
    mark("one step on the longest rows"),
    mark("the longest rows again, beside the optimiser's states"),
    mark("an evaluation's widest group of rows"),
)
"""What the probe does, in this order."""


class ProbeUndo:
    """A copy, in the machine's own memory, of everything that a step changes; `bytes` is its size."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._model = model
        self._optimizer = optimizer
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._tensors = [*trained, *method_buffers(model).values()]
        self._values = [tensor.detach().to("cpu", copy=True) for tensor in self._tensors]
        self._modes = [(module, module.training) for module in model.modules()]
        # On a card the states stay where they were made, as empty as a first step makes them: made again later, they
        # would lie in gaps that activations left, and leave others. bitsandbytes never frees paged memory at all.
        on_card = any(parameter.device.type == "cuda" for parameter in trained)
        self._keeps_states = on_card or getattr(optimizer, "is_paged", False)
        self._random = RandomStates.capture()
        self.bytes = sum(value.numel() * value.element_size() for value in self._values)

    def undo(self) -> None:
        """Restore weights, buffers, modes and random states, and empty the optimiser's states and the counts."""
        self._model.zero_grad()
        with torch.no_grad():
            for tensor, value in zip(self._tensors, self._values, strict=True):
                tensor.copy_(value)
        if self._keeps_states:
            for state in self._optimizer.state.values():
                empty_state(state)
        else:
            self._optimizer.state.clear()
        if (routed := routed_method(self._model)) is not None:
            routed.forget_step()
        for module, training in self._modes:
            module.training = training
        self._random.restore()


@dataclass(frozen=True, slots=True)
class Taken:
    """What the probe's step took: its peak, and what of it stays held for the whole run; bytes."""

    peak: Peak
    held: dict[str, int]


class Probe:
    """Probes one run's memory; call it before the first step, while the optimiser has no states."""

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._setup = run.setup
        self._recorder = run.recorder
        self._recovery = run.recovery
        self._device = run.device

    def __call__(self) -> None:
        """Measure, reduce until it fits, and record it; raises DoesNotFitError when nothing is left to give up.

        Raises LeaveBeforeTraining as soon as the run is asked to leave.
        """
        began = time.monotonic()
        what = tr("one step on the longest rows, then an evaluation's widest group")
        self._recorder.phase("probing", what)
        before = ProbeUndo(self._run.model, innermost(self._run.optimizer))
        with self._run.requests.leaving_at_once(self._run.folder):
            taken = self._step_that_fits(before)
            self._show(2)
            evaluation = self._evaluation()
        self._setup.plan = self._setup.plan_for(self._recovery.at_once)
        self._report(taken, evaluation, time.monotonic() - began)

    def _show(self, done: int) -> None:
        self._recorder.progress("probing", PROBE_PARTS[done], done, len(PROBE_PARTS))

    def _step_that_fits(self, before: ProbeUndo) -> Taken:
        while True:
            trouble = because = ""
            empty_cache(self._device)
            reset_peak(self._device)
            try:
                taken = self._step(before)
            except (RuntimeError, MemoryError) as error:
                if not self._run.crew.can_take_less(error):
                    raise
                trouble = trouble_of(error)
            finally:
                before.undo()
            if not trouble:
                # One process that exceeds its budget takes all others with it: they compute as much at once.
                because = next((each for each in self._run.crew.gather(self._beyond_budget(taken.peak)) if each), "")
                if not because:
                    return taken
            self._recovery.reduce(0, trouble or because.rstrip("."), because)

    def _step(self, before: ProbeUndo) -> Taken:
        """One micro-batch, the optimiser's step, and another micro-batch beside the states that the step made."""
        run, model, optimizer = self._run, self._run.model, innermost(self._run.optimizer)
        batch_size, micro_batch = self._setup.decided.training.batch_size, self._recovery.micro_batch
        own_rows = -(-batch_size // run.crew.count)
        rows = run.compute.largest(micro_batch)
        model.train()
        run.compute.gradient_of(rows, micro_batch, StepFigures(0, probes=True))
        run.clip_gradients()
        with run.crew.guard():
            optimizer.step()
        if micro_batch >= own_rows:
            model.zero_grad()  # else a step's second micro-batch meets the gradients of its first
        self._show(1)
        run.compute.gradient_of(rows, micro_batch, StepFigures(0, probes=True))
        return Taken(self._peak(before.bytes), held_bytes(self._setup, optimizer))

    def _peak(self, copied: int = 0) -> Peak:
        """The peak without the probe's own copy, which lies in the same memory on a CPU."""
        return measured_peak(self._device).without(copied if self._device.type == "cpu" else 0)

    def _beyond_budget(self, peak: Peak) -> str:
        """A sentence where a budget that binds was exceeded without an error, "" otherwise.

        How much of the machine's own memory is free changes by the minute, so there "auto" does not bind.
        """
        plan = self._setup.plan
        beside = plan.peak_bytes - plan.measurable_peak_bytes
        if peak.within + beside <= plan.budget_bytes:
            return ""
        whole = beside + (peak.within if peak.least is None else peak.least)
        if whole <= plan.budget_bytes:
            # Loading exceeded the budget, which no smaller step would change.
            self._recorder.warn(
                "memory",
                tr(
                    "loading the model took {taken:.2f} GiB of a budget of {budget:.2f} GiB; this system hides how much"
                    " less a step takes.",
                    taken=(peak.bytes + beside) / GIB,
                    budget=plan.budget_bytes / GIB,
                ),
                tr("Raise machine.memory_budget, or choose a smaller model or precision."),
            )
            return ""
        taken, budget = whole / GIB, plan.budget_bytes / GIB
        sentence = tr("The probe took {taken:.2f} GiB of a budget of {budget:.2f} GiB.", taken=taken, budget=budget)
        if self._device.type == "cuda" or self._setup.decided.machine.memory_budget != "auto":
            return sentence
        what = tr(
            "The probe took {taken:.2f} GiB of a budget of {budget:.2f} GiB; it fitted nevertheless.",
            taken=taken,
            budget=budget,
        )
        self._recorder.warn("memory", what, tr("Close other programs."))
        return ""

    def _evaluation(self) -> Peak | None:
        """The peak of scoring the widest group of held-out rows; None without rows, or where it is unknown."""
        try:
            while True:
                empty_cache(self._device)
                reset_peak(self._device)
                if not self._run.scoring.probe():
                    return None
                peak = self._peak()
                if peak.least is not None:
                    return None  # hidden under what the step before it took, which was compared with the plan
                because = "" if self._run.crew.sharded else self._beyond_budget(peak)
                if not because or not self._recovery.reduce_evaluation(0, because.rstrip(".")):
                    return peak
        except NoRoomError as error:
            self._recorder.warn(
                "evaluation",
                tr("the probe could not score even one held-out row ({error}); training continues.", error=error),
                tr("Lower training.max_length, or free memory."),
            )
            return None

    def _report(self, taken: Taken, evaluation: Peak | None, seconds: float) -> None:
        plan = self._setup.plan
        peak, held = taken.peak, taken.held
        if evaluation is not None and evaluation.bytes > peak.bytes:
            # The plan counts whichever takes more; gradients are gone while it is evaluated.
            peak, held = evaluation, {name: size for name, size in held.items() if name != "gradients"}
        event = measured_event(plan, "probe", peak, held)
        parts = [tr("Probe: {sentence}", sentence=event.sentence)]
        if evaluation is not None:
            step, scoring = (f"{each.bytes / GIB:.2f} GiB" for each in (taken.peak, evaluation))
            parts.append(
                tr("A step takes at most {step}, an evaluation {evaluation}.", step=step, evaluation=scoring)
                if taken.peak.least is not None
                else tr("A step takes {step}, an evaluation {evaluation}.", step=step, evaluation=scoring)
            )
        parts.append(tr("Measuring took {time}.", time=duration(seconds)))
        scored = evaluation.bytes if evaluation is not None else None
        event = event.model_copy(
            update={"evaluation_peak_bytes": scored, "seconds": seconds, "sentence": sentences(*parts)}
        )
        print(f"{event.sentence} Counted: {peak.what}.", flush=True)
        self._recorder.event(event)
        if not self._run.crew.alone:
            return  # what several processes hold, each with its part and its buffers, says nothing of one alone
        if self._device.type == "mps" or peak.least is not None:
            return  # MPS' driver knows only a step's end; a peak hidden under loading would correct plans by too much
        problems = add_measured(
            Measured(
                run=self._run.folder.id,
                device=plan.device.name,
                form=plan.form,
                precision=self._setup.base.precision,
                checkpointing=self._recovery.checkpointing,
                computed_bytes=plan.measurable_computed_bytes,
                measured_bytes=peak.bytes,
            )
        )
        for problem in problems:
            self._recorder.warn(problem.where, problem.what, problem.remedy)


def empty_state(state: dict[str, Any]) -> None:
    """Reset an optimiser's state to what it is before its first step; an 8-bit one's tables of levels never change."""
    for name, value in state.items():
        if isinstance(value, torch.Tensor):
            if not name.startswith("qmap"):
                value.zero_()
        elif name == "step":
            state[name] = 0
