"""The desk answers questions to models: token by token, stopped when asked, and never in a run's way."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.core import places
from studio.core.chat.routed_token import read_token
from studio.core.queue.device_lock import DeviceLock
from studio.core.run.run_folder import RunFolder
from studio.evaluation.borrowed_device import BUSY, BorrowedDevice
from studio.hardware import Device
from studio.worker.desk import Desk

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

RECIPE = """\
[model]
source = {model}
[[tasks]]
name = "units"
train = {rows}
evaluate = {rows}
[method]
experts = 4
rank = 4
alpha = 8
"""


@pytest.fixture
def run(make_run: Callable[..., RunFolder], tmp_path: Path, tiny_model: Path) -> RunFolder:
    made = make_run(tmp_path / "runs")
    rows = tmp_path / "rows.jsonl"
    lines = [{"prompt": f"Convert {row} km to m.", "completion": f"{row}000 m"} for row in range(4)]
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    recipe = RECIPE.format(model=json.dumps(str(tiny_model)), rows=json.dumps(str(rows)))
    made.recipe_file.write_text(recipe, encoding="utf-8")
    return made


class Window:
    """Asks a desk in this process and keeps what it says; `at_token` is called at each token."""

    def __init__(self) -> None:
        self.at_token: Callable[[], None] = lambda: None
        self.lines: list[dict[str, Any]] = []
        self.id = 0
        self.desk = Desk(self)  # type: ignore[arg-type]

    def write(self, line: str) -> None:
        self.lines.append(json.loads(line))
        if "said" in self.lines[-1].get("part", {}):
            self.at_token()

    def flush(self) -> None:
        """There is nothing to flush."""

    def ask(self, do: str = "chat", **arguments: Any) -> dict[str, Any]:
        self.lines.clear()
        self.id += 1
        self.desk.answer(json.dumps({"id": self.id, "do": do, **arguments}).encode())
        return self.lines[-1]

    @property
    def parts(self) -> list[dict[str, Any]]:
        return [line["part"] for line in self.lines if "part" in line]


def speaker(run: RunFolder, **more: Any) -> dict[str, Any]:
    return {"run": str(run.path), "messages": [{"role": "user", "content": "Hello?"}], **more}


def test_that_answers_come_token_by_token_side_by_side(run: RunFolder) -> None:
    window = Window()
    done = window.ask(speakers=[speaker(run), speaker(run, bare=True)], sampling={"max_new_tokens": 4})["done"]
    ready = {part["ready"]: part for part in window.parts if "ready" in part}
    assert (len(ready[0]["layers"]), ready[0]["experts"], ready[1]["layers"]) == (2, [4, 4], [])
    assert ready[0]["bytes"] > 10_000
    for place, answer in enumerate(done["answers"]):
        said = [read_token(part["token"]) for part in window.parts if part.get("said") == place]
        read = [read_token(token) for part in window.parts if part.get("read") == place for token in part["tokens"]]
        assert "".join(token.text for token in said) == answer["text"]
        assert "Hello?" in "".join(token.text for token in read)
        assert (len(said), len(read)) == (answer["tokens_said"], answer["tokens_read"])
    assert not done["answers"][0]["stopped"]


def test_that_an_answer_that_is_cancelled_is_done_with_what_was_said(run: RunFolder) -> None:
    window = Window()

    def stop() -> None:
        thread = threading.Thread(target=window.desk.cancel, args=(window.id,))
        thread.start()
        thread.join()

    window.at_token = stop
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = window.ask(speakers=[speaker(run)], sampling={"max_new_tokens": 200})["done"]
    signal.signal(signal.SIGINT, before)
    assert done["answers"][0]["stopped"]
    assert done["answers"][0]["tokens_said"] <= 2
    window.at_token = lambda: None
    assert window.ask(speakers=[speaker(run)], sampling={"max_new_tokens": 2})["done"]["answers"][0]["text"]


def test_that_a_held_out_row_is_asked_as_it_is_scored_and_judged(run: RunFolder) -> None:
    window = Window()
    tasks = window.ask("held_out", run=str(run.path))["done"]["tasks"]
    assert tasks["units"]["metric"] == "exact-match"
    assert tasks["units"]["rows"][2] == {"row": 2, "line": 3, "prompt": "Convert 2 km to m.", "expected": "2000 m"}
    row = {"run": str(run.path), "task": "units", "row": 2}
    done = window.ask(speakers=[{"run": str(run.path)}], held_out=row, sampling={"max_new_tokens": 4})["done"]
    assert done["answers"][0]["verdict"] == {
        "metric": "exact-match",
        "expected": "2000 m",
        "right": False,
        "counted": "",
    }
    beyond = window.ask(speakers=[{"run": str(run.path)}], held_out=row | {"row": 9})
    assert "4 held-out rows" in beyond["problems"][0]["what"]


def test_that_a_held_out_row_is_judged_by_the_metric_that_the_run_decided_on(run: RunFolder) -> None:
    run.write_provenance(run.provenance() | {"decided": {"metrics": {"units": "number"}}})
    window = Window()
    assert window.ask("held_out", run=str(run.path))["done"]["tasks"]["units"]["metric"] == "number"
    row = {"run": str(run.path), "task": "units", "row": 2}
    done = window.ask(speakers=[{"run": str(run.path)}], held_out=row, sampling={"max_new_tokens": 1})["done"]
    assert done["answers"][0]["verdict"]["metric"] == "number"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "nobody is asked"),
        ({"speakers": [3]}, "names nobody"),
        ({"speakers": [{"run": "x", "messages": []}]}, "no conversation"),
        ({"sampling": {"temperature": -1}}, "-1 is too small"),
        ({"sampling": {"temprature": 1}}, "no such field"),
        ({"off": ["3:x"]}, "names no expert"),
        ({"off": 3}, "not a list"),
        ({"held_out": {"run": "x"}}, "this is no row"),
    ],
)
def test_that_a_question_that_cannot_be_read_is_a_problem(arguments: dict[str, Any], words: str) -> None:
    assert words in Window().ask(**arguments)["problems"][0]["what"]


def test_that_a_card_on_which_a_run_trains_is_refused_and_left(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window()
    window.ask(speakers=[speaker(run)], sampling={"max_new_tokens": 2})
    assert window.desk.rest()
    card = Device("cuda", "A card", 0, 1 << 34, 1 << 34, bus="0000:01:00.0")
    session = window.desk._room.chat(places.runs())
    session.device = BorrowedDevice(card)
    assert window.desk.rest()
    machine = type("OneCard", (), {"device": lambda self, wanted: card})
    monkeypatch.setattr("studio.evaluation.borrowed_device.detect", machine)
    with DeviceLock(card.lock_name).held(run, "A card"):
        (problem,) = window.ask(speakers=[speaker(run)])["problems"]
        assert (problem["kind"], problem["where"]) == (BUSY, "A card")
        assert "on the processor" in problem["remedy"]
        session.device = BorrowedDevice(card)
        assert not window.desk.rest()
        assert "A run began to train" in window.lines[-1]["part"]["left"]


def test_that_a_run_on_the_same_processor_is_said(run: RunFolder) -> None:
    window = Window()
    with DeviceLock("cpu").held(run, "cpu"):
        window.ask(speakers=[speaker(run)], sampling={"max_new_tokens": 1})
        assert any("both are slower" in part.get("note", "") for part in window.parts)
        assert window.desk.rest()


def test_that_a_model_larger_than_the_free_memory_is_not_loaded_onto_the_processor(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.evaluation.borrowed_device.free_memory", lambda: 1000)
    (problem,) = Window().ask(speakers=[speaker(run)])["problems"]
    assert "of memory are free" in problem["what"]


def test_that_memory_that_ran_out_is_said_and_given_back(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window()
    window.ask(speakers=[speaker(run)], sampling={"max_new_tokens": 1})
    session = window.desk._room.chat(places.runs())
    assert session.bytes > 0

    def full(*_: Any) -> None:
        raise MemoryError("CUDA out of memory")

    with monkeypatch.context() as patched:
        patched.setattr("studio.evaluation.chat.voice.Voice.answer", full)
        (problem,) = window.ask(speakers=[speaker(run)])["problems"]
    assert (problem["where"], session.bytes) == ("memory", 0)
    assert window.ask(speakers=[speaker(run)], sampling={"max_new_tokens": 1})["done"]["answers"]


def test_that_a_row_with_choices_is_judged_by_the_likeliest_of_them(run: RunFolder, tmp_path: Path) -> None:
    lines = [{"question": f"What is {n} and one?", "choices": ["one", "two", "three"], "answer": 1} for n in range(3)]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    row = {"run": str(run.path), "task": "units", "row": 1}
    both = [{"run": str(run.path)}, {"run": str(run.path), "bare": True}]
    done = Window().ask(speakers=both, held_out=row, sampling={"max_new_tokens": 2}, off=["all:1"])["done"]
    for answer in done["answers"]:
        verdict = answer["verdict"]
        assert verdict["metric"] == "choice"
        assert verdict["right"] == (verdict["counted"] == verdict["expected"])
        assert verdict["counted"] in {verdict["expected"].replace("B", letter) for letter in "ABC"}, verdict
