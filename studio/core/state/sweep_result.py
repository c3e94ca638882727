"""What a sweep found: its settings with mean and standard error over their seeds, and which of its runs is the best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from studio.core.recipe.sweep import setting_of, words_of
from studio.core.run.best_step import merit_of
from studio.core.state.comparison import MethodResult, RunResult, Spread, summary_of
from studio.core.words import sentences, tr


@dataclass(frozen=True, slots=True)
class SettingResult:
    """One setting of a sweep: what was tried, its line over the seeds, and how good its finished runs are.

    merit: the mean score of the tasks that are scored by their answers; where there is none, minus the mean held-out
    loss. None where no finished run has been scored.
    """

    values: Mapping[str, Any]
    line: MethodResult
    merit: Spread | None

    @property
    def words(self) -> str:
        """The setting as in a sentence: "learning rate 0.0003, rank 8"."""
        return words_of(self.values)


@dataclass(frozen=True, slots=True)
class Best:
    """The best setting by its mean over seeds, the best of its runs, and the setting that comes next, if any."""

    setting: SettingResult
    run: RunResult
    next: SettingResult | None

    @property
    def is_clear(self) -> bool | None:
        """Whether the lead over the next setting is more than both standard errors; None where seeds do not tell."""
        if self.next is None or self.setting.merit is None or self.next.merit is None:
            return None
        mine, other = self.setting.merit, self.next.merit
        if mine.error is None or other.error is None:
            return None
        return mine.mean - other.mean > mine.error + other.error


def by_setting(results: Iterable[tuple[Mapping[str, Any], RunResult]]) -> list[SettingResult]:
    """Gather runs that differ only in their seed, in the order in which the settings first come."""
    gathered: dict[str, tuple[Mapping[str, Any], list[RunResult]]] = {}
    for values, result in results:
        setting = setting_of(values)
        gathered.setdefault(repr(setting), (setting, []))[1].append(result)
    return [SettingResult(setting, summary_of(runs), _merits(runs)) for setting, runs in gathered.values()]


def best_of(settings: Iterable[SettingResult]) -> Best | None:
    """The best setting and its best run; None where no finished run has been scored.

    Of equal scores the lower held-out loss is better, and of equals in both the earlier.
    """
    ranked = sorted((each for each in settings if each.merit is not None), key=_rank, reverse=True)
    if not ranked:
        return None
    runs = [run for run in ranked[0].line.runs if merit(run) is not None]
    return Best(ranked[0], max(runs, key=_rank_of_run), ranked[1] if len(ranked) > 1 else None)


def _rank(setting: SettingResult) -> tuple[float, float]:
    ranks = [_rank_of_run(run) for run in setting.line.runs if merit(run) is not None]
    return fmean(score for score, _ in ranks), fmean(loss for _, loss in ranks)


def _rank_of_run(run: RunResult) -> tuple[float, float]:
    score, loss = merit(run), merit_of(run.scores, "loss")
    return -math.inf if score is None else score, -math.inf if loss is None else loss


def verdict(results: Sequence[SettingResult], best: Best | None, called: str = "") -> str:
    """Which setting and which of its runs is the best, and how sure that is; or why none is. called: the best run."""
    if best is None:
        if any(run.state == "finished" for each in results for run in each.line.runs):
            return tr("No finished run has a score. Name held-out rows in tasks.evaluate to have the runs compared.")
        return tr("No run has finished yet.")
    named = tr("The best run is {run}.", run=called or best.run.id)
    if len(results) == 1:
        return named
    said = sentences(tr("The best setting is {setting}.", setting=best.setting.words), named)
    if best.is_clear is None:
        return sentences(said, tr("One run each does not tell how much of its lead is chance: sweep seed as well."))
    if not best.is_clear and best.next is not None:
        lead = tr("Its lead over {setting} is within the standard errors, and may be chance.", setting=best.next.words)
        return sentences(said, lead)
    return said


def merit(result: RunResult) -> float | None:
    """How good a finished run is, higher is better; None for one that has not finished or was not scored."""
    return merit_of(result.scores, "score") if result.state == "finished" else None


def _merits(runs: Iterable[RunResult]) -> Spread | None:
    found = tuple(value for value in map(merit, runs) if value is not None)
    return Spread(found) if found else None
