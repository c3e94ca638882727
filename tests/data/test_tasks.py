"""A recipe's tasks, from its files to token rows and questions; whatever does not become a row is reported."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.core.run.events import WarningRaised
from studio.core.run.overlap import tells_of_overlap
from studio.data.tasks import LoadedTasks, load_tasks
from tests.data.conftest import WriteLines


def rows(*answers: str, asked: str = "Say it") -> list[dict[str, Any]]:
    return [{"prompt": f"{asked} {number}", "completion": answer} for number, answer in enumerate(answers)]


def recipe(train: Path | str, evaluate: Path | None = None, max_length: int = 128, **task: Any) -> Recipe:
    table = TaskTable(name="say", train=str(train), evaluate=str(evaluate) if evaluate else None, **task)
    return Recipe(tasks=(table,), training=TrainingTable(max_length=max_length))


def problems_of(wanted: Recipe, tokenizer: Any) -> str:
    with pytest.raises(ProblemError) as caught:
        load_tasks(wanted, tokenizer)
    return str(caught.value)


def test_that_a_task_is_loaded_with_counts_hashes_and_questions(tokenizer: Any, write_lines: WriteLines) -> None:
    train, held = write_lines(rows("one", "two")), write_lines(rows("six", asked="Tell"), "held.jsonl")
    loaded = load_tasks(recipe(train, held, weight=2.0, evaluate_rows=5), tokenizer)
    task = loaded["say"]
    assert (task.format, task.metric, task.weight, task.evaluate_rows) == ("prompt-completion", "exact-match", 2.0, 5)
    assert (task.train_report.rows, task.train_report.used, task.train_report.cut) == (2, 2, 0)
    assert loaded.hashes == {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in (train, held)}
    (question,) = task.held_out
    assert (question.prompt, question.expected) == ("Tell 0", "six")
    assert tokenizer.decode(question.prompt_ids) == "<|im_start|>user\nTell 0<|im_end|>\n<|im_start|>assistant\n"
    assert tuple(question.row.input_ids[: len(question.prompt_ids)]) == question.prompt_ids
    assert (loaded.names, loaded.warnings, loaded.pad_id) == (("say",), (), tokenizer.pad_token_id)
    assert loaded.stop_ids == {tokenizer.eos_token_id}


def test_that_only_the_requested_part_is_read(tokenizer: Any, write_lines: WriteLines) -> None:
    train, held = write_lines(rows("one")), write_lines(rows("six", asked="Tell"), "held.jsonl")
    for part, counts in (("train", (1, 0)), ("held-out", (0, 1))):
        task = load_tasks(recipe(train, held), tokenizer, parts=part)["say"]  # type: ignore[arg-type]
        assert (len(task.train), len(task.held_out)) == counts


def test_that_held_out_rows_are_scored_without_the_training_file(tokenizer: Any, write_lines: WriteLines) -> None:
    held = write_lines(rows("six"), "held.jsonl")
    loaded = load_tasks(recipe(held.with_name("gone.jsonl"), held), tokenizer, parts="held-out")
    assert len(loaded["say"].held_out) == 1


def test_that_long_rows_are_cut_and_empty_answers_left_out_with_a_warning(
    tokenizer: Any, write_lines: WriteLines
) -> None:
    made = [*rows("ok"), {"prompt": "x" * 80, "completion": "short"}, {"prompt": "x", "completion": "y" * 80}]
    made.append({"prompt": "x", "completion": " "})
    loaded = load_tasks(recipe(write_lines(made), max_length=32), tokenizer)
    report = loaded["say"].train_report
    assert (report.rows, report.used, report.cut, report.left_out_rows) == (4, 3, 2, 1)
    said = " ".join(warning.what for warning in loaded.warnings)
    assert "the prompt does not fit in 32 tokens; the middle of its longest message is cut out (line 2" in said
    assert "an answer does not fit in 32 tokens; its beginning is learned, without an end token (line 3" in said
    assert "2 of 4 rows for training are cut" in said
    assert "1 of 4 rows for training are left out: the answer is empty (line 4" in said
    assert max(loaded["say"].train.lengths) == 32


def test_that_a_file_of_which_no_row_can_be_used_is_a_problem(tokenizer: Any, write_lines: WriteLines) -> None:
    too_long = problems_of(recipe(write_lines(rows("y" * 80)), max_length=8), tokenizer)
    assert "none of its 1 rows" in too_long
    assert "Raise training.max_length" in too_long
    empty = problems_of(recipe(write_lines(rows(" "))), tokenizer)
    assert "the answer is empty" in empty
    assert "max_length" not in empty


def test_that_reasons_for_using_no_row_are_counted_against_all_rows(tokenizer: Any, write_lines: WriteLines) -> None:
    given = [{"prompt": "", "completion": "x"}, {"prompt": "x", "completion": " "}]
    said = problems_of(recipe(write_lines(given)), tokenizer)
    assert said.count("none of its 2 rows can be used; in 1, ") == 2


def test_that_held_out_questions_which_are_trained_on_are_reported(tokenizer: Any, write_lines: WriteLines) -> None:
    asked = recipe(write_lines(rows("a", "b")), write_lines(rows("a"), "held.jsonl"))
    for _ in range(2):  # read, and as they were kept
        (warning,) = load_tasks(asked, tokenizer).warnings
        assert "1 of 1 held-out questions is also asked in training" in warning.what
        assert tells_of_overlap(WarningRaised(where=warning.where, what=warning.what))


def test_that_the_problems_of_all_tasks_are_reported_at_once(tokenizer: Any, write_lines: WriteLines) -> None:
    broken = write_lines(['{"prompt": "q", "completion": "a"}', "{"])
    tables = [TaskTable(name="a", train=str(broken)), TaskTable(name="b", train=str(broken.with_name("gone.jsonl")))]
    with pytest.raises(ProblemError) as caught:
        load_tasks(Recipe(tasks=tuple(tables)), tokenizer)
    wheres = [problem.where for problem in caught.value.problems]
    assert wheres == [f"{broken}, line 2", str(broken.with_name("gone.jsonl"))]


def test_that_rows_which_the_template_rejects_are_named_with_their_line(
    tokenizer: Any, write_lines: WriteLines
) -> None:
    from tests.tiny import make_tiny_tokenizer

    strict = make_tiny_tokenizer(
        "{% if messages | length > 2 %}{{ raise_exception('too many turns') }}{% endif %}" + tokenizer.chat_template
    )
    turns = [{"role": role, "content": "x"} for role in ("user", "assistant", "user", "assistant")]
    file = write_lines([{"messages": turns[:2]}, {"messages": turns}])
    text = problems_of(recipe(file), strict)
    assert f"{file}, line 2" in text
    assert "too many turns" in text


def test_that_a_name_which_is_not_a_file_is_looked_up_on_the_hub_and_its_absence_reported(tokenizer: Any) -> None:
    text = problems_of(recipe("nobody/no-such-set"), tokenizer)
    assert "it cannot be loaded as a hub set" in text
    assert "owner/name" in text


def test_that_a_hub_set_is_read_by_name_config_and_split(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    asked: list[tuple[Any, ...]] = []

    def load(path: str, config: str | None, split: str) -> Any:
        asked.append((path, config, split))
        return datasets.Dataset.from_list(rows("one", "two"))

    monkeypatch.setattr(datasets, "load_dataset", load)
    task = load_tasks(recipe("owner/set:small"), tokenizer)["say"]
    assert asked == [("owner/set", "small", "train")]
    assert len(task.train) == 2
    assert next(iter(task.sha256.values()))


def test_that_a_folder_named_for_both_gives_each_its_own_files(tokenizer: Any, write_lines: WriteLines) -> None:
    folder = write_lines(rows("a", "b", "c"), "train.jsonl").parent
    write_lines(rows("d", asked="Tell"), "test.jsonl")
    task = load_tasks(recipe(folder, folder), tokenizer)["say"]
    assert (len(task.train), [question.expected for question in task.held_out]) == (3, ["d"])
    assert len(task.sha256) == 2


def test_that_choices_are_tokenized_as_whole_answers(tokenizer: Any, write_lines: WriteLines) -> None:
    made = [
        {"instruction": f"Which, a1/a2? {n}", "input": "", "output": f"it is a{n}", "answer": f"a{n}"} for n in (1, 2)
    ]
    loaded = load_tasks(recipe(write_lines(made), write_lines(made[1:], "held.jsonl")), tokenizer)
    (question,) = loaded["say"].held_out
    assert loaded["say"].metric == "choice"
    assert question.right_choice == 1
    assert [tokenizer.decode(choice) for choice in question.choices] == ["it is a1<|im_end|>", "it is a2<|im_end|>"]


def test_that_a_class_which_is_left_empty_is_no_choice(tokenizer: Any, write_lines: WriteLines) -> None:
    held = [{"text": f"{n}?", "label": label} for n, label in enumerate(("spam", "ham", ""))]
    task = load_tasks(recipe(write_lines(held, "train.jsonl"), write_lines(held, "held.jsonl")), tokenizer)["say"]
    assert task.held_report.left_out_rows == 1
    assert [question.names for question in task.held_out] == [("ham", "spam")] * 2


def test_that_a_limit_spreads_the_questions_over_the_file(tokenizer: Any, write_lines: WriteLines) -> None:
    held = write_lines(rows(*"abcdefghij", asked="Tell"), "held.jsonl")
    loaded: LoadedTasks = load_tasks(recipe(write_lines(rows("x")), held), tokenizer)
    task = loaded["say"]
    assert [task.held_out[place].expected for place in task.spread(3)] == ["a", "d", "g"]
    assert [len(task.spread(limit)) for limit in (None, 10, 99)] == [10, 10, 10]


def test_that_a_greeting_which_alone_is_learned_can_be_scored(tokenizer: Any, write_lines: WriteLines) -> None:
    turns = [
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Bye", "weight": 0},
    ]
    held = write_lines([{"messages": turns}], "held.jsonl")
    (question,) = load_tasks(recipe(write_lines([{"messages": turns}]), held), tokenizer)["say"].held_out
    assert (question.prompt, question.expected) == ("", "Hello")
    assert tokenizer.decode(question.row.input_ids[question.row.learned]) == "Hello<|im_end|>"
