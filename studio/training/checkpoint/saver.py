"""A run's checkpoints: saved when there is room, pruned by the recipe's rule; a full disk never ends a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.core.error_text import system_reason
from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import ProblemError
from studio.core.run.best_step import Rule, best_step
from studio.core.run.events import CheckpointSaved, EvaluationEnded
from studio.core.run.run_folder import RunFolder, list_checkpoints, step_of
from studio.core.words import tr
from studio.training.checkpoint.files import Checkpoint, prune, verify, write_checkpoint
from studio.training.checkpoint.state import Progress, RandomStates, save_state
from studio.training.loss_scale import LossScale
from studio.training.memory.oom_recovery import Recovery
from studio.training.recorder import Recorder

ROOM_LEFT = 16 * 2**20  # bytes of the disk that stay free for run.db and the log


class Saver:
    """Writes checkpoints of one run and remembers the newest; the best by `rule` outlives the `keep` newest.

    `evaluations` are the run's, and grow with it.
    """

    def __init__(
        self,
        folder: RunFolder,
        recorder: Recorder,
        recovery: Recovery,
        keep: int,
        rule: Rule,
        evaluations: Sequence[EvaluationEnded],
        loss_scale: LossScale | None = None,
    ) -> None:
        self._folder = folder
        self._recorder = recorder
        self._recovery = recovery
        self._keep = keep
        self._rule = rule
        self._evaluations = evaluations
        self._loss_scale = loss_scale
        self._tried = -1
        self._is_sound: dict[int, bool] = {}
        self.newest: Checkpoint | None = None

    def save(self, step: int, model: Any, optimizer: Any, scheduler: Any) -> Checkpoint | None:
        """Write the checkpoint of `step` finished steps; None, recorded as a warning, when it cannot be written."""
        if self.newest is not None and self.newest.step == step:
            return self.newest
        self._tried = step
        if not self._recorder.flush():
            # A run resumed from it would not repeat the steps that are missing in run.db.
            self._recorder.warn(
                "checkpoint", tr("it is postponed, since run.db cannot be written."), tr("Make room on the disk."), step
            )
            return None
        progress = Progress(step, self._recovery.at_once, self._loss_scale)
        states = RandomStates.capture()
        self._recorder.phase("saving", tr("checkpoint of step {step}", step=step))
        saved: Checkpoint | None = None
        try:
            saved = write_checkpoint(
                self._folder.checkpoints,
                step,
                lambda folder: save_state(folder, model, optimizer, scheduler, progress, states),
                room=self._bytes(model) + ROOM_LEFT,
            )
        except OSError as error:
            trouble, remedy = system_reason(error), tr("Make room on the disk of the run's folder.")
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            trouble = tr("memory ran out: {trouble}", trouble=trouble_of(error))
            remedy = tr("Free memory; later checkpoints are tried again.")
        if saved is None:
            self._recorder.warn(
                tr("checkpoint of step {step}", step=step),
                tr(
                    "it could not be written ({trouble}); the newest is of step {step}, and training continues.",
                    trouble=trouble,
                    step=self.newest.step,
                )
                if self.newest
                else tr(
                    "it could not be written ({trouble}); there is none yet, and training continues.", trouble=trouble
                ),
                remedy,
                step,
            )
            return None
        self.newest = saved
        self._is_sound[step] = True
        relative = saved.path.relative_to(self._folder.path).as_posix()
        self._recorder.event(CheckpointSaved(step=step, path=relative, bytes=saved.bytes))
        self._drop()
        return saved

    def scored(self, step: int, model: Any, optimizer: Any, scheduler: Any) -> None:
        """Note that this step was evaluated: where it is the best so far, it is saved unless it is already."""
        if best_step(self._evaluations, self._rule, up_to=step) == step and self._tried != step:
            self.save(step, model, optimizer, scheduler)
        self._drop()

    def _drop(self) -> None:
        paths = list_checkpoints(self._folder.checkpoints)
        found = {step: path for path in paths if (step := step_of(path)) is not None}
        sound = [step for step, path in found.items() if self._has_sound(step, path)]
        # A run that was resumed from an earlier step has evaluations of later ones, whose checkpoints are gone.
        best = best_step(self._evaluations, self._rule, among=sound)
        prune(self._folder.checkpoints, self._keep, best, found.keys() - sound)

    def _has_sound(self, step: int, path: Path) -> bool:
        """Whether a checkpoint is whole: one of an earlier worker is read once, since a damaged one keeps no other's
        place."""
        if step not in self._is_sound:
            try:
                self._is_sound[step] = verify(path).step == step
            except ProblemError:
                self._is_sound[step] = False
        return self._is_sound[step]

    def _bytes(self, model: Any) -> int:
        """What a checkpoint takes: as much as the last one, or the weights and two moments of each."""
        if self.newest is not None:
            return self.newest.bytes
        return 3 * sum(one.numel() * one.element_size() for one in model.parameters() if one.requires_grad)
