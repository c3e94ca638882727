"""The demo's extra file is an extra: what is wrong with it is said, and the demo goes on."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from studio.cli.demo_verb import _in_one_file
from studio.cli.progress import Progress
from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.export.gguf.read_back import UnfaithfulFileError
from studio.export.proof import UnprovenError

WRONG = [
    (ProblemError.at("out", "the disk is full.", "Free disk space."), "the disk is full"),
    (UnprovenError("the file does not compute what the run does"), "does not compute"),
    (UnfaithfulFileError("blk.0.ffn_down is another tensor"), "is another tensor"),
    (MemoryError(), "memory ran out"),
]


@pytest.mark.parametrize(("error", "words"), WRONG)
def test_that_a_gguf_file_that_fails_does_not_end_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], error: Exception, words: str,
) -> None:  # fmt: skip
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr("studio.export.export_adapter", fail)
    with Progress() as progress:
        assert _in_one_file(RunFolder(tmp_path / "run"), progress) is None
    said = capsys.readouterr().err
    assert "No GGUF file: " in said
    assert words in said
