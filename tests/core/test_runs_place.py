from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.runs_place import MISSING, make_place, place_problem


def test_that_a_folder_that_is_there_is_taken_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    assert place_problem(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_that_a_missing_folder_is_not_made_unasked(tmp_path: Path) -> None:
    wanted = tmp_path / "drive" / "läufe"
    problem = place_problem(wanted)
    assert problem is not None
    assert problem.kind == MISSING
    assert not wanted.parent.exists()
    make_place(wanted)
    assert place_problem(wanted) is None


@pytest.mark.parametrize("below", ["", "runs"])
def test_that_a_file_is_no_folder_of_runs(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    problem = place_problem(tmp_path / "file" / below if below else tmp_path / "file")
    assert problem is not None
    assert "is a file, not a folder" in problem.what
    assert problem.kind == ""
    with pytest.raises(ProblemError):
        make_place(tmp_path / "file" / "runs")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows may write everywhere")
def test_that_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o500)
    problem = place_problem(tmp_path / "theirs")
    assert problem is not None
    assert "nothing can be written" in problem.what
