"""Where memory runs out, scoring goes on with the rows that are left, fewer at once, and finds the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.data.tasks import LoadedTasks, load_tasks
from studio.evaluation.row_scorer import RowScorer
from studio.evaluation.scoring import evaluate


def words(number: int) -> str:
    return " ".join(["the", "day", "of", "red", "wine", "number", "city", "one"][number % 5 :] * (1 + number % 3))


def rows_of(metric: str) -> list[dict[str, Any]]:
    if metric == "acc":
        names = ["red wine", "red day", "a city of one"]
        return [{"question": f"{words(n)} {n}?", "choices": names, "answer": n % 3} for n in range(13)]
    return [{"prompt": f"{words(n)} {n}?", "completion": words(n + 1)} for n in range(13)]


@pytest.fixture
def load(tmp_path: Path, tiny_model: Path) -> Any:
    def loaded(metric: str) -> tuple[Any, Any, LoadedTasks]:
        file = tmp_path / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows_of(metric)), encoding="utf-8")
        table = TaskTable(name="say", train=str(file), evaluate=str(file), metric=metric)  # type: ignore[arg-type]
        tokenizer = AutoTokenizer.from_pretrained(tiny_model)
        tasks = load_tasks(Recipe(tasks=(table,)), tokenizer, parts="held-out")
        return AutoModelForCausalLM.from_pretrained(tiny_model).eval(), tokenizer, tasks

    return loaded


class Narrow:
    """A machine on which no more than `most` rows at once fit from its call number `after` on."""

    def __init__(self, patch: pytest.MonkeyPatch, most: int, after: int) -> None:
        self.asked: list[int] = []
        self._at_once = 8
        by_groups = RowScorer._by_groups
        calls = [0]

        def watched(scorer: RowScorer, what: str, work: Any, *sizes: Any) -> None:
            done: list[int] = []

            def narrow(chosen: list[int]) -> None:
                calls[0] += 1
                if calls[0] > after and len(chosen) > most:
                    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
                work(chosen)
                done.extend(chosen)

            by_groups(scorer, what, narrow, *sizes)
            assert sorted(done) == list(range(len(sizes[0]))), "each row once, whatever was tried again"

        patch.setattr(RowScorer, "_by_groups", watched)

    def fewer(self, trouble: str) -> int:
        assert trouble.startswith("CUDA out of memory")
        self._at_once //= 2
        self.asked.append(self._at_once)
        return self._at_once


def figures(found: Any) -> Sequence[Any]:
    return [(each.row, each.right, each.answer, each.also) for each in found.answers["say"]]


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("metric", ["exact-match", "acc", "loss"])
def test_that_scored_rows_stay_scored_and_the_others_go_on_fewer_at_once(
    metric: str, after: int, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer, tasks = load(metric)
    unbroken = evaluate(model, tokenizer, tasks, rows_at_once=8)
    narrow = Narrow(monkeypatch, most=3, after=after)
    found = evaluate(model, tokenizer, tasks, rows_at_once=8, fewer=narrow.fewer)
    assert narrow.asked == [4, 2][: len(narrow.asked)]
    assert narrow.asked or after > 1
    assert figures(found) == figures(unbroken)
    mine, theirs = ([each.loss for each in one.answers["say"]] for one in (found, unbroken))
    assert mine == pytest.approx(theirs, rel=1e-5)


def test_that_without_a_way_to_less_the_error_is_the_callers(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer, tasks = load("loss")
    Narrow(monkeypatch, most=0, after=0)
    with pytest.raises(torch.OutOfMemoryError):
        evaluate(model, tokenizer, tasks)
    with pytest.raises(ZeroDivisionError):
        evaluate(model, tokenizer, tasks, fewer=lambda trouble: 1 // 0)
