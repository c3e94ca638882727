"""The data beside a plan: what `train` would refuse is told before a recipe is said to fit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.mixing import steps_of
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import missing_data
from studio.core.units import memory
from studio.planner.row_count import TURNS

if TYPE_CHECKING:
    from studio.data.data_check import CheckedData

COUNTED_BYTES = 8 << 20  # data up to this size is counted in tokens, which takes seconds
READ_BYTES = 1 << 30  # up to this size all rows are read, without counting tokens


class PlannedData:
    """What was found in a recipe's data; `missing` names files that are not there, `problems` why it is refused."""

    def __init__(self, recipe: Recipe) -> None:
        self.missing = missing_data(recipe)
        self._training = recipe.training
        self.checked: CheckedData | None = None
        self.note = ""
        if not self.missing:
            self._read(recipe)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why training would refuse the data that is there."""
        return tuple(self.checked.problems) if self.checked is not None else ()

    @property
    def verdict(self) -> str:
        """Whether the recipe that fits in memory can be trained, as far as its data was read."""
        if self.problems:
            return "It would fit in memory, but its data cannot be trained on; see below."
        return "It fits in memory; not all of its data is there." if self.missing else "It fits."

    @property
    def rows(self) -> tuple[int | None, bool]:
        """An epoch's rows where they are known, and whether there may be more.

        They are known where all were rendered. Where they were only read, each answer of a conversation may become a
        row of its own, and running text has as many as its tokens need.
        """
        told = list(self.checked.tasks.values()) if self.checked is not None else []
        if not told or self.missing or not all("epoch_rows" in each for each in told):
            return None, False
        if not all(each["whole"] for each in told) and any(each["format"] == "text" for each in told):
            return None, False
        unsure = any(not each["whole"] and each["format"] in TURNS for each in told)
        return sum(each["epoch_rows"] for each in told), unsure

    @property
    def longest(self) -> int | None:
        """The tokens within which 95 % of the rows are, of the task with the longest; None where they were not
        counted."""
        told = list(self.checked.tasks.values()) if self.checked is not None else []
        counted = [each["tokens_p95"] for each in told if each.get("whole")]
        return max(counted) if counted and len(counted) == len(told) else None

    def as_dict(self) -> dict[str, Any]:
        """The data's part of the plan in JSON."""
        return {
            "tasks": self.checked.tasks if self.checked is not None else {},
            "problems": [problem.as_dict() for problem in (*self.missing, *self.problems)],
            "note": self.note,
        }

    def sentences(self) -> list[str]:
        """A sentence or two on each task, and what was not read."""
        lines = []
        for name, told in (self.checked.tasks if self.checked is not None else {}).items():
            if told["problems"]:
                lines.append(f"Task {name} cannot be trained on.")
                continue
            counted = f"{told['used']:,} of {told['found']:,} rows used"
            if told["whole"]:
                counted += f", {told['tokens']:,} tokens, the longest row {told['tokens_longest']:,}"
            share = f", {100 * told['share']:.3g} % of the mix" if "share" in told else ""
            lines.append(f"Task {name}: read as {told['format']}; {counted}{share}.")
            lines += [f"  Warning: {warning['what']} {warning['remedy']}" for warning in told["warnings"]]
        rows, at_least = self.rows
        if rows is not None and not self.problems:
            counted = f"{'at least ' if at_least else ''}{_counted(rows, 'row')}"
            steps = _counted(steps_of(self._training, rows), "step")
            most = "at least " if at_least and self._training.max_steps is None else ""
            lines.append(f"An epoch is {counted}; training is {most}{steps} of {self._training.batch_size}.")
        return [*lines, self.note] if self.note else lines

    def _read(self, recipe: Recipe) -> None:
        from studio.data.data_check import check_tasks, data_bytes, read_tasks

        size = data_bytes(recipe)
        if size > READ_BYTES:
            self.note = f"The data was not read: it is {memory(size)}. `mixlora-studio data` counts it."
            return
        tokenizer = _tokenizer(recipe) if size <= COUNTED_BYTES else None
        if tokenizer is None:
            why = f"the data is {memory(size)}" if size > COUNTED_BYTES else "the model is not on this machine yet"
            self.note = f"The rows were read, but not counted in tokens: {why}. `mixlora-studio data` counts them."
            self.checked = read_tasks(recipe, _say)
        else:
            self.checked = check_tasks(recipe, tokenizer, _say)


def _tokenizer(recipe: Recipe) -> Any:
    """The model's tokenizer, or None where the model would have to be downloaded first."""
    from studio.planner.model_source import local_path

    if local_path(recipe.model) is None:
        return None
    from studio.core.process.library_environment import quiet_libraries
    from studio.hardware import detect

    quiet_libraries(detect().cores)
    from studio.models.base_model import find_tokenizer

    try:
        return find_tokenizer(recipe.model, _say)
    except ProblemError:
        return None  # the plan itself needs no tokenizer; whoever loads the model tells what is wrong with it


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _say(sentence: str, share: float | None = None) -> None:
    print(sentence, file=sys.stderr)
