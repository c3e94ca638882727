"""The laboratory itself: equal adapters, the same figures again, the studio's own training, and right statistics."""

from __future__ import annotations

import random
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import get_peft_model_state_dict
from safetensors.torch import load_file

from studio.core.recipe.recipe import Recipe
from studio.core.run.run_folder import create_run
from studio.data.questions import Question
from studio.data.token_rows import TokenRow
from tests.bench.learning import rows as rows_module
from tests.bench.learning import summary
from tests.bench.learning.base import batch_of, make_tokenizer
from tests.bench.learning.figures import figure, paired
from tests.bench.learning.search import TRIES, best_rung, next_rung, rate
from tests.bench.learning.sizes import budget_of, parameters_of
from tests.bench.learning.store import Store
from tests.bench.learning.tables import ARMS, TABLES, Arm, Table, next_trial, table_trials, trials_of, tuning_trial
from tests.bench.learning.texts import FAMILIES, KNOWN, MARKS, known_row, mark_of, rows
from tests.bench.learning.trial import Trial, _base, run_trial, share_right, trained

SHORT = {"max_steps": 3, "batch_size": 4, "learning_rate": 0.01}
METHODS: dict[str, dict[str, Any]] = {
    "lora": {"name": "lora", "rank": 4},
    "mixlora": {"name": "mixlora", "experts": 4, "top_k": 2, "rank": 2, "attention_rank": 3, "alpha": 4.0},
    "moelora": {"name": "moelora", "experts": 4, "top_k": 2, "rank": 8},
}


def test_that_all_arms_have_equal_trainable_parameters() -> None:
    """MixLoRA's attention rank fills up to 1.1 %; DoRA's and MoELoRA's one rank goes in steps of up to 5 %."""
    budget = budget_of("medium")
    far = {}
    for name, arm in ((name, arm) for name, arm in ARMS.items() if arm.equal):
        trial = tuning_trial(arm, 0)
        allowed = 0.011 if trial.method["name"] in ("lora", "mixlora") else 0.025
        if abs(share := parameters_of(trial.method, trial.shared) / budget - 1) > allowed:
            far[name] = share
    assert far == {}


def test_that_what_is_counted_as_equal_is_what_is_trained() -> None:
    for method in METHODS.values():
        found = run_trial(Trial("mixed", 2, 1, 1, method, SHORT | {"max_steps": 1}))
        assert found["parameters"] == parameters_of(Trial("mixed", 2, 1, 1, method).recipe().method.model_dump())


def test_that_a_trial_done_again_gives_the_same_figures() -> None:
    trial = Trial("mixed", 2, 1, 1, METHODS["mixlora"], SHORT)
    one, again = run_trial(trial), run_trial(trial)
    del one["seconds"], again["seconds"]
    assert one == again
    other = run_trial(Trial("mixed", 2, 1, 2, METHODS["mixlora"], SHORT))
    assert other["losses"] != one["losses"]


@pytest.mark.parametrize("method", METHODS)
def test_that_a_trial_trains_what_an_ordinary_run_of_its_recipe_trains(method: str, tmp_path: Path) -> None:
    from tests.training.small_run import curve, train

    trial = Trial("mixed", 2, 1, 1, METHODS[method], SHORT)
    asked = trial.recipe()
    # Not scored: an ordinary run would generate answers, for seconds.
    tables = tuple(task.model_copy(update={"evaluate": None}) for task in asked.tasks)
    recipe: Recipe = asked.model_copy(update={"tasks": tables})
    model, losses, _, diverged = trained(recipe, rows_module.loaded(recipe), trial)
    assert not diverged
    run = create_run(recipe, tmp_path / "runs")
    assert train(run) == 0
    assert list(curve(run).values()) == losses
    ordinary, own = load_file(run.adapter / "adapter_model.safetensors"), get_peft_model_state_dict(model)
    assert ordinary.keys() == own.keys()
    assert all(torch.equal(ordinary[name], own[name]) for name in own)


def test_that_a_row_counts_as_right_where_the_model_would_say_just_that() -> None:
    tokenizer, draw = make_tokenizer(), random.Random(5)
    model, right, questions = _base(), 0, []
    for _ in range(40):
        prompt, answer = known_row(draw)
        ids, labels = batch_of([(prompt, answer)], tokenizer)
        start = len(prompt) + 1
        said = model.generate(
            ids[:, :start], attention_mask=torch.ones_like(ids[:, :start]), max_new_tokens=9, do_sample=False
        )
        right += tokenizer.decode(said[0, start:], skip_special_tokens=True) == answer
        row = TokenRow(ids[0].numpy().astype("int32"), (labels[0] != -100).numpy())
        questions.append(Question(0, prompt, (), answer, row))
    tasks: Any = type("Tasks", (), {"pad_id": tokenizer.pad_token_id})
    assert 0 < right < 40
    assert share_right(model, tasks, questions) == right / 40


def test_that_the_base_knows_its_tasks_and_none_of_those_to_be_learned() -> None:
    marks = [mark_of(None, task) for task in KNOWN]
    for family, tasks in FAMILIES.items():
        assert len(tasks) == 16
        own = [mark_of(family, task) for task in tasks]
        assert len({*marks, *own}) == len(marks) + len(own) <= len(MARKS)
        by_example = {rule("abcdefg") + rule("ponbca") for rule in tasks.values()}
        known = {rule("abcdefg") + rule("ponbca") for rule in KNOWN.values()}
        assert len(by_example) == 16
        assert not by_example & known


def test_that_no_row_is_both_learned_and_scored() -> None:
    count = 1150
    for family, tasks in FAMILIES.items():
        for task in tasks:
            prompts = [prompt for prompt, _ in rows(family, task, count)]
            assert len(prompts) == len(set(prompts)) == count


