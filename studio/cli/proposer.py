"""Optuna, asked which settings a sweep tries next; it is an optional extra, and imported only where it is asked."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from studio.core.problem import ProblemError
from studio.core.recipe.sweep_space import ProposedSweep, Range, Values
from studio.core.run.run_group import Told
from studio.core.words import tr


def check_proposer() -> None:
    """Raise ProblemError where Optuna is not installed; imports nothing."""
    if importlib.util.find_spec("optuna") is None:
        raise ProblemError.at(
            "sweep.propose",
            tr("Optuna, which proposes the values, is not installed."),
            tr('Install it beside the studio (pip install "mixlora-studio[propose]"), or leave sweep.propose out.'),
        )


def propose(wanted: ProposedSweep, told: Sequence[Told], count: int) -> list[dict[str, Any]]:
    """`count` settings to try next, asked for at once, after `told`.

    The study is made anew from what was tried, and its sampler's seed is the recipe's and the number of tries: the same
    tries are followed by the same proposals, so a sweep that was interrupted goes on as if it had not been.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {path: _distribution(values) for path, values in wanted.space.items()}
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=wanted.seed + len(told), constant_liar=True)
    )
    for params, merit in told:
        how = {"state": optuna.trial.TrialState.FAIL} if merit is None else {"value": merit}
        own = _of_choices(wanted.space, params)
        study.add_trial(optuna.trial.create_trial(params=own, distributions=space, **how))
    asked = [study.ask(space) for _ in range(count)]
    return [{path: _value(wanted.space[path], trial.params[path]) for path in space} for trial in asked]


def _distribution(values: Values) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(values, Range):
        return CategoricalDistribution(tuple(range(len(values))))  # its places: a value may be a list
    if values.is_whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _of_choices(space: Mapping[str, Values], params: Mapping[str, Any]) -> dict[str, Any]:
    """The values as Optuna knows them: of choices, their places."""
    return {
        path: params[path] if isinstance(values, Range) else list(values).index(params[path])
        for path, values in space.items()
    }


def _value(values: Values, found: Any) -> Any:
    """What stands in a recipe; of a broad range, four digits, which names of runs and people can read."""
    if not isinstance(values, Range):
        return values[found]
    if values.is_whole:
        return int(found)
    return min(max(float(f"{found:.4g}"), float(values.low)), float(values.high))
