"""The verb that trains a sweep: every combination of a recipe's lists of values, each an ordinary run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from studio.cli import options, waiting_line
from studio.cli.output import print_json
from studio.cli.sweep_text import plan_table, result_table
from studio.core.problem import EXIT_DONE, ProblemError
from studio.core.process import verbs
from studio.core.queue.queue import read_queue, take_out_of_queue
from studio.core.recipe.recipe_file import missing_data
from studio.core.recipe.sweep import Sweep
from studio.core.recipe.sweep_file import load_sweep
from studio.core.run.run_folder import RunFolder
from studio.core.state.comparison import read_result
from studio.core.state.run_state import LIVE, read_state
from studio.core.state.sweep_result import Best, SettingResult, best_of, by_setting
from studio.core.state.sweep_runs import MemberRun, runs_of_sweep
from studio.hardware import Device
from studio.planner.model_source import refuse_misfit


def sweep(
    recipe: options.RecipeFile,
    runs: options.Runs = None,
    set_: options.Set = None,
    queue: Annotated[
        bool, typer.Option("--queue", help="Put the runs in the queue and return; they train one after another.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show the runs and the memory that they need; train none.")
    ] = False,
    keep_best: Annotated[
        bool, typer.Option("--keep-best", help="At the end, move all its runs but the best to the trash.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Train a recipe with every combination of the values in its [sweep], and print them side by side.

    The lists may also come from here: --set "sweep.training.learning_rate=[1e-4, 3e-4]" --set "sweep.seed=[1, 2]".
    Finished runs of the same sweep are not repeated; stopped and lost ones are resumed.
    """
    wanted, place = load_sweep(recipe, set_ or ()), options.runs_folder(runs)
    _refuse_at_once(wanted)
    plans = _plans(wanted)
    if plan:
        if json:
            print_json({"name": wanted.name, "left_out": wanted.left_out, "runs": [each[1] for each in plans]})
        else:
            print(plan_table(wanted, plans))
        raise typer.Exit(EXIT_DONE)
    print(plan_table(wanted, plans), file=sys.stderr)
    device = waiting_line.device_of(wanted.members[0].recipe)
    members = runs_of_sweep(wanted, place)
    _refuse_live(members)
    open_ = [each.folder for each in members if each.was != "finished"]
    if done := len(members) - len(open_):
        print(f"Finished already: {done} of {len(members)} runs.", file=sys.stderr)
    code = _queue(open_, device) if queue else _train(open_, device)
    results = by_setting((each.member.values, read_result(each.folder)) for each in members)
    best = best_of(results)
    trashed = _keep(best, members) if keep_best and not queue else []
    if json:
        print_json(_report(wanted, results, best, members, trashed))
    else:
        print(result_table(wanted, results, best))
        if trashed:
            print(f"In the trash now: {len(trashed)} runs. `mixlora-studio trash restore RUN` restores one.")
    raise typer.Exit(code)


def _refuse_at_once(wanted: Sweep) -> None:
    """Raise ProblemError for what the last run could not do, before the first has trained for an hour."""
    ProblemError.raise_any(missing_data(wanted.members[0].recipe))
    for model in {repr(each.recipe.model): each.recipe.model for each in wanted.members}.values():
        refuse_misfit(model)


def _plans(wanted: Sweep) -> list[tuple[str, dict[str, Any]]]:
    """Each run's name, and its plan in plain values; runs that differ only in their seed share one plan."""
    from studio.hardware import detect
    from studio.planner import plan_recipe

    machine, known = detect(), {}
    found = []
    for member in wanted.members:
        kind = repr(member.recipe.model_copy(update={"name": "run", "seed": 0}))
        if kind not in known:
            known[kind] = plan_recipe(member.recipe, machine)
        made = known[kind]
        values = {"peak_bytes": made.peak_bytes, "fits": made.fits, "budget_bytes": made.budget_bytes}
        found.append((member.recipe.name, {"name": member.recipe.name, "values": dict(member.values), **values}))
    return found


