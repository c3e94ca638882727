"""A run's tasks are scored by one metric from its beginning to its end, also by workers that would choose another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.run.commands import Pause
from studio.core.run.decided_metrics import decided_metrics
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.data import metric
from studio.evaluation.try_adapter import Bases, Wanted, score
from tests.training.small_run import events, small_run, train
from tests.training.test_faults import at_step


def metrics_of(folder: RunFolder) -> list[str]:
    return [each.tasks["ask"].metric for each in events(folder, "EvaluationEnded")]


@pytest.mark.parametrize("version", ["of today", "earlier"])
def test_that_a_resumed_run_is_scored_as_it_began(
    version: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"training__evaluate_every": 2, "training__max_steps": 4, "tasks__ask__metric": "auto"}
    folder = small_run(tmp_path, tiny_model, **changes)
    with monkeypatch.context() as patch:
        patch.setattr(metric, "_seen", lambda format, rows: ("exact-match", "its rules were others"))
        at_step(patch, 3, lambda: send_command(folder.db, Pause()))
        assert train(folder) == 0
    assert read_state(folder).state == "paused"
    provenance = folder.provenance()
    assert provenance["decided"]["metrics"] == {"ask": "exact-match", "tell": "exact-match"}
    if version == "earlier":
        del provenance["decided"]["metrics"]
        folder.provenance_file.write_text(json.dumps(provenance), encoding="utf-8")

    assert train(folder) == 0
    assert metrics_of(folder) == ["exact-match"] * 3, "these rows would be read as labels today"
    found = score(str(folder.path), folder.recipe(), folder.path.parent, Bases(), lambda said: None, Wanted(base=False))
    assert found.tasks["ask"]["metric"] == "exact-match", "scored again, it is the same score"

    alone = folder.recipe()
    other = alone.tasks[0].model_copy(update={"evaluate": 2})
    found = score(
        str(folder.path),
        alone.model_copy(update={"tasks": (other,)}),
        folder.path.parent,
        Bases(),
        lambda said: None,
        Wanted(base=False),
    )
    assert found.tasks["ask"]["metric"] == "label", "other rows are another task"


@pytest.mark.parametrize("metric", ["guesses", "auto", 3, ["label"]])
def test_that_what_is_no_metric_is_a_problem_of_the_provenance(metric: object, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"provenance\.json: decided.*which is none"):
        decided_metrics(RunFolder(tmp_path), {"decided": {"metrics": {"ask": metric}}})
