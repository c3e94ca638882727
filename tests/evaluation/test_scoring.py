"""Scores come from the model's own answers, agree with a calculation row by row, and leave training undisturbed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.data.batch import collate
from studio.data.tasks import LoadedTasks, load_tasks
from studio.evaluation import scoring
from studio.evaluation.choices import common_start
from studio.evaluation.row_scorer import RowScorer
from studio.evaluation.scoring import evaluate

SAID = [("colour", "red"), ("the city of Ada", "Paris Paris"), ("day", "Monday"), ("number", "12 km")]
Load = Callable[..., LoadedTasks]


def fresh(folder: Path, dtype: torch.dtype = torch.float32) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval(), AutoTokenizer.from_pretrained(folder)


@pytest.fixture
def load(tmp_path: Path, tiny_model: Path) -> Load:
    """Load rows as the held-out rows of one task."""

    def loaded(rows: list[dict[str, Any]], metric: str = "auto", evaluate_rows: int = 100) -> LoadedTasks:
        held = tmp_path / "held.jsonl"
        held.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        table = TaskTable(
            name="say",
            train=str(held),
            evaluate=str(held),
            metric=metric,  # type: ignore[arg-type]
            evaluate_rows=evaluate_rows,
        )
        return load_tasks(Recipe(tasks=(table,)), fresh(tiny_model)[1], parts="held-out")

    return loaded


def said_rows() -> list[dict[str, Any]]:
    return [{"prompt": f"Name the {what}.", "completion": answer} for what, answer in SAID]


@pytest.fixture(scope="module")
def learned(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tiny model, having learned SAID by heart."""
    model, tokenizer = fresh(tiny_model)
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in said_rows()), encoding="utf-8")
    tasks = load_tasks(Recipe(tasks=(TaskTable(name="say", train=str(file)),)), tokenizer)
    batch = collate(list(tasks["say"].train), [0] * len(SAID), tasks.pad_id)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        output = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask, labels=batch.labels)
        output.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


def test_that_a_model_scores_on_what_it_learned_and_only_on_that(learned: Any, tiny_model: Path, load: Load) -> None:
    tokenizer = fresh(tiny_model)[1]
    wrong = {"prompt": "Name the colour.", "completion": "blue"}
    found = evaluate(learned, tokenizer, load([*said_rows(), wrong]))
    score = found.tasks["say"]
    assert (score.metric, score.value, score.rows) == ("exact-match", 0.8, 5)
    assert score.stderr == pytest.approx(math.sqrt(0.8 * 0.2 / 5))
    assert [sample.right for sample in found.answers["say"]] == [True] * 4 + [False]
    assert [(sample.answer, sample.expected) for sample in found.answers["say"]][-1] == ("red", "blue")
    assert found.samples(2) == list(found.answers["say"][:2])
    assert evaluate(fresh(tiny_model)[0], tokenizer, load(said_rows())).tasks["say"].value == 0