def _refuse_live(members: Sequence[MemberRun]) -> None:
    for each in members:
        if each.was in LIVE:
            what, remedy = f"it is {each.was}.", "Wait until it ends, or stop it first; then give the same command."
            raise ProblemError.at(f"run {each.folder.id}", what, remedy)


def _queue(folders: Sequence[RunFolder], device: Device) -> int:
    """Put all of them in the queue, in order, and start the first if the device is free."""
    for folder in folders:
        verbs.enqueue(folder, device.lock_name, device.torch_name)
    waiting_line.continue_queue()
    print(f"In the queue: {len(folders)} runs. `mixlora-studio queue` shows them.", file=sys.stderr)
    return EXIT_DONE


def _train(folders: Sequence[RunFolder], device: Device) -> int:
    """Train them one after another through the queue, following each; returns the first exit code that is not 0.

    A terminal that is closed leaves the queue to its workers. Ctrl-C stops the run that trains, and takes the others
    out of the queue.
    """
    from studio.cli.follow import EXIT_LEFT_RUNNING, Follower
    from studio.cli.interruptions import Interruptions

    # From before the first worker starts: what it writes until it is followed is shown, too.
    seen = {folder.path: _last_event(folder) for folder in folders}
    waiting = list(folders)

    def leave_queue() -> None:
        for other in waiting:
            take_out_of_queue(other)

    code = EXIT_DONE
    with Interruptions() as interruptions:
        for folder in folders:
            verbs.enqueue(folder, device.lock_name, device.torch_name)
        while waiting and not interruptions.count:
            folder = waiting.pop(0)
            number = len(folders) - len(waiting)
            print(f"{number} of {len(folders)}: {folder.recipe().name}: {folder.id}", file=sys.stderr)
            ended: int | None = None
            # A run that gaming mode paused is in the queue again, and continues when its turn comes.
            while ended is None or (ended == EXIT_DONE and read_queue().entry(folder) is not None):
                pid = waiting_line.wait_in_queue(folder, device, interruptions, seen[folder.path], joined=True)
                if pid is None:
                    ended = EXIT_LEFT_RUNNING if interruptions.count else ProblemError.exit_code
                    break
                ended = Follower(folder, pid, interruptions, seen[folder.path], leave_queue).follow()
                seen[folder.path] = _last_event(folder)
            code = code or ended
        leave_queue()
    if waiting:
        print(f"{len(waiting)} runs have not trained. The same command continues from here.", file=sys.stderr)
    return code


def _last_event(folder: RunFolder) -> int:
    with folder.reader() as reader:
        last = reader.last_event()
    return last.id if last else 0


def _keep(best: Best | None, members: Sequence[MemberRun]) -> list[str]:
    """Move every run but the best to the trash; returns their ids. Nothing moves before all have ended."""
    if best is None:
        print("No run is the best yet, so all are kept.", file=sys.stderr)
        return []
    if open_ := [each.folder.id for each in members if read_state(each.folder).state in LIVE | {"waiting", "paused"}]:
        print(f"All runs are kept, as {len(open_)} of them have not ended: {', '.join(open_)}.", file=sys.stderr)
        return []
    others = [each.folder for each in members if each.folder.id != best.run.id]
    for folder in others:
        verbs.delete(folder)
    return [folder.id for folder in others]


def _report(
    wanted: Sweep, results: Sequence[SettingResult], best: Best | None, members: Sequence[MemberRun], trashed: list[str]
) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "fields": {field.path: list(field.values) for field in wanted.fields},
        "left_out": wanted.left_out,
        "settings": [
            {"values": dict(each.values), **each.line.as_dict(), "merit": each.merit.as_dict() if each.merit else None}
            for each in results
        ],
        "best": None
        if best is None
        else {
            "id": best.run.id,
            "seed": best.run.seed,
            "values": dict(best.setting.values),
            "is_clear": best.is_clear,
        },
        "runs": [{"id": each.folder.id, "values": dict(each.member.values)} for each in members],
        "trashed": trashed,
    }
