"""Samples of the same prompts over the steps of a run, and what changed from one step to the next."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from studio.core.run.events import SampleMade

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered at a step."""

    step: int
    answer: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class PromptTimes:
    """One prompt's answers, in the order of their steps."""

    task: str
    prompt: str
    expected: str
    told: tuple[Told, ...]

    def at(self, step: int) -> Told | None:
        """The newest answer at this step; None before the first one."""
        return next((each for each in reversed(self.told) if each.step <= step), None)

    def before(self, told: Told) -> Told | None:
        """The answer before this one; None for the first."""
        place = self.told.index(told)
        return self.told[place - 1] if place else None


def over_time(samples: Iterable[SampleMade]) -> list[PromptTimes]:
    """Every prompt's answers; those asked most often come first. Of a repeated step the last counts."""
    found: dict[tuple[str, str], dict[int, SampleMade]] = {}
    for sample in samples:
        found.setdefault((sample.task, sample.prompt), {})[sample.step] = sample
    made = []
    for (task, prompt), by_step in found.items():
        told = tuple(Told(step, by_step[step].answer, by_step[step].right) for step in sorted(by_step))
        made.append(PromptTimes(task, prompt, by_step[told[-1].step].expected, told))
    return sorted(made, key=lambda each: -len(each.told))


def changed(before: str, now: str) -> list[tuple[str, bool]]:
    """`now` in pieces, each with whether it is new against `before`."""
    old, new = _WORDS.findall(before), _WORDS.findall(now)
    pieces = []
    for what, _, _, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if stop > start:
            pieces.append(("".join(new[start:stop]), what != "equal"))
    return pieces