def test_that_an_answer_seen_from_its_loss_is_the_one_that_would_be_generated(
    learned: Any, tiny_model: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = fresh(tiny_model)[1]
    loaded = load([*said_rows(), {"prompt": "Name the colour.", "completion": "blue"}])
    generated: list[int] = []
    generate, losses = RowScorer._generated, RowScorer._losses
    monkeypatch.setattr(
        RowScorer, "_generated", lambda self, rows, metric: generated.append(len(rows)) or generate(self, rows, metric)
    )
    short = evaluate(learned, tokenizer, loaded)
    monkeypatch.setattr(RowScorer, "_losses", lambda self, rows: (losses(self, rows)[0], [False] * len(rows), {}))
    assert evaluate(learned, tokenizer, loaded).answers == short.answers
    assert generated == [1, 5]


def test_that_answers_do_not_depend_on_how_many_rows_go_together(tiny_model: Path, load: Load) -> None:
    model, tokenizer = fresh(tiny_model, torch.float64)
    loaded = load(said_rows())
    together = evaluate(model, tokenizer, loaded)
    alone = evaluate(model, tokenizer, loaded, rows_at_once=1)
    said, said_alone = ([each.answer for each in found.answers["say"]] for found in (together, alone))
    assert said == said_alone, "the patience with a row is that of its own answer"
    assert together.tasks["say"].loss == pytest.approx(alone.tasks["say"].loss, rel=1e-9)


def test_that_a_loss_is_the_mean_over_answer_tokens(tiny_model: Path, load: Load) -> None:
    model, tokenizer = fresh(tiny_model, torch.float64)
    texts = [{"text": "one"}, {"text": "the correct answer is answer1"}, {"text": "Ada Paris"}]
    for rows, metric in ((said_rows(), "exact-match"), (texts, "loss")):
        loaded = load(rows)
        sums, counts = [], []
        for question in loaded["say"].held_out:
            ids = torch.tensor(question.row.input_ids)[None].long()
            labels = torch.tensor(question.row.labels)[None]
            logits = model(input_ids=ids).logits[:, :-1]
            losses = torch.nn.functional.cross_entropy(logits[0], labels[0, 1:], reduction="none")
            sums.append(float(losses.detach().sum()))
            counts.append(int((labels[0, 1:] >= 0).sum()))
        score = evaluate(model, tokenizer, loaded).tasks["say"]
        assert score.metric == metric
        assert score.loss == pytest.approx(sum(sums) / sum(counts), rel=1e-6)
        if metric == "loss":
            assert score.value == score.loss
            mean = sum(sums) / sum(counts)
            spread = sum((loss - mean * count) ** 2 for loss, count in zip(sums, counts, strict=True))
            assert score.stderr == pytest.approx(math.sqrt(spread * 3 / 2) / sum(counts), rel=1e-6)


@pytest.mark.parametrize("names", [("a1", "a2", "a3"), ("red", "red wine", "the city of Paris")])
def test_that_the_likeliest_choice_is_taken(tiny_model: Path, load: Load, names: tuple[str, ...]) -> None:
    model, tokenizer = fresh(tiny_model, torch.float64)
    rows = [
        {"instruction": f"Which of all, number {n}?", "output": f"it is {name}", "answer": name}
        for n, name in enumerate(names * 3)
    ]
    loaded = load(rows)
    expected = []
    for question in loaded["say"].held_out:
        sums = []
        for choice in question.choices:
            ids = torch.tensor(question.prompt_ids + choice)[None]
            log_probs = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
            start = len(question.prompt_ids) + common_start(question.choices) - 1
            # Where one token tells the choices apart, what follows it does not count.
            stop = start + 1 if names[0] == "a1" else None
            taken = log_probs.gather(1, ids[0, 1:, None])[start:stop]
            sums.append(float(taken.detach().sum()))
        expected.append(names[sums.index(max(sums))])
    found = evaluate(model, tokenizer, loaded)
    assert found.tasks["say"].metric == "choice"
    assert [sample.answer for sample in found.answers["say"]] == [f"it is {name}" for name in expected]
    right = [sample.right for sample in found.answers["say"]]
    assert right == [name == row["answer"] for name, row in zip(expected, rows, strict=True)]
    assert found.tasks["say"].value == sum(right) / 9


def test_that_at_most_the_recipes_number_of_rows_is_scored_unless_all_are_asked_for(
    tiny_model: Path, load: Load
) -> None:
    model, tokenizer = fresh(tiny_model)
    loaded = load(said_rows(), evaluate_rows=2)
    told: list[str] = []
    assert evaluate(model, tokenizer, loaded, progress=told.append).tasks["say"].rows == 2
    assert told == ["Scoring say on 2 of 4 held-out rows"]
    assert evaluate(model, tokenizer, loaded, every_row=True).tasks["say"].rows == 4


def test_that_scoring_reports_its_rows_and_each_token_of_an_answer(tiny_model: Path, load: Load) -> None:
    told: list[tuple[str, int, int]] = []
    rows = [*said_rows(), *said_rows()]
    model, tokenizer = fresh(tiny_model)
    evaluate(model, tokenizer, load(rows, "exact-match"), rows_at_once=3, counted=lambda *said: told.append(said))
    assert {total for _, _, total in told} == {len(rows)}
    read = [done for sentence, done, _ in told if "held-out rows read" in sentence and "in progress" not in sentence]
    given = [done for sentence, done, _ in told if "answers given" in sentence and "in progress" not in sentence]
    assert read == given == sorted({*range(3, len(rows), 3), len(rows)})
    assert any(sentence.endswith("in progress, at token 2") for sentence, _, _ in told)


def test_that_as_many_rows_are_scored_as_a_time_allows_and_spread_over_the_file(
    tiny_model: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = fresh(tiny_model)
    loaded = load([{"prompt": f"Name {number}.", "completion": "red"} for number in range(40)])
    clock = [0.0]
    score = RowScorer.score

    def slowly(self: RowScorer, task: Any, rows: Any) -> Any:
        clock[0] += len(rows)  # a second each
        return score(self, task, rows)

    monkeypatch.setattr(RowScorer, "score", slowly)
    monkeypatch.setattr(scoring.time, "perf_counter", lambda: clock[0])
    for seconds, rows in ((0.0, 2), (3.0, 2), (5.0, 5), (17.0, 17), (30.0, 30), (1000.0, 40)):
        clock[0] = 0.0
        found = evaluate(model, tokenizer, loaded, within=seconds)
        assert found.tasks["say"].rows == rows
        assert found.tasks["say"].of_rows == 40
        assert found.seconds <= max(2.0, seconds)
        places = [sample.row for sample in found.answers["say"]]
        assert places == sorted(set(places))
        assert max(places) >= 20


def test_that_every_beginning_of_a_scattered_order_is_spread() -> None:
    for count in (1, 2, 3, 10, 64, 100):
        order = scoring.scattered(tuple(range(count)))
        assert sorted(order) == list(range(count))
        for taken in range(2, count):
            gaps = [b - a for a, b in zip(sorted(order[:taken]), sorted(order[:taken])[1:], strict=False)]
            assert max(gaps) <= 4 * count / taken


def test_that_a_task_without_held_out_rows_has_no_score(tiny_model: Path, tmp_path: Path) -> None:
    model, tokenizer = fresh(tiny_model)
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "one"}\n', encoding="utf-8")
    loaded = load_tasks(Recipe(tasks=(TaskTable(name="say", train=str(file)),)), tokenizer)
    assert evaluate(model, tokenizer, loaded).tasks == {}


def test_that_training_continues_as_if_it_had_not_been_scored(tiny_model: Path, load: Load) -> None:
    from peft import get_peft_model

    from studio.core.recipe.recipe import MethodTable
    from studio.methods.protocols import routed_method
    from studio.methods.registry import adapter_config

    base, tokenizer = fresh(tiny_model)
    method = MethodTable(experts=4, rank=4, alpha=8, dropout=0.5)
    model = get_peft_model(base, adapter_config(method))
    model.train()
    frozen = next(module for module in model.modules() if type(module).__name__ == "Embedding")
    frozen.eval()
    modes = [module.training for module in model.modules()]
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    routed = routed_method(model)
    assert routed is not None
    routed.take_loads()
    state = torch.get_rng_state()
    evaluate(model, tokenizer, load(said_rows()))
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    assert float(routed.take_loads().sum()) == 0
    assert torch.is_grad_enabled()


def test_that_modes_are_restored_when_scoring_is_interrupted(tiny_model: Path, load: Load) -> None:
    model, tokenizer = fresh(tiny_model)
    model.train()

    def leave(sentence: str) -> None:
        raise KeyboardInterrupt(sentence)

    with pytest.raises(KeyboardInterrupt):
        evaluate(model, tokenizer, load(said_rows()), progress=leave)
    assert all(module.training for module in model.modules())
    assert torch.is_grad_enabled()


def test_that_choices_that_differ_in_their_first_token_cost_no_extra_forward(tiny_model: Path, load: Load) -> None:
    model, tokenizer = fresh(tiny_model)
    forwards: list[int] = []
    model.register_forward_pre_hook(lambda *_: forwards.append(1))
    for names, alike in ((("a1", "a2", "a3"), False), (("red", "red wine", "red car"), True)):
        forwards.clear()
        rows = [{"instruction": f"Which, {name}?", "output": f"it is {name}", "answer": name} for name in names]
        evaluate(model, tokenizer, load(rows))
        assert (len(forwards) > 1) is alike, "the forward over the expected answers ranks choices that begin unlike"
