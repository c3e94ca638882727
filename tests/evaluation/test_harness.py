"""lm-eval gets the adapted model as it is; what it lacks is a Problem that says what to install or to name."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.evaluation import harness
from studio.evaluation.harness import HarnessTasks, harness_scores, harness_tasks

TASK = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {file}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: answer
metric_list:
  - metric: acc
  - metric: acc_norm
"""
CHOICES = ["red", "red wine", "the city of Paris"]
ROWS: list[dict[str, Any]] = [
    {"question": f"Which of all, number {number}?", "choices": CHOICES, "answer": number % 3} for number in range(12)
]


@pytest.fixture
def task(tmp_path: Path) -> Path:
    rows = tmp_path / "rows of mine.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    file = tmp_path / "own task.yaml"
    file.write_text(TASK.format(name="own_choices", file=json.dumps(rows.as_posix())), encoding="utf-8")
    return file


def test_that_without_the_harness_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ProblemError, match=r"lm-eval is not installed.*mixlora-studio\[harness\]"):
        harness_tasks("arc_easy")


def test_that_tasks_are_named_or_files(task: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "check_harness", lambda: None)
    assert harness_tasks(f"arc_easy, {task},boolq") == HarnessTasks(("arc_easy", "own_choices", "boolq"), (tmp_path,))
    (tmp_path / "empty.yaml").write_text("dataset_path: json\n", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        harness_tasks(f"{tmp_path / 'none.yaml'},{tmp_path / 'empty.yaml'}")
    assert [
        said in problem.what for problem, said in zip(caught.value.problems, ("cannot be read", "no line"), strict=True)
    ]
    with pytest.raises(ProblemError, match="it names no task"):
        harness_tasks(" , ")


@pytest.mark.skipif(importlib.util.find_spec("lm_eval") is None, reason="the extra harness is not installed")
def test_that_lm_eval_scores_the_model_on_a_task_of_ones_own(tiny_model: Path, task: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from studio.evaluation.choices import Ranked, verdicts
    from studio.evaluation.endings import Endings, ending_log_probs
    from studio.evaluation.forward import Forward

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    told: list[str] = []
    found = harness_scores(model, tokenizer, harness_tasks(str(task)), told.append)["own_choices"]
    assert told == ["lm-eval scores own_choices"]
    assert found["acc"]["rows"] == len(ROWS)

    def ids(text: str) -> tuple[int, ...]:
        return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])

    def endings(row: dict[str, Any]) -> Endings:
        asked = ids(row["question"])
        return Endings(asked, tuple(ids(f"{row['question']} {each}")[len(asked) :] for each in row["choices"]))

    with torch.no_grad():
        log_probs = ending_log_probs(Forward(model, 0, 64), [endings(row) for row in ROWS])
    mine = [
        verdicts(Ranked(0, tuple(sum(each) for each in sums)), row["choices"], (1, 1, 1), row["answer"])
        for sums, row in zip(log_probs, ROWS, strict=True)
    ]
    for metric in ("acc", "acc_norm"):
        assert found[metric]["value"] == pytest.approx(sum(each[metric] for each in mine) / len(ROWS)), metric
    with pytest.raises(ProblemError, match="lm-eval knows no nosuchtask"):
        harness_scores(model, tokenizer, HarnessTasks(("nosuchtask",), ()), told.append)
