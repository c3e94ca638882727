"""The command line as a test calls it: in this process, with what it printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from studio.cli import main


@dataclass(frozen=True)
class Said:
    """How a verb ended: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout; anything beside it there is a failure."""
        return json.loads(self.out)


CommandLine = Callable[..., Said]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "Läufe mit Leerzeichen"


@pytest.fixture
def cli(runs: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Call a verb with `--runs` set to the test's own folder, unless it is one of those without runs."""

    def call(verb: str, *arguments: str | Path) -> Said:
        capsys.readouterr()
        place = [] if verb in ("plan", "--help") else ["--runs", str(runs)]
        code = main([verb, *map(str, arguments), *place])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
