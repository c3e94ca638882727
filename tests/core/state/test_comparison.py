"""What several runs of one recipe gave, gathered by method: only what was finished and measured counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.core.run.run_folder import RunFolder
from studio.core.state.comparison import Spread, by_method, group_of, name_of_run, read_result
from tests.fake_run import MEASURED_PEAK, FakeRun


def ended_run(runs: Path, method: str, seed: int, steps: int, outcome: str = "finished"):
    with FakeRun(runs, name=f"{method} {seed}", method=method, seed=seed) as run:
        run.start().evaluate("before").train(steps).evaluate("after").end(outcome)  # type: ignore[arg-type]
        return read_result(run.folder)


def test_that_seeds_are_averaged_by_method_in_the_order_of_their_first_runs(tmp_path: Path) -> None:
    results = [ended_run(tmp_path, method, seed, 20 + 20 * seed) for seed in (0, 1) for method in ("dora", "mixlora")]
    dora, mixlora = by_method(results)
    assert (dora.method.name, mixlora.method.name) == ("dora", "mixlora")
    assert dora.tasks["units"].values == pytest.approx([0.3, 0.6])
    assert (dora.metrics["units"], dora.rows["units"]) == ("exact-match", 100)
    assert dora.right is not None
    assert dora.right.mean == pytest.approx(0.45)
    assert dora.right.deviation == pytest.approx(0.3 / 2**0.5)
    assert (dora.parameters, dora.peak_bytes) == (1_000_000, MEASURED_PEAK)
    assert [result.before["units"].value for result in results] == [0.0] * 4


def test_that_a_run_that_did_not_finish_is_named_and_not_averaged(tmp_path: Path) -> None:
    (line,) = by_method([ended_run(tmp_path, "lora", 0, 20), ended_run(tmp_path, "lora", 1, 40, "stopped")])
    assert [run.state for run in line.runs] == ["finished", "stopped"]
    assert line.tasks["units"].values == pytest.approx([0.3])
    assert line.right is not None
    assert line.right.deviation is None, "one value has no spread"

    (none,) = by_method([ended_run(tmp_path, "lora", 2, 20, "stopped")])
    assert (none.tasks, none.right, none.seconds) == ({}, None, None)
    assert none.as_dict()["mean"] is None


def test_that_the_spread_is_that_of_a_sample() -> None:
    assert Spread((1.0, 2.0, 3.0)).deviation == pytest.approx(1.0)
    assert Spread((1.0,)).as_dict() == {"mean": 1.0, "spread": None, "values": [1.0]}


@pytest.mark.parametrize("group", ["three tasks", "a lora seed 3", "ends in seed 4"])
def test_that_a_run_of_a_comparison_tells_which_it_belongs_to(group: str) -> None:
    assert group_of(name_of_run(group, "dora", 12)) == group
    assert group_of("three tasks") is None


def test_that_of_runs_trained_together_the_memory_of_all_is_known_and_not_taken_for_one_runs_peak(
    tmp_path: Path,
) -> None:
    alone = ended_run(tmp_path, "lora", 0, 20)
    assert (alone.peak_bytes, alone.shared_bytes) == (MEASURED_PEAK, None)
    with FakeRun(tmp_path, name="lora 1", method="lora", seed=1) as run:
        run.start().train(20).evaluate("after").end()
        measured_by_nobody(run.folder)
        together = read_result(run.folder)
    assert (together.peak_bytes, together.shared_bytes) == (None, MEASURED_PEAK)
    (line,) = by_method([together])
    assert (line.peak_bytes, line.shared_bytes) == (None, MEASURED_PEAK)
    (both,) = by_method([alone, together])
    assert both.peak_bytes == MEASURED_PEAK


def measured_by_nobody(folder: RunFolder) -> None:
    """Leave out what a worker of several runs does not measure."""
    with closing(sqlite3.connect(folder.db)) as connection, connection:
        connection.execute("DELETE FROM events WHERE kind = 'PlanMeasured'")
