"""What `sweep` prints: its runs with their memory before, and the table of its settings after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.cli.output import columns
from studio.core.recipe.sweep import SEED, Sweep, field_words, value_text
from studio.core.state.comparison import Spread
from studio.core.state.sweep_result import Best, SettingResult, verdict
from studio.core.units import duration, memory, number_text, percent_text
from studio.planner.plan import Plan
from studio.planner.together import SweepWay


def plan_table(sweep: Sweep, plans: Mapping[str, Plan], way: SweepWay) -> str:
    """A line for each run: its name, its peak, and whether that fits in what is free now; and how they train."""
    rows = [["", "RUN", "PEAK", ""]]
    for number, (name, plan) in enumerate(plans.items(), start=1):
        verdict = "fits" if plan.fits else f"does not fit in the {memory(plan.budget_bytes)} that are free now"
        rows.append([str(number), name, memory(plan.peak_bytes), verdict])
    said = f"{len(plans)} runs, {way_words(way)}"
    if sweep.left_out:
        again = "combination repeats" if sweep.left_out == 1 else "combinations repeat"
        said += f" {sweep.left_out} {again} another for its method, and {_is(sweep.left_out)} left out."
    return f"{columns(rows)}\n{said}"


def way_words(way: SweepWay) -> str:
    """How the runs train, with what both ways take side by side where both were planned."""
    how = "one after another."
    if way.is_together:
        sizes = [len(batch) for batch in way.batches]
        how = "all together." if len(sizes) == 1 else f"together in {len(sizes)} passes of up to {max(sizes)}."
    if way.why:
        how += f" {way.why}"
    if way.together is not None:
        planned, count = way.together, len(way.together.plans)
        alone = sum(plan.peak_bytes for plan in planned.plans)
        how += (
            f" {count} together take {memory(planned.peak_bytes)}, where {count} alone would take {memory(alone)};"
            f" a micro-batch of each takes an estimated {planned.together_seconds:.3g} s together and"
            f" {planned.in_turn_seconds:.3g} s in turn."
        )
    return how


def result_table(sweep: Sweep, results: Sequence[SettingResult], best: Best | None) -> str:
    """A line for each setting with the mean over its seeds and the standard error of that mean, and a verdict."""
    paths = [field.path for field in sweep.fields if field.path != SEED]
    tasks = list(dict.fromkeys(name for each in results for name in each.line.tasks))
    head = [*(field_words(path).upper() for path in paths), "RUNS", "MEAN", *(task.upper() for task in tasks)]
    rows = [[*(head if paths else ["RECIPE", *head]), "TIME", "PEAK", ""]]
    for each in results:
        line = each.line
        done = sum(run.state == "finished" for run in line.runs)
        cells = [value_text(each.values[path]) if path in each.values else "–" for path in paths]
        rows.append(
            [
                *(cells or ["all seeds"]),
                f"{done} of {len(line.runs)}",
                merit_text(each),
                *(spread_text(line.metrics.get(task, ""), line.tasks.get(task)) for task in tasks),
                duration(line.seconds.mean, short=True) if line.seconds else "–",
                memory(line.peak_bytes) if line.peak_bytes is not None else "–",
                "best" if best is not None and each is best.setting and len(results) > 1 else "",
            ]
        )
    said = verdict(results, best)
    if any(len(each.line.runs) > 1 for each in results):
        said += " ± is the standard error of the mean over seeds."
    return f"{columns(rows)}\n{said}"


def merit_text(result: SettingResult) -> str:
    """What a setting is compared by: the mean score, or where nothing is scored by answers, the held-out loss."""
    if result.merit is None:
        return "–"
    if result.line.right is not None:
        return percent_text(result.merit.mean, result.merit.error)
    return spread_text("loss", Spread(tuple(-value for value in result.merit.values)))


def spread_text(metric: str, spread: Spread | None) -> str:
    """A score's mean over seeds with its standard error."""
    if spread is None:
        return "–"
    if metric == "loss":
        return number_text(spread.mean) + ("" if spread.error is None else f" ± {number_text(spread.error)}")
    return percent_text(spread.mean, spread.error)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
