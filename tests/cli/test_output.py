"""What the verbs print for a person to type."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio.cli.output import own_command, within_terminal


@pytest.mark.parametrize("folder", ["plain", "a place with spaces"])
def test_that_the_command_is_named_by_its_whole_path_only_where_the_shell_does_not_find_it(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / folder / ("mixlora-studio.exe" if sys.platform == "win32" else "mixlora-studio")
    program.parent.mkdir()
    program.write_bytes(b"")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_command() == (f'"{program}"' if " " in folder else str(program))
    monkeypatch.setenv("PATH", str(program.parent))
    assert own_command() == "mixlora-studio"


def test_that_a_table_is_cut_to_a_terminal_and_whole_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "id  a reason that is long\nid  short"
    assert within_terminal(table) == table
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "12")
    assert within_terminal(table) == "id  a reaso…\nid  short"
