"""The training of several runs from setup to their ends, over one base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import DoesNotFitError, ProblemError
from studio.core.recipe.recipe import ModelTable, Precision
from studio.core.words import tr
from studio.hardware import detect
from studio.models.base_model import BaseModel, load_base
from studio.models.shared_copy import shared_copy
from studio.training.active_run import ActiveRun
from studio.training.loop import train_steps
from studio.training.own_randomness import OwnRandomness
from studio.training.session import end, prepare
from studio.training.together.base_scores import BaseScores
from studio.training.together.gradients import TogetherGradients
from studio.training.together.member import Member


class BaseOnce:
    """Loads the base of all runs for the first that asks, and gives each a tree of modules over the same tensors."""

    def __init__(self) -> None:
        self._base: BaseModel | None = None
        self._asked: tuple[Any, ...] = ()

    def __call__(
        self, table: ModelTable, device: torch.device | str = "cpu", *, precision: Precision | None = None, **more: Any
    ) -> BaseModel:
        """Return the base as `load_base` does; raises ProblemError for another base than the first one's."""
        asked = (table.source, str(device), precision or table.precision)
        if self._base is None:
            if asked[-1] == "int8":
                raise ProblemError.at(
                    "model.precision",
                    tr("products in int8 look at all tokens together, so that several adapters would not be apart."),
                    tr("Use nf4 or bf16, or train them in turn."),
                )
            self._base, self._asked = load_base(table, device, precision=precision, **more), asked
        elif asked != self._asked:
            raise ProblemError.at(
                "several adapters",
                tr(
                    "this run's base ({base}) is not that of the first ({other}).",
                    base=", ".join(map(str, asked)),
                    other=", ".join(map(str, self._asked)),
                ),
                tr("Train it by itself."),
            )
        return replace(self._base, model=self.tree())

    def tree(self) -> Any:
        """Return one more tree of modules over the base's tensors."""
        assert self._base is not None
        return shared_copy(self._base.model)


def train_members(members: Sequence[Member]) -> None:
    """Train those of the runs that can be; what is over has its exit code. An error raised ends all that are left."""
    base, machine, base_scores = BaseOnce(), detect(), BaseScores()
    runs: dict[int, tuple[ActiveRun, Member]] = {}
    for member in members:
        if member.code is not None or member.start is None:
            continue
        with member.attempt():
            run = prepare(
                member.folder,
                member.folder.recipe(),
                member.recorder,
                member.start,
                member.requests,
                load=base,
                machine=machine,
            )
            run.scoring.base_scores = base_scores
            run.randomness = OwnRandomness(run.device)  # before the next run is put together, and seeds anew
            runs[id(run)] = run, member
    if not runs:
        return
    del run  # so that each is freed once it is over: nothing here may name it then
    gradients = TogetherGradients(base.tree(), [each for each, _ in runs.values()])
    for run, error in train_steps([each for each, _ in runs.values()], gradients):
        member = runs.pop(id(run))[1]
        with member.attempt():
            if error is not None:
                raise _said(error)
            member.end(end(run))
        gradients.leave(run)
        del run, error


def _said(error: BaseException) -> BaseException:
    """What ended a run: a lack of memory while its weights were updated leaves nothing to train further here."""
    if not isinstance(error, (RuntimeError, MemoryError)) or not is_out_of_memory(error):
        return error
    return DoesNotFitError.at(
        "memory",
        tr("it ran out while the optimiser updated the weights ({trouble}).", trouble=trouble_of(error)),
        tr("Resume the run: it continues from its newest checkpoint, by itself or with fewer beside it."),
    )
