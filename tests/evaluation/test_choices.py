"""Choices that begin alike are compared by all that they say, as a plain computation over whole rows finds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.data.questions import Question
from studio.data.tasks import load_tasks
from studio.evaluation import row_scorer
from studio.evaluation.choices import Ranked, compared, verdicts
from studio.evaluation.scoring import evaluate

SIZES = ("acc", "acc_norm", "acc_bytes", "acc_tokens")


def by_hand(model: Any, tokenizer: Any, stops: frozenset[int], question: Question, lead: str) -> list[Any]:
    """(sum, characters, bytes, tokens) of each choice: of all tokens after those that say `lead`."""
    said = []
    for choice in question.choices:
        stop = next(place for place, token in enumerate(choice) if token in stops)
        start = 0
        while start < stop and not tokenizer.decode(choice[start:stop]).strip().startswith(question.names[len(said)]):
            start += 1
        assert tokenizer.decode(choice[:start]).strip() == lead
        said.append((start, stop, choice))
    found = []
    for start, stop, choice in said:
        # A choice that another one goes on from ends with the end of the turn.
        others = [other for _, _, other in said if other is not choice]
        end = stop + any(other[:stop] == choice[:stop] for other in others)
        ids = torch.tensor(question.prompt_ids + choice)[None]
        log_probs = model(input_ids=ids).logits[0, :-1].log_softmax(-1).gather(1, ids[0, 1:, None])[:, 0]
        text = tokenizer.decode(choice[start:stop]).strip()
        before = len(question.prompt_ids) - 1
        total = float(log_probs[before + start : before + end].detach().sum())
        found.append((total, len(text), len(text.encode()), end - start))
    return found


@pytest.mark.parametrize(("lead", "tail"), [("it is", ""), ("", "it is")])
@pytest.mark.parametrize(
    "names",
    [
        ("the city", "the city of Paris", "the city of Ada"),
        ("red", "red wine", "the city of Päris"),
        ("a1", "a2", "a3 and more"),
        ("the red", "the blue", "the city of Paris"),
    ],
)
def test_that_choices_are_ranked_as_whole_rows_rank_them(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], lead: str, tail: str
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float64).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    file = tmp_path / "rows.jsonl"
    rows: list[dict[str, Any]] = [
        {"instruction": f"Which of all, number {number}?", "output": f"{lead} {name} {tail}".strip(), "answer": name}
        for number, name in enumerate(names * 2)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    table = TaskTable(name="pick", train=str(file), evaluate=str(file), metric="acc_norm")
    loaded = load_tasks(Recipe(tasks=(table,)), tokenizer, parts="held-out")
    seen: list[tuple[float, ...]] = []

    def kept(ranked: Ranked, texts: Sequence[str], lengths: Sequence[int], right: int) -> dict[str, float]:
        seen.append(ranked.sums)
        return verdicts(ranked, texts, lengths, right)

    monkeypatch.setattr(row_scorer, "verdicts", kept)
    found = evaluate(model, tokenizer, loaded, every_row=True)
    for question, sample, sums in zip(loaded["pick"].held_out, found.answers["pick"], seen, strict=True):
        expected = by_hand(model, tokenizer, loaded.stop_ids, question, lead)
        assert sums == pytest.approx([each[0] for each in expected], rel=1e-5)
        for name, size in zip(SIZES, (None, 1, 2, 3), strict=True):
            scores = [each[0] / (1 if size is None else each[size]) for each in expected]
            right = scores.index(max(scores)) == question.right_choice
            assert (sample.right if name == "acc_norm" else sample.also[name]) == right, name


def test_that_a_choice_that_another_begins_with_does_not_win_by_having_no_tokens_of_its_own() -> None:
    words = {1: "The answer is", 2: "New", 3: "York", 4: "City", 9: "<end>"}

    def text(tokens: Sequence[int]) -> str:
        return " ".join(words[token] for token in tokens if token != 9)

    told = compared(((1, 2, 3, 9), (1, 2, 3, 4, 9)), ("New York", "New York City"), frozenset({9}), text)
    assert (told.start, told.same) == (1, 3)
    assert told.own == ((2, 3, 9), (2, 3, 4))
    assert told.texts == ("New York", "New York City")
    apart = compared(((1, 2, 9), (1, 3, 9)), ("New", "York"), frozenset({9}), text)
    assert (apart.start, apart.own) == (1, ((2,), (3,)))
