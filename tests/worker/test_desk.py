"""The desk: one JSON line each way, an answer to everything, and nothing on stdout but answers."""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.core.process.start_worker import python_environment
from studio.core.run.run_folder import RunFolder
from studio.core.token_view import SeenRow
from studio.worker import asked, desk_requests
from studio.worker.desk import Desk, cancelled_id, lines_of
from tests.adapted_run import make_adapted_run
from tests.patience import PATIENCE
from tests.tiny import make_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model, and data of one task."""
    folder = tmp_path_factory.mktemp("Schreibtisch")
    make_tiny_model(folder / "model")
    for part, rows in (("train", 12), ("test", 4)):
        lines = [{"prompt": f"Convert {row} km to m.", "completion": f"{row}000 m, {part}"} for row in range(rows)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{part}.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(place: Path) -> RunFolder:
    return make_adapted_run(place / "runs", place / "model")


RECIPE = """\
[model]
source = "model"
[[tasks]]
name = "units"
train = "train.jsonl"
evaluate = "test.jsonl"
"""


class Window:
    """Asks a desk in this process and keeps its answers."""

    def __init__(self) -> None:
        self._answers = io.StringIO()
        self.desk = Desk(self._answers)

    def tell(self, line: bytes) -> list[dict[str, Any]]:
        self._answers.truncate(0)
        self._answers.seek(0)
        self.desk.answer(line)
        answers = [json.loads(answer) for answer in self._answers.getvalue().splitlines()]
        # What their words were made from is for a window of another language (tests/core/test_kept_words.py).
        return [{name: value for name, value in answer.items() if name != "said"} for answer in answers]

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """The last answer to a request; those before it are progress with the same id."""
        *progress, last = self.tell(json.dumps({"id": 7, "do": do, **arguments}).encode())
        assert all(set(answer) - {"share"} == {"id", "progress"} for answer in progress)
        assert {answer["id"] for answer in [*progress, last]} == {7}
        return last


@pytest.fixture
def window() -> Window:
    return Window()


def test_that_a_check_reads_all_data_and_counts_it(window: Window, place: Path) -> None:
    done = window.ask("check", recipe=RECIPE, folder=str(place))["done"]
    assert set(done["tasks"]) == {"units"}
    units = done["tasks"]["units"]
    assert (units["train_rows"], units["evaluate_rows"], units["format"]) == (12, 4, "prompt-completion")
    assert units["cut_rows"] == 0
    assert 10 < units["tokens_p95"] <= units["tokens_longest"]


def test_that_a_check_counts_rows_that_must_be_cut_and_warns(window: Window, place: Path) -> None:
    done = window.ask("check", recipe=f"{RECIPE}[training]\nmax_length = 24\n", folder=str(place))["done"]
    assert done["tasks"]["units"]["cut_rows"] == 12
    assert any("24 tokens" in warning["what"] for warning in done["warnings"])


def test_that_held_out_questions_that_are_trained_on_are_said_of_their_task(window: Window, place: Path) -> None:
    recipe = RECIPE.replace('"test.jsonl"', '"train.jsonl"')
    for each in (False, True):
        done = window.ask("check", recipe=recipe, folder=str(place), each=each)["done"]
        said = [warning["what"] for warning in done["tasks"]["units"]["warnings"]]
        assert "12 of 12 held-out questions are also asked in training, so the score is too high." in said


def test_that_a_broken_line_of_data_is_a_problem_with_file_and_line(
    window: Window, place: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "train.jsonl"
    broken.write_text((place / "train.jsonl").read_text(encoding="utf-8") + "{broken\n", encoding="utf-8")
    recipe = RECIPE.replace('"train.jsonl"', json.dumps(str(broken)))
    (problem,) = window.ask("check", recipe=recipe, folder=str(place))["problems"]
    assert str(broken) in problem["where"]
    assert "line 13" in problem["where"]


def test_that_a_look_shows_the_first_rows_with_their_answers_alone_learned(window: Window, place: Path) -> None:
    done = window.ask("look", recipe=RECIPE, folder=str(place), tasks=["units"], rows=4)["done"]
    units = done["tasks"]["units"]
    rows = [SeenRow.of_arrays(row) for row in units["rows"]]
    assert [row.line for row in rows] == [1, 2, 3, 4]
    assert rows[3].gist() == ("Convert 3 km to m.", "3000 m, train")
    assert "".join(token.text for token in rows[3].tokens if token.kind == "learned") == "3000 m, train<|im_end|>"
    assert units["columns"] == ["prompt", "completion"]
    assert units["records"][0] == {"prompt": "Convert 0 km to m.", "completion": "0000 m, train"}
    assert done["bytes"] == (place / "train.jsonl").stat().st_size


def test_that_a_peek_shows_the_first_rows_in_words_without_any_tokenizer(window: Window, place: Path) -> None:
    recipe = RECIPE.replace('"model"', '"no model here"')
    done = window.ask("peek", recipe=recipe, folder=str(place), tasks=["units"], rows=4)["done"]
    units = done["tasks"]["units"]
    rows = [SeenRow.of_arrays(row) for row in units["rows"]]
    assert [row.gist() for row in rows][3] == ("Convert 3 km to m.", "3000 m, train")
    assert (len(rows), units["has_tokens"], units["columns"]) == (4, False, ["prompt", "completion"])


def test_that_a_task_whose_data_is_refused_does_not_hide_the_others(
    window: Window, place: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{broken\n", encoding="utf-8")
    recipe = f'{RECIPE}[[tasks]]\nname = "broken"\ntrain = {json.dumps(str(broken))}\n'
    for done in (
        window.ask("look", recipe=recipe, folder=str(place))["done"],
        window.ask("check", recipe=recipe, folder=str(place), each=True)["done"],
    ):
        (problem,) = done["tasks"]["broken"]["problems"]
        assert "line 1" in problem["where"]
        assert not done["tasks"]["units"].get("problems")
        assert done["tasks"]["units"]["read_as"]


@pytest.mark.parametrize("rows", [-1, "x", True])
def test_that_a_look_at_no_number_of_rows_is_a_problem(window: Window, place: Path, rows: object) -> None:
    answer = window.ask("look", recipe=RECIPE, folder=str(place), rows=rows)
    assert answer["problems"][0]["where"] == "request: rows"


def test_that_an_evaluation_scores_adapter_and_base_on_all_held_out_rows(
    window: Window, place: Path, run: RunFolder
) -> None:
    for name in (str(run.path), "base"):
        units = window.ask("evaluate", run=name, recipe=RECIPE, folder=str(place))["done"]["tasks"]["units"]
        assert (units["metric"], units["rows"]) == ("exact-match", 4)
        assert units["loss"] > 0


def test_that_a_run_without_an_adapter_is_a_problem_of_the_export(window: Window, tmp_path: Path) -> None:
    answer = window.ask("export", run=str(tmp_path), to="peft", out=str(tmp_path / "out"))
    assert "neither a run nor an adapter" in answer["problems"][0]["what"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{broken", "this is not JSON"),
        (b"\xff\xfe", "this is not JSON"),
        (b"[1, 2]", "this is not a JSON object"),
        (b'{"do": "check"}', "it has no id"),
        (b'{"id": "x", "do": "check"}', "it has no id"),
    ],
)
def test_that_a_line_that_is_not_a_request_is_answered_too(window: Window, line: bytes, words: str) -> None:
    (answer,) = window.tell(line)
    assert answer["id"] == 0
    assert words in answer["problems"][0]["what"]


@pytest.mark.parametrize("do", ["explode", None, 3, ["check"]])
def test_that_an_unknown_request_is_answered_with_the_known_ones(window: Window, do: Any) -> None:
    (answer,) = window.tell(json.dumps({"id": 3, "do": do}).encode())
    assert answer["id"] == 3
    assert ", ".join(desk_requests.REQUESTS) in answer["problems"][0]["remedy"]


def test_that_a_missing_argument_is_named(window: Window) -> None:
    assert window.ask("export", run="x")["problems"][0]["where"] == "request: out"


def test_that_a_fault_of_ours_is_reported_with_its_log_and_the_desk_continues(
    window: Window, monkeypatch: pytest.MonkeyPatch, studio_home: Path
) -> None:
    def broken(asked: object, room: object) -> dict[str, Any]:
        raise RuntimeError("the planets are wrong")

    monkeypatch.setitem(desk_requests.REQUESTS, "check", broken)
    answer = window.ask("check")
    assert answer["failed"] == "This is our fault: RuntimeError: the planets are wrong"
    assert Path(answer["log"]).is_relative_to(studio_home)
    assert "the planets are wrong" in Path(answer["log"]).read_text(encoding="utf-8")
    assert "problems" in window.ask("export", run="x")


def test_that_memory_that_runs_out_is_a_problem_with_a_remedy(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(asked: object, room: object) -> dict[str, Any]:
        raise MemoryError

    monkeypatch.setitem(desk_requests.REQUESTS, "check", full)
    (problem,) = window.ask("check")["problems"]
    assert problem["where"] == "memory"
    assert "smaller model" in problem["remedy"]


def test_that_lines_are_read_as_they_arrive_and_the_last_needs_no_end() -> None:
    out, into = os.pipe()
    os.write(into, b'{"a": 1}\n\n{"b"')
    lines = lines_of(out)
    assert next(lines) == b'{"a": 1}'
    os.write(into, b": 2}")
    os.close(into)
    assert list(lines) == [b'{"b": 2}']
    os.close(out)


def test_that_the_process_prints_only_answers_and_exits_when_its_input_ends(
    place: Path, run: RunFolder, tmp_path: Path
) -> None:
    requests = [
        {"id": 1, "do": "explode"},
        {"id": 2, "do": "export", "run": str(run.path), "to": "peft", "out": str(tmp_path / "out")},
        {"id": 3, "do": "check", "recipe": RECIPE, "folder": str(place)},
    ]
    done = subprocess.run(
        [sys.executable, "-m", "studio.worker.desk"],
        input="".join(json.dumps(request) + "\n" for request in requests),
        env=python_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    ends = {answer["id"]: answer for answer in answers if "progress" not in answer}
    assert "problems" in ends[1]
    exported = ends[2]["done"]
    assert exported["verified"]["max_logit_difference"] == 0.0
    assert Path(exported["path"], "adapter_model.safetensors").is_file()
    assert ends[3]["done"]["tasks"]["units"]["train_rows"] == 12
    assert [answer["id"] for answer in answers] == sorted(answer["id"] for answer in answers)


@pytest.mark.parametrize("make_error", [partial(ProblemError.at, "here", "no.", "Try another."), KeyboardInterrupt])
def test_that_nothing_is_kept_of_what_was_refused_or_cancelled(
    window: Window, monkeypatch: pytest.MonkeyPatch, make_error: Callable[[], BaseException]
) -> None:
    class Mapped:
        """A tensor of a file, say, which Windows keeps for it."""

    held: list[weakref.ref[Mapped]] = []

    def refuses(request: asked.Asked, room: asked.DeskRoom) -> dict[str, Any]:
        tensor, cycle = Mapped(), []
        cycle.append((cycle, tensor))
        held.append(weakref.ref(tensor))
        raise make_error()

    monkeypatch.setitem(desk_requests.REQUESTS, "export", refuses)
    assert window.ask("export").keys() & {"problems", "cancelled"}
    assert held[0]() is None


def test_that_a_desk_that_cannot_hear_any_more_ends_and_says_why(tmp_path: Path) -> None:
    with (tmp_path / "only written").open("wb") as deaf:
        command = [sys.executable, "-m", "studio.worker.desk"]
        with subprocess.Popen(command, stdin=deaf, stderr=subprocess.PIPE, env=python_environment()) as process:
            _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
    assert said.strip().splitlines()[-1].startswith(b"OSError")


def test_that_what_libraries_print_never_reaches_the_window() -> None:
    code = (
        "import os, subprocess, sys\n"
        "from studio.core.process.stdout_guard import answers_only\n"
        "print('before')\n"
        "with answers_only() as answers:\n"
        "    print('from Python'); os.write(1, b'from C\\n')\n"
        "    subprocess.run([sys.executable, '-c', 'print(\"from a child\")'], check=True)\n"
        "    answers.write('answer ü\\n')\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == ["before", "answer ü", "after"]
    for words in (b"from Python", b"from C", b"from a child"):
        assert words in done.stderr


def test_that_an_invalid_recipe_is_a_problem(window: Window) -> None:
    assert "is not TOML" in window.ask("check", recipe="name = ")["problems"][0]["what"]
    with pytest.raises(ProblemError, match="not text"):
        asked.Asked({"recipe": 3}, progress=print).recipe()


def test_that_a_cancelled_request_ends_and_the_next_one_is_answered(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(request: asked.Asked, room: asked.DeskRoom) -> dict[str, Any]:
        request.progress("Begun", 0.25)
        threading.Thread(target=window.desk.cancel, args=(7,)).start()
        while True:
            time.sleep(0.01)

    monkeypatch.setitem(desk_requests.REQUESTS, "export", endless)
    # A shell's job in the background ignores the interrupt, with which this desk would never end.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    begun, cancelled = window.tell(b'{"id": 7, "do": "export"}')
    assert begun == {"id": 7, "progress": "Begun", "share": 0.25}
    signal.signal(signal.SIGINT, before)
    assert cancelled == {"id": 7, "cancelled": True}
    monkeypatch.setitem(desk_requests.REQUESTS, "export", lambda asked, room: {"bytes": 1})
    # What was cancelled while it waited is not begun; what has ended is not cancelled any more.
    window.desk.cancel(8)
    assert window.tell(b'{"id": 8, "do": "export"}') == [{"id": 8, "cancelled": True}]
    assert window.tell(b'{"id": 9, "do": "export"}') == [{"id": 9, "done": {"bytes": 1}}]
    window.desk.cancel(9)
    assert window.tell(b'{"id": 10, "do": "export"}') == [{"id": 10, "done": {"bytes": 1}}]


def test_that_a_request_cancelled_while_a_library_is_imported_leaves_the_library_whole(
    window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def cancel() -> None:
        thread = threading.Thread(target=window.desk.cancel, args=(7,))
        thread.start()
        thread.join()

    def endless(request: asked.Asked, room: asked.DeskRoom) -> dict[str, Any]:
        importlib.import_module("cancelled_library")
        while True:
            time.sleep(0.01)

    (tmp_path / "cancelled_library.py").write_text(
        "from hook import cancel\ncancel()\nwhole = True\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "hook", SimpleNamespace(cancel=cancel))
    monkeypatch.setitem(desk_requests.REQUESTS, "export", endless)
    before = signal.signal(signal.SIGINT, window.desk.on_interrupt)
    assert window.tell(b'{"id": 7, "do": "export"}') == [{"id": 7, "cancelled": True}]
    signal.signal(signal.SIGINT, before)
    assert sys.modules.pop("cancelled_library").whole


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"cancel": true}', b'{"cancel": 7, "id": 8}', b'{"id": 7}'])
def test_that_only_a_cancelling_line_cancels(line: bytes) -> None:
    assert cancelled_id(line) is None
    assert cancelled_id(b'{"cancel": 7}') == 7
