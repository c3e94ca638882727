"""The results: one line of JSON for each finished trial, so that a run of the laboratory can end at any time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from tests.bench.learning.trial import Trial

KEPT = Path(__file__).parent / "results.jsonl"
"""What the tables rest on, committed."""


def key_of(trial: Trial) -> str:
    return _key(asdict(trial))


def _key(asked: dict[str, Any]) -> str:
    """What was asked, without what is as by default: a new field leaves earlier results where they are."""
    return json.dumps({name: value for name, value in asked.items() if value != _DEFAULTS.get(name)}, sort_keys=True)


_DEFAULTS = {each.name: each.default for each in fields(Trial) if each.default is not MISSING}


class Store:
    """Finished trials by what was asked: those in the repository, and those in `file`, where new ones go."""

    def __init__(self, file: Path, kept: Path = KEPT) -> None:
        self._file = file
        self._found: dict[str, dict[str, Any]] = {}
        for each in (kept, file):
            if each.is_file():
                for line in each.read_text(encoding="utf-8").splitlines():
                    read = json.loads(line)
                    self._found[_key(read["trial"])] = read["result"]

    def __len__(self) -> int:
        return len(self._found)

    def trials(self) -> list[Trial]:
        return [Trial(**json.loads(key)) for key in self._found]

    def get(self, trial: Trial) -> dict[str, Any] | None:
        return self._found.get(key_of(trial))

    def add(self, trial: Trial, result: dict[str, Any]) -> None:
        self._found[key_of(trial)] = result
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8", newline="\n") as out:
            out.write(_line(trial, result))

    def keep(self, trials: Iterable[Trial], kept: Path = KEPT) -> None:
        """Write these trials' results where they are committed, in the order of their keys."""
        lines = {key_of(trial): _line(trial, found) for trial in trials if (found := self.get(trial)) is not None}
        kept.write_text("".join(lines[key] for key in sorted(lines)), encoding="utf-8", newline="\n")


def _line(trial: Trial, result: dict[str, Any]) -> str:
    return json.dumps({"trial": json.loads(key_of(trial)), "result": result}, sort_keys=True) + "\n"
