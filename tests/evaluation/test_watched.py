"""An evaluation shows what it finds while it goes on: tallies that end at its score, and answers as they are given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.run.events import LiveAnswer, Tally
from studio.data.tasks import load_tasks
from studio.evaluation import watched
from studio.evaluation.sample import Sample
from studio.evaluation.scoring import evaluate
from studio.evaluation.watched import NEWEST, Watched

Look = tuple[dict[str, Tally], tuple[LiveAnswer, ...]]


@pytest.mark.parametrize("metric", ["exact-match", "loss"])
def test_that_every_row_is_counted_and_answers_are_seen_as_they_grow(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.setattr(watched, "PERIOD", 0.0)
    file = tmp_path / "held.jsonl"
    rows = [{"prompt": f"Name number {n}.", "completion": f"number {n}"} for n in range(5)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    table = TaskTable.model_validate({"name": "say", "train": str(file), "evaluate": str(file), "metric": metric})
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tasks = load_tasks(Recipe(tasks=(table,)), tokenizer, parts="held-out")
    model = AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    looks: list[Look] = []
    found = evaluate(model, tokenizer, tasks, shown=lambda *look: looks.append(look))
    plain = evaluate(model, tokenizer, tasks)
    assert found.tasks == plain.tasks, "being watched changes nothing"
    counts = [look[0]["say"].done for look in looks]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 5)
    last = looks[-1][0]["say"]
    if metric == "loss":
        assert (last.right, last.wrong) == (0, 0)
        return
    score = found.tasks["say"]
    assert last.right == round(score.value * score.rows)
    assert last.right + last.wrong == 5
    begun = [look[1][0].answer for look in looks if look[1] and not look[1][0].whole]
    assert begun, "answers are seen before they are whole"
    whole = {answer.prompt: answer.answer for _, answers in looks for answer in answers if answer.whole}
    assert whole == {sample.prompt: sample.answer for sample in found.answers["say"]}


def test_that_of_a_limited_evaluation_the_number_of_rows_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(watched.time, "monotonic", lambda: now[0])
    looks: list[Look] = []
    seen = Watched(lambda *look: looks.append(look), {"units": 100}, within=20.0)
    for number in range(8):
        now[0] += 0.7
        seen.answered(Sample("units", "How far?", f"{number} km", "5 km", number == 5))
    assert len(looks) == 5, "no more often than each second"
    assert looks[-1][0]["units"] == Tally(done=8, of=29, right=1, wrong=7)
    assert [answer.answer for answer in looks[-1][1]] == ["7 km", "6 km", "5 km", "4 km"]
    assert len(looks[-1][1]) == NEWEST
