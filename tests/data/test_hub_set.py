"""Sets of a hub: their configs, splits and classes, and what is said where one cannot be loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pytest

from studio.core.problem import ProblemError
from studio.data.hub_set import read_hub_set


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> str:
    def load(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(ProblemError) as caught:
        read_hub_set("owner/set", "train")
    return str(caught.value)


def test_that_a_set_with_several_configs_is_a_problem_that_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    said = failing(
        monkeypatch,
        ValueError(
            "Config name is missing.\nPlease pick one among the available configs: ['main', 'socratic']\nExample"
        ),
    )
    assert "several configs: main, socratic" in said
    assert "owner/set:main" in said


def test_that_configs_are_named_from_the_librarys_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # by a name without a drive, whose colon would begin a config
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"x": 1}\n', encoding="utf-8")
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: one\n  data_files: a.jsonl\n- config_name: two\n  data_files: a.jsonl\n---\n",
        encoding="utf-8",
    )
    with pytest.raises(ProblemError) as caught:
        read_hub_set("set", "train")
    assert "several configs: one, two" in str(caught.value)


def test_that_an_unknown_split_is_said_in_the_librarys_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = failing(monkeypatch, ValueError("Unknown split \"x\". Should be one of ['train', 'test']."))
    assert "Should be one of ['train', 'test']" in said


def test_that_the_numbers_of_classes_are_read_as_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    made = datasets.Dataset.from_list([{"text": "Fine.", "label": 1}], features=features)
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: made)
    file = read_hub_set("owner/set", "train")
    for _ in range(2):  # rows are read anew each time
        assert [row.values for row in file.rows] == [{"text": "Fine.", "label": "good"}]
    assert file.place(1) == "owner/set, split train, row 1"
    assert read_hub_set("owner/set::test", "train").name == "owner/set::test"
