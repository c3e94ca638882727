"""Which sweep a run belongs to: one small file beside its recipe, written when the run is made and never changed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.atomic_file import write_whole
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.words import tr

GROUP = "group.json"
_MOST_BYTES = 64 * 1024
_LONGEST_NAME = 120
_MOST_VALUES = 64
_LONGEST_VALUE = 400

Told = tuple[Mapping[str, Any], float | None]
"""A setting that was tried, and how good it is, higher is better; None where it failed."""


@dataclass(frozen=True, slots=True)
class RunGroup:
    """A sweep, by an id of its own and its name, and the values of the swept fields in this one of its runs.

    told: where values are proposed, what was known of earlier settings when this run's were; what they turn out to be
    later, made or resumed again, does not change which settings followed.
    """

    id: str
    name: str
    values: Mapping[str, Any]
    told: tuple[Told, ...] = ()

    @property
    def title(self) -> str:
        """What the sweep is called among the comparisons: the same recipe's methods may have been compared, too."""
        return tr("Sweep of {name}", name=self.name)


def read_group(folder: Path) -> RunGroup | None:
    """The sweep of the run in `folder`; None for a run on its own, or where the file is not one that a sweep wrote.

    The run itself is sound either way: it then stands in the list by itself.
    """
    file = folder / GROUP
    if not file.is_file():
        return None
    try:
        found = read_object(file, tr("Delete the file; the run then belongs to no sweep."), _MOST_BYTES)
    except ProblemError:
        return None
    of, name, values = found.get("id"), found.get("name"), found.get("values")
    if not isinstance(of, str) or not isinstance(name, str) or not isinstance(values, dict) or not (of and name):
        return None
    return RunGroup(of[:_LONGEST_NAME], name[:_LONGEST_NAME], _plain(values), _told(found.get("told")))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    plain = {path: value for path, value in values.items() if len(path) <= _LONGEST_NAME and _is_plain(value)}
    return dict(list(plain.items())[:_MOST_VALUES])


def _told(found: Any) -> tuple[Told, ...]:
    """What was told, in order; nothing where it is not what a sweep wrote, and the proposals are then made anew."""
    told: list[Told] = []
    for each in found if isinstance(found, list) else []:
        if not (isinstance(each, list) and len(each) == 2 and isinstance(each[0], dict)):
            return ()
        values, merit = each
        if _plain(values) != values or not (merit is None or (_is_number(merit) and math.isfinite(merit))):
            return ()
        told.append((values, None if merit is None else float(merit)))
    return tuple(told)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    """Whether it may be a field's value: a short text, a number, a switch, or a list of them."""
    if isinstance(value, list):
        return len(value) <= _MOST_VALUES and all(not isinstance(each, list) and _is_plain(each) for each in value)
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= _LONGEST_VALUE)


def write_group(folder: Path, group: RunGroup) -> None:
    """Write the run's sweep into its folder; raises OSError."""
    values: dict[str, Any] = {"id": group.id, "name": group.name, "values": dict(group.values)}
    if group.told:
        values["told"] = [[dict(setting), merit] for setting, merit in group.told]
    write_whole(folder / GROUP, json.dumps(values, indent=2, ensure_ascii=False) + "\n")
