"""The verb that trains a sweep: every combination of a recipe's lists of values, each an ordinary run."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from studio.cli import options, waiting_line
from studio.cli.output import print_json
from studio.cli.proposed_sweep import first_round, train_proposed
from studio.cli.sweep_text import plan_table, result_table
from studio.core.problem import EXIT_DONE, ProblemError
from studio.core.process import verbs
from studio.core.queue.queue import read_queue, take_out_of_queue
from studio.core.recipe.recipe_file import missing_data
from studio.core.recipe.sweep import Member, Sweep
from studio.core.recipe.sweep_file import load_sweep
from studio.core.recipe.sweep_space import ProposedSweep
from studio.core.run.commands import Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.comparison import read_result
from studio.core.state.run_state import LIVE, read_state
from studio.core.state.sweep_result import Best, SettingResult, best_of, by_setting
from studio.core.state.sweep_runs import MemberRun, runs_of_sweep
from studio.hardware.crew_devices import RunDevices
from studio.planner.model_source import refuse_misfit
from studio.planner.plan import Plan
from studio.planner.together import SweepWay, way_of

LOOK_PERIOD = 0.1  # seconds between looks at runs that are stopping


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
    together: Annotated[
        bool | None,
        typer.Option(
            "--together/--in-turn",
            help="Train all over one base in one pass, or one after another; the recipe or the plan decides otherwise.",
        ),
    ] = None,
    keep_best: Annotated[
        bool, typer.Option("--keep-best", help="At the end, move all its runs but the best to the trash.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Train a recipe with every combination of the values in its [sweep], and print them side by side.

    The lists may also come from here: --set "sweep.training.learning_rate=[1e-4, 3e-4]" --set "sweep.seed=[1, 2]".
    Finished runs of the same sweep are not repeated; stopped and lost ones are resumed.
    """
    read, place = load_sweep(recipe, set_ or ()), options.folder_for_runs(runs)
    if together is not None:
        read = replace(read, together=together)
    if queue and isinstance(read, ProposedSweep):
        what = "what is tried later follows from what was found, so they cannot all be queued."
        raise ProblemError.at("--queue", what, "Leave it out, and the terminal open.")
    wanted = first_round(read) if isinstance(read, ProposedSweep) else read
    _refuse_at_once(wanted)
    if isinstance(read, ProposedSweep):
        print(f"{read.tries} settings are proposed, {read.asked_at_once} at once. The first:", file=sys.stderr)
    ways = Ways(wanted)
    if plan:
        _show_plan(wanted, ways, json)
        raise typer.Exit(EXIT_DONE)
    ways.of(wanted.members)  # one pass where there can be none is refused before anything is made
    device = waiting_line.device_of(wanted.members[0].recipe)
    if isinstance(read, ProposedSweep):
        wanted, members, code = train_proposed(
            read, place, lambda part, made: _train_all(part, Ways(part), made, device)
        )
    else:
        members = runs_of_sweep(wanted, place)
        code = _train_all(wanted, ways, members, device, queue)
    _show_results(wanted, members, keep_best and not queue, json)
    raise typer.Exit(code)


def _show_plan(wanted: Sweep, ways: Ways, json: bool) -> None:
    if json:
        print_json({"name": wanted.name, "left_out": wanted.left_out, **ways.as_dict()})
    else:
        print(plan_table(wanted, ways.plans, ways.of(wanted.members)))


def _show_results(wanted: Sweep, members: Sequence[MemberRun], keep_best: bool, json: bool) -> None:
    """Print what the runs found, side by side, and move all but the best to the trash where that is wanted."""
    results = by_setting((each.member.values, read_result(each.folder)) for each in members)
    best = best_of(results)
    trashed = _keep(best, members) if keep_best else []
    if json:
        print_json(_report(wanted, results, best, members, trashed))
        return
    print(result_table(wanted, results, best))
    if trashed:
        print(f"In the trash now: {len(trashed)} runs. `mixlora-studio trash restore RUN` restores one.")


def _train_all(wanted: Sweep, ways: Ways, members: Sequence[MemberRun], device: RunDevices, queue: bool = False) -> int:
    """Train those of the runs that are not finished, or queue them; returns the first exit code that is not 0."""
    print(plan_table(wanted, ways.plans, ways.of(wanted.members)), file=sys.stderr)
    _refuse_live(members)
    open_ = [each for each in members if each.was != "finished"]
    if done := len(members) - len(open_):
        print(f"Finished already: {done} of {len(members)} runs.", file=sys.stderr)
    batches = ways.of([each.member for each in open_]).batches
    lines = [[open_[at].folder for at in batch] for batch in batches]
    return _queue(lines, device) if queue else _train(lines, device)


def _refuse_at_once(wanted: Sweep) -> None:
    """Raise ProblemError for what the last run could not do, before the first has trained for an hour."""
    ProblemError.raise_any(missing_data(wanted.members[0].recipe))
    for model in {repr(each.recipe.model): each.recipe.model for each in wanted.members}.values():
        refuse_misfit(model)


