"""Early stopping: when evaluations no longer get better, and the best checkpoint's weights as the result."""

from __future__ import annotations

from studio.core.problem import ProblemError
from studio.core.run.best_step import best_step, evaluations_without_gain
from studio.core.run.run_folder import list_checkpoints, step_of
from studio.core.words import tr
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.files import verify
from studio.training.checkpoint.state import load_weights
from studio.training.crew.evaluation_split import EvaluationLeft


def out_of_patience(run: ActiveRun) -> bool:
    """Whether the last `training.patience` evaluations brought nothing better; `run` then has ended early.

    Which evaluations count follows from the run's record and the recipe alone: a resumed run ends where the unbroken
    one does.
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

    Where its checkpoint is missing or damaged, that is said, and the best of the others is taken.
    """
    if run.setup.decided.training.patience is None or not run.has_ended or run.unscored:
        return
    run.save()  # so that a run that is paused while it is scored need not repeat a step
    run.result_step = _load_best(run)
    if run.scoring.is_final_on_record:
        return
    while True:
        run.unscored = False
        try:
            run.scoring.evaluate(run.result_step or run.step, "after", run.must_leave)
            return
        except EvaluationLeft:
            run.unscored = True
            run.requests.take(run.recorder)
            if run.requests.leave:
                return


def _load_best(run: ActiveRun) -> int | None:
    """Load the best evaluated step's weights, and return that step; None where the last step's are the result."""
    paths = {step_of(path): path for path in list_checkpoints(run.folder.checkpoints)}
    left = {each.step for each in run.scoring.evaluations}
    faults: list[str] = []
    remedy = ""
    result: int | None = None
    while left:
        best = best_step(run.scoring.evaluations, run.setup.decided.training.keep_best, left, up_to=run.step)
        if best is None or best == run.step:  # the last step's weights are in the model
            break
        try:
            if best in paths:
                load_weights(verify(paths[best]).path, run.model)
                result = best
                break
            faults.append(tr("step {step} was the best, but its checkpoint is not there", step=best))
        except ProblemError as error:
            what = error.problems[0].what.rstrip(".")
            faults.append(tr("step {step} was the best, but {what}", step=best, what=what))
            remedy = error.problems[0].remedy
        left.remove(best)
    if best_step(run.scoring.evaluations, run.setup.decided.training.keep_best, up_to=run.step) is None:
        faults.append(tr("no evaluation could be compared"))
    if faults:
        said, *rest = faults
        for fault in rest:
            said = tr("{first}; {next}", first=said, next=fault)
        what = (
            tr("{said}; step {step}'s weights, the best of those that remain, are the result.", said=said, step=result)
            if result
            else tr("{said}; the last step's weights are the result.", said=said)
        )
        run.recorder.warn(tr("early stopping"), what, remedy, run.step)
    return result
