"""What the list of runs tells of a run beside its state: what its recipe asks for, its day, its last score."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean

from studio.core.recipe.recipe import MethodTable
from studio.core.run.events import EvaluationEnded
from studio.core.run.run_folder import RunFolder
from studio.core.toml_text import read_toml
from studio.core.units import number_text
from studio.core.words import tr
from studio.ui.units import percent_text, score_text

DEFAULT_METHOD = str(MethodTable.model_fields["name"].default)
_STAMP = re.compile(r"^\d{8}")


@dataclass(frozen=True, slots=True)
class RecipeFacts:
    """What the list knows of a run's recipe."""

    name: str = ""
    model: str = ""
    method: str = ""
    tasks: tuple[str, ...] = ()


def read_facts(folder: RunFolder) -> RecipeFacts:
    """What the run's recipe says; a recipe that cannot be read leaves the run its id as its name."""
    try:
        found = read_toml(folder.recipe_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        found = {}  # the run's own page says what is wrong with the file; the list still needs a name
    tables = [found.get(key) for key in ("model", "method")]
    model, method = (table if isinstance(table, dict) else {} for table in tables)
    tasks = found.get("tasks")
    named = [str(task.get("name", "")) for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
    name = str(found.get("name") or folder.id)
    return RecipeFacts(name, str(model.get("source", "")), str(method.get("name", DEFAULT_METHOD)), tuple(named))


def created_on(folder: RunFolder) -> date:
    """The day in the run's id; of a folder that was renamed by hand, the day of its recipe."""
    if found := _STAMP.match(folder.id):
        try:
            return datetime.strptime(found[0], "%Y%m%d").date()
        except ValueError:
            pass  # eight digits that are no date
    try:
        return datetime.fromtimestamp(folder.recipe_file.stat().st_mtime).date()
    except OSError:
        return date.today()  # the run is being moved to the trash, and the next look leaves it out


def score_of(event: EvaluationEnded) -> tuple[str, tuple[str, ...]]:
    """The mean of the tasks' right answers, or of their losses where there are none; and each task's own."""
    scores = event.tasks
    right = [score.value for score in scores.values() if score.metric != "loss"]
    losses = [score.value for score in scores.values() if score.metric == "loss"]
    mean = (
        percent_text(fmean(right)) if right else tr("loss {value}", value=number_text(fmean(losses))) if losses else ""
    )
    return mean, tuple(f"{task}: {score_text(score.metric, score.value)}" for task, score in scores.items())