def test_that_errors_and_paired_differences_are_right() -> None:
    one, other = [0.50, 0.60, 0.70, 0.80], [0.40, 0.52, 0.58, 0.70]
    whole = figure(one)
    assert whole.mean == pytest.approx(0.65)
    assert whole.error == pytest.approx(statistics.stdev(one) / 2)
    # Differences 0.10, 0.08, 0.12, 0.10: mean 0.1, deviation 0.01633, error 0.008165, t(3) = 3.182.
    difference = paired(one, other)
    assert difference.mean == pytest.approx(0.1)
    assert difference.error == pytest.approx(0.0081650, rel=1e-4)
    assert difference.half == pytest.approx(0.0259811, rel=1e-4)
    assert difference.shows
    assert not paired([0.5, 0.6, 0.4], [0.6, 0.5, 0.4]).shows
    assert not figure([0.3]).shows


def test_that_a_search_climbs_to_the_peak_and_knows_what_lies_on_both_sides() -> None:
    for peak in range(-4, 5):
        scores: dict[int, float] = {}
        while (rung := next_rung(scores)) is not None:
            assert rung not in scores
            scores[rung] = -abs(rung - peak)
        assert len(scores) <= TRIES
        if -2 <= peak <= 3:
            assert best_rung(scores) == peak
            assert {peak - 1, peak, peak + 1} <= scores.keys()
        else:
            assert abs(best_rung(scores) - peak) < abs(peak)
    assert rate(1) / rate(0) == pytest.approx(rate(0) / rate(-1), rel=0.01)


def _play(table: Table, store: Store, score: Any) -> int:
    count = 0
    while (trial := next_trial(table, store)) is not None:
        count += 1
        store.add(trial, {"validation": score(trial), "test": score(trial), "parameters": 1, "losses": [1.0, 0.5]})
    return count


def test_that_a_table_goes_on_where_it_was_left_and_shows_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ARMS, "half", Arm("half", {"name": "lora"}, "LoRA", {"max_steps": 1}))
    table = Table("?", ("LoRA", "MixLoRA E8 k2", "half"), seeds=3)

    def score(trial: Trial) -> float:
        worse = 0.2 if trial.training.get("max_steps") == 1 else 0.0
        return 0.7 - abs(trial.training["learning_rate"] - rate(1)) - worse + 0.01 * trial.mix

    file, nothing = tmp_path / "results.jsonl", tmp_path / "none"
    whole = _play(table, Store(file, nothing), score)
    assert whole == 2 * 3 + 3 * 3  # rungs 0, 1 and 2 of both searches, and three seeds of three rows
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:9]), encoding="utf-8")
    store = Store(file, nothing)
    assert _play(table, store, score) == whole - 9
    assert len(Store(file, nothing)) == whole == len(trials_of(table, store))
    text = summary.table_text(table, store)
    assert "| half | 8 mixed | 1 | 3 | 52.0 ± 0.6 | **-20.0 ± 0.0** | 0.500 |" in text
    assert "| MixLoRA E8 k2 | 8 mixed | 1 | 3 | 72.0 ± 0.6 | +0.0 ± 0.0 | 0.500 |" in text


def test_that_a_recovery_is_told_in_steps_and_compared_by_seed(tmp_path: Path) -> None:
    table = Table("?", ("LoRA", "LoRA, half the steps"), seeds=2, recovery=True)
    store = Store(tmp_path / "results.jsonl", tmp_path / "none")

    def result(trial: Trial) -> dict[str, Any]:
        late = 19 if trial.training.get("max_steps") else 2 * trial.mix  # after 200 steps, or after 30 and 50
        parts = [0.1] * late + [0.6] * (20 - late)
        return {"validation": 1.0, "test": 0.5, "parameters": 1, "losses": [1.0] * 10, "evenness": parts}

    while (trial := next_trial(table, store)) is not None:
        store.add(trial, result(trial))
    _, _, *rows = summary.recovery_text(table, store).splitlines()
    assert rows == [
        "| LoRA | 2 | 0.10 | 0.60 | 0.60 | 0.60 | 0.60 | 0.525 ± 0.025 |  | 40 ± 10 |  | 50.0 ± 0.0 |  |",
        "| LoRA, half the steps | 2 | 0.10 | 0.10 | 0.10 | 0.10 | 0.60 | 0.125 ± 0.000 | **-0.400 ± 0.318** | 200 ± 0"
        " | **+160 ± 127** | 50.0 ± 0.0 | +0.0 ± 0.0 |",
    ]
    assert summary.steps_until_even({"evenness": [0.1] * 20}) == 200
    assert "| LoRA | 1.00 | 1.00 |" in summary.curves_text(table, store)


def test_that_ranks_follow_the_size_of_the_adapter() -> None:
    even = ARMS["E4 k2, attention r 20, experts r 5"]
    store = Store(Path("none"))
    found = {size: table_trials(even, ("mixed", 8, size), 1, store)[0].method for size in ("small", "medium", "large")}
    assert [(each["rank"], each["attention_rank"]) for each in found.values()] == [(2, 12), (5, 20), (10, 40)]
    for size, method in found.items():
        assert abs(parameters_of(method) / budget_of(size) - 1) < 0.012


def test_that_the_page_says_what_its_results_say(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    written = summary.PAGE.read_text(encoding="utf-8")
    page.write_text(written, encoding="utf-8")
    summary.write_page(Store(tmp_path / "none"), page, tmp_path / "kept.jsonl")
    assert page.read_text(encoding="utf-8") == written
    assert all(f"<!-- {name} -->" in written for name in TABLES)
