"""Which sweep a run belongs to: one small file beside its recipe, written when the run is made and never changed."""

from __future__ import annotations

import json
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


@dataclass(frozen=True, slots=True)
class RunGroup:
    """A sweep, by an id of its own and its name, and the values of the swept fields in this one of its runs."""

    id: str
    name: str
    values: Mapping[str, Any]

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
    plain = {path: value for path, value in values.items() if len(path) <= _LONGEST_NAME and _is_plain(value)}
    return RunGroup(of[:_LONGEST_NAME], name[:_LONGEST_NAME], dict(list(plain.items())[:_MOST_VALUES]))


def _is_plain(value: Any) -> bool:
    """Whether it may be a field's value: a short text, a number, a switch, or a list of them."""
    if isinstance(value, list):
        return len(value) <= _MOST_VALUES and all(not isinstance(each, list) and _is_plain(each) for each in value)
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= _LONGEST_VALUE)


def write_group(folder: Path, group: RunGroup) -> None:
    """Write the run's sweep into its folder; raises OSError."""
    values = {"id": group.id, "name": group.name, "values": dict(group.values)}
    write_whole(folder / GROUP, json.dumps(values, indent=2, ensure_ascii=False) + "\n")
