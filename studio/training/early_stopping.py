"""Early stopping: when evaluations no longer get better, and the best checkpoint's weights as the result."""

from __future__ import annotations

from studio.core.problem import ProblemError
from studio.core.run.best_step import best_step, evaluations_without_gain
from studio.core.run.run_folder import list_checkpoints, step_of
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.files import Checkpoint, verify
from studio.training.checkpoint.state import load_weights
from studio.training.run_evaluation import EvaluationLeft


def out_of_patience(run: ActiveRun) -> bool:
    """Whether the last `training.patience` evaluations brought nothing better; `run` then has ended early.

    Which evaluations count follows from the run's record and the recipe alone: a resumed run ends where the unbroken one does.
    """
    training = run.setup.decided.training
    if training.patience is None or run.step % training.evaluate_every or not run.scoring.is_on_record(run.step):
        return False
    waited = evaluations_without_gain(
        run.scoring.evaluations, training.keep_best, training.evaluate_every, run.setup.total_steps, run.step
    )
    run.ended_early = run.step < run.setup.total_steps and waited >= training.patience
    return run.ended_early


def finish_with_best(run: ActiveRun) -> None:
    """Where the recipe has patience and the steps are done, make the best checkpoint the result and score it on all
    held-out rows.

    A checkpoint that is missing or damaged is said, and the last step's weights stay.
    """
    if run.setup.decided.training.patience is None or not run.has_ended or run.unscored:
        return
    run.save()  # so that a run that is paused while it is scored need not repeat a step
    found = _best_checkpoint(run)
    if found is not None and found.step != run.step:
        load_weights(found.path, run.model)
        run.result_step = found.step
    if run.scoring.is_final_on_record:
        return
    while True:
        run.unscored = False
        try:
            run.scoring.evaluate(run.result_step or run.step, "after", lambda: run.requests.leave_now(run.recorder))
            return
        except EvaluationLeft:
            run.unscored = True
            run.requests.take(run.recorder)
            if run.requests.leave:
                return


def _best_checkpoint(run: ActiveRun) -> Checkpoint | None:
    """The checkpoint of the best evaluated step; None, with a warning, where it cannot be used."""
    best = best_step(run.scoring.evaluations, run.setup.decided.training.keep_best, up_to=run.step)
    if best is None:
        what, remedy = "no evaluation could be compared, so the last step's weights are the result.", ""
    else:
        paths = {step_of(path): path for path in list_checkpoints(run.folder.checkpoints)}
        try:
            if best in paths:
                return verify(paths[best])
            what, remedy = f"step {best} was the best, but its checkpoint is not there", ""
        except ProblemError as error:
            what, remedy = f"step {best} was the best, but {error.problems[0].what}", error.problems[0].remedy
        what = f"{what.rstrip('.')}; the last step's weights are the result."
    run.recorder.warn("early stopping", what, remedy, run.step)
    return None
