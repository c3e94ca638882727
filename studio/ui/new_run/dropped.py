"""What dropped or chosen files and folders become: tasks of a recipe, or why not. Asks their disks, in any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.words import in_a_row, listed, sentences, tr
from studio.ui.new_run.task_values import Values, path_key, tasks_of, why_unreadable


@dataclass(frozen=True, slots=True)
class Dropped:
    """The new `tasks`; what is `left` because it holds no data, or `refused` for a reason; whose task it is `twice`."""

    tasks: tuple[Values, ...]
    left: tuple[Path, ...]
    refused: Mapping[Path, str]
    twice: Mapping[Path, str]

    @property
    def note(self) -> str:
        """What became of those that are no new task; empty where all are."""
        lines = []
        if self.twice:
            told = listed(
                tr("{file} is in the task {task}", file=path.name, task=self.twice[path]) for path in self.twice
            )
            lines.append(tr("Not added again: {files}.", files=told))
        if self.refused:
            told = in_a_row(*(f"{path.name} ({why})" for path, why in self.refused.items()))
            lines.append(tr("Skipped, cannot be read: {files}.", files=told))
        if self.left:
            told = in_a_row(*(path.name for path in self.left))
            lines.append(tr("Skipped, neither a data file nor a folder with any: {files}.", files=told))
        return sentences(*lines)


def looked_at(paths: Sequence[Path], there: Sequence[Values]) -> Dropped:
    """Look at what was dropped, beside the tasks that are there already."""
    known = _tasks_by_path(there)
    each_once = list({path_key(path): path for path in paths}.values())
    twice = {path: known[key] for path in each_once if (key := path_key(path)) in known}
    fresh = [path for path in each_once if path not in twice]
    refused = {path: why for path in fresh if (why := why_unreadable(path))}
    names = {str(task.get("name")) for task in there}
    tasks, left = tasks_of([path for path in fresh if path not in refused], names)
    return Dropped(tuple(tasks), tuple(left), refused, twice)


def _tasks_by_path(tasks: Sequence[Values]) -> dict[str, str]:
    """The name of the task that learns from each file or folder, or is scored on it."""
    found: dict[str, str] = {}
    for task in tasks:
        for given in (task.get("train"), task.get("evaluate")):
            for path in given if isinstance(given, list) else [given]:
                if isinstance(path, str) and path:
                    found.setdefault(path_key(Path(path)), str(task.get("name")))
    return found
