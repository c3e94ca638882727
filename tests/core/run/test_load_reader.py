from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from studio.core.problem import ProblemError
from studio.core.run.load_reader import LoadReader
from studio.core.run.run_db import RunWriter
from studio.core.run.run_rows import packed

LAYERS, EXPERTS = 3, 4


def counts(step: int, task: int = 0) -> np.ndarray:
    return (np.arange(LAYERS * EXPERTS).reshape(LAYERS, EXPERTS) + 10 * step + task).astype(np.float32)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Thirty steps; the task "b" is in every other one, and pairs are counted in every tenth."""
    path = tmp_path / "run.db"
    with RunWriter(path) as writer:
        for step in range(1, 31):
            own = {"a": counts(step, 1)} | ({"b": counts(step, 2)} if step % 2 else {})
            together = np.full((LAYERS, EXPERTS, EXPERTS), float(step)) if step % 10 == 1 else None
            writer.write(
                step=step, loads={"": sum(own.values()), **own}, answer_loads={"a": counts(step)}, together=together
            )
    return path


@pytest.mark.parametrize(("step", "first"), [(30, 11), (20, 1), (5, 1), (99, 11)])
def test_that_a_window_holds_the_last_steps_up_to_one(db: Path, step: int, first: int) -> None:
    with LoadReader(db) as reader:
        window = reader.window(step)
        answers = reader.window(step, answers=True)
    last = min(step, 30)
    assert window is not None
    assert answers is not None
    assert window.steps == answers.steps == tuple(range(first, last + 1))
    for place, found in enumerate(window.steps):
        assert (window.tasks["a"][place] == counts(found, 1)).all()
        assert (window.tasks["b"][place] == (counts(found, 2) if found % 2 else 0)).all()
        assert (answers.whole[place] == counts(found)).all()
    assert (window.whole == window.tasks["a"] + window.tasks["b"]).all()
    assert window.stacked().shape == (len(window.steps), 2, LAYERS, EXPERTS)


def test_that_there_is_nothing_before_the_first_step(db: Path, tmp_path: Path) -> None:
    with LoadReader(db) as reader:
        assert reader.load_steps() == (1, 30)
        assert reader.window(0) is None
        assert reader.together(0) is None
    with RunWriter(tmp_path / "empty.db"), LoadReader(tmp_path / "empty.db") as reader:
        assert reader.load_steps() is None
        assert reader.window(7) is None


def test_that_pairs_are_those_last_counted(db: Path) -> None:
    with LoadReader(db) as reader:
        found = reader.together(25)
    assert found is not None
    first, last, together = found
    assert (first, last) == (11, 21)
    assert (together == 32).all()


def test_that_a_course_is_one_layers_part_of_every_window(db: Path) -> None:
    with LoadReader(db) as reader:
        course = reader.course(1, EXPERTS, [10, 30], 5)
    assert set(course) == {"", "a", "b"}
    assert (course["a"][1] == sum(counts(step, 1)[1] for step in range(26, 31))).all()
    assert (course["b"][0] == counts(7, 2)[1] + counts(9, 2)[1]).all()


def test_that_a_run_of_an_earlier_version_has_loads_and_nothing_besides(db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DROP TABLE answer_loads")
        connection.execute("DROP TABLE together")
    with LoadReader(db) as reader:
        assert reader.window(30) is not None
        assert reader.window(30, answers=True) is None
        assert reader.together(30) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE loads SET experts = 2 WHERE step = 30 AND task = 'a'",
        "UPDATE loads SET layers = 1, counts = zeroblob(16) WHERE step = 30 AND task = 'a'",
        "UPDATE answer_loads SET counts = zeroblob(7) WHERE step = 30",
        "UPDATE answer_loads SET layers = 'x' WHERE step = 30",
        "UPDATE together SET experts = 3 WHERE step = 21",
        "UPDATE together SET layers = -1 WHERE step = 21",
    ],
)
def test_that_counts_of_another_shape_are_a_problem(db: Path, change: str) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(change)
    with pytest.raises(ProblemError, match=r"counts|differ|malformed"):
        read_all(db)


def read_all(db: Path) -> None:
    with LoadReader(db) as reader:
        reader.window(30)
        reader.window(30, answers=True)
        reader.together(30)


@pytest.mark.parametrize(("largest", "width"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**31, 4)])
def test_that_counts_take_the_bytes_that_the_largest_needs(largest: int, width: int) -> None:
    assert len(packed(np.array([0, largest]))) == 2 * width
