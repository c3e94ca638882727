"""The base model's scores before training, found by the first of several runs that asks and handed to the others."""

from __future__ import annotations

from dataclasses import dataclass

from studio.evaluation.scoring import Evaluation
from studio.training.setup import Setup


@dataclass(frozen=True, slots=True)
class BaseScore:
    """What the base model showed, and the id of the run that scored it."""

    found: Evaluation
    run: str


class BaseScores:
    """The base model's scores by what was asked of it: untrained, every adapter of the methods here adds nothing.

    Runs that ask it the same share them; one that begins with an adapter that was trained already asks for itself.
    """

    def __init__(self) -> None:
        self._known: dict[str, BaseScore] = {}

    def of(self, setup: Setup) -> BaseScore | None:
        """The score that another run of the same tasks has found; None where there is none yet."""
        return self._known.get(_asked(setup))

    def keep(self, setup: Setup, found: Evaluation, run: str) -> None:
        """Keep what this run found for those that ask the same."""
        if setup.decided.model.adapter is None:
            self._known.setdefault(_asked(setup), BaseScore(found, run))


def _asked(setup: Setup) -> str:
    """Everything that decides which rows are scored, how they read, and by what."""
    recipe = setup.decided
    tables = [table.model_dump(exclude={"weight"}) for table in recipe.tasks]
    metrics = [(task.name, task.metric) for task in setup.tasks.tasks]
    hashes = sorted(setup.tasks.hashes.items())
    return repr((recipe.model, recipe.training.max_length, str(setup.autocast), tables, metrics, hashes))