class Ways:
    """The plans of a sweep's runs, and how they train: in one pass, in several, or one after another."""

    def __init__(self, wanted: Sweep) -> None:
        from studio.hardware import detect
        from studio.planner import plan_recipe

        self._sweep, self._machine = wanted, detect()
        known: dict[str, Plan] = {}
        self._plans: dict[str, Plan] = {}
        for member in wanted.members:
            # Runs that differ only in their seed share one plan.
            kind = repr(member.recipe.model_copy(update={"name": "run", "seed": 0}))
            if kind not in known:
                known[kind] = plan_recipe(member.recipe, self._machine)
            self._plans[member.recipe.name] = known[kind]

    @property
    def plans(self) -> dict[str, Plan]:
        """The plan of each run alone, by its name."""
        return self._plans

    def of(self, members: Sequence[Member]) -> SweepWay:
        """How these of its runs train; raises ProblemError where a person asked for one pass and there can be none."""
        recipes = [member.recipe for member in members]
        plans = [self._plans[recipe.name] for recipe in recipes]
        way = way_of(recipes, self._machine, self._sweep.together, self._sweep.at_once, plans)
        if self._sweep.together is True and len(recipes) > 1 and not way.is_together:
            raise ProblemError.at("sweep.together", way.why, "Train them in turn: `--in-turn`, or together = false.")
        return way

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `sweep --plan --json`."""
        runs = [
            {
                "name": member.recipe.name,
                "values": dict(member.values),
                "peak_bytes": self._plans[member.recipe.name].peak_bytes,
                "fits": self._plans[member.recipe.name].fits,
                "budget_bytes": self._plans[member.recipe.name].budget_bytes,
            }
            for member in self._sweep.members
        ]
        way = self.of(self._sweep.members)
        together = way.together
        return {
            "runs": runs,
            "batches": [[self._sweep.members[at].recipe.name for at in batch] for batch in way.batches],
            "why": way.why,
            "together": None
            if together is None
            else {
                "runs": len(together.plans),
                "peak_bytes": together.peak_bytes,
                "fits": together.fits,
                "items": together.items,
                "in_turn_seconds": together.in_turn_seconds,
                "together_seconds": together.together_seconds,
            },
        }


def _refuse_live(members: Sequence[MemberRun]) -> None:
    for each in members:
        if each.was in LIVE:
            what, remedy = f"it is {each.was}.", "Wait until it ends, or stop it first; then give the same command."
            raise ProblemError.at(f"run {each.folder.id}", what, remedy)


def _enqueue(lines: Sequence[Sequence[RunFolder]], device: RunDevices) -> None:
    """Put the runs in the queue, in order; those of one line train together."""
    for number, line in enumerate(lines):
        beside = f"{line[0].id} {time.time():.0f} {number}" if len(line) > 1 else ""
        for folder in line:
            verbs.enqueue(folder, device.lock_name, device.torch_name, beside, device.also)


def _queue(lines: Sequence[Sequence[RunFolder]], device: RunDevices) -> int:
    """Put all of them in the queue, and start the first if the device is free."""
    _enqueue(lines, device)
    waiting_line.continue_queue()
    print(f"In the queue: {sum(map(len, lines))} runs. `mixlora-studio queue` shows them.", file=sys.stderr)
    return EXIT_DONE


def _train(lines: Sequence[Sequence[RunFolder]], device: RunDevices) -> int:
    """Train them through the queue, following each; returns the first exit code that is not 0.

    A terminal that is closed leaves the queue to its workers. Ctrl-C stops what trains, and takes the others out of the
    queue.
    """
    from studio.cli.follow import EXIT_LEFT_RUNNING, Follower
    from studio.cli.interruptions import Interruptions

    waiting = [(folder, len(line) > 1) for line in lines for folder in line]
    count = len(waiting)
    # From before the first worker starts: what it writes until it is followed is shown, too.
    seen = {folder.path: _last_event(folder) for folder, _ in waiting}

    def end_others() -> None:
        for other, _ in waiting:
            take_out_of_queue(other)
            if other.is_alive():
                send_command(other.db, Stop())

    code = EXIT_DONE
    with Interruptions() as interruptions:
        _enqueue(lines, device)
        while waiting and not interruptions.count:
            folder, beside = waiting.pop(0)
            print(f"{count - len(waiting)} of {count}: {folder.recipe().name}: {folder.id}", file=sys.stderr)
            ended: int | None = None
            # A run that gaming mode paused is in the queue again, and continues when its turn comes.
            while ended is None or (ended == EXIT_DONE and read_queue().entry(folder) is not None):
                pid = waiting_line.wait_in_queue(folder, device, interruptions, seen[folder.path], joined=True)
                if pid is None:
                    ended = EXIT_LEFT_RUNNING if interruptions.count else ProblemError.exit_code
                    break
                ended = Follower(folder, pid, interruptions, seen[folder.path], end_others, beside).follow()
                seen[folder.path] = _last_event(folder)
            code = code or ended
        if interruptions.count:
            end_others()
        while interruptions.count == 1 and any(other.is_alive() for other, _ in waiting):
            time.sleep(LOOK_PERIOD)  # each ends its own step, and saves
    if waiting:
        print(f"{len(waiting)} runs have not finished. The same command continues from here.", file=sys.stderr)
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
