"""runs, show, pause and stop: what they print, what they ask of a worker, and how they end."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from studio.core.problem import Problem
from studio.core.run.commands import Pause, Stop
from studio.core.run.events import PlanMeasured, StepEnded
from studio.core.run.run_db import RunWriter
from tests.cli.conftest import CommandLine
from tests.fake_run import MEASURED_PEAK, PREDICTED_PEAK, TASKS, FakeRun, make_fake_run
from tests.old_code_page import OLD_CODE_PAGE
from tests.patience import PATIENCE

SHOWN = {
    "id",
    "state",
    "reason",
    "step",
    "total_steps",
    "loss",
    "tasks",
    "router",
    "predicted_peak_bytes",
    "measured_peak_bytes",
    "adapter",
}


def test_that_show_has_the_keys_that_other_programs_rely_on(cli: CommandLine, runs: Path) -> None:
    folder = make_fake_run(runs)
    said = cli("show", "last", "--json")
    shown = said.json
    assert said.code == 0
    assert set(shown) >= SHOWN
    assert (shown["id"], shown["state"], shown["step"], shown["total_steps"]) == (folder.id, "finished", 60, 60)
    assert shown["reason"] == "All 60 steps are done."
    assert list(shown["tasks"]) == list(TASKS)
    for task in shown["tasks"].values():
        assert set(task) == {"train_loss", "eval_loss", "accuracy"}
        assert task["train_loss"] < 1
        assert task["accuracy"] == pytest.approx(0.9)
    assert (shown["predicted_peak_bytes"], shown["measured_peak_bytes"]) == (PREDICTED_PEAK, MEASURED_PEAK)
    assert Path(shown["adapter"]) == folder.adapter.resolve()


def test_that_show_sets_the_highest_measured_peak_beside_what_was_planned_before_the_probe(
    cli: CommandLine, runs: Path
) -> None:
    folder = make_fake_run(runs, steps=2)
    with RunWriter(folder.db) as writer:
        for stage, predicted, measured in (("probe", 700, 800), ("run", 700, 900), ("run", 850, 820)):
            writer.write(
                PlanMeasured(stage=stage, predicted_peak_bytes=predicted, measured_peak_bytes=measured)  # type: ignore[arg-type]
            )
    shown = cli("show", "last", "--json").json
    assert (shown["predicted_peak_bytes"], shown["measured_peak_bytes"]) == (700, 900)


def test_that_show_gives_loads_as_shares_with_their_unevenness_and_the_dead(cli: CommandLine, runs: Path) -> None:
    make_fake_run(runs, layers=3, experts=4)
    router = cli("show", "last", "--json").json["router"]
    assert (router["layers"], router["experts"]) == (3, 4)
    assert [sum(layer) for layer in router["load"]] == pytest.approx([1.0] * 3)
    for load, cv in zip(router["load"], router["cv"], strict=True):
        assert cv == pytest.approx(math.sqrt(sum((4 * share - 1) ** 2 for share in load) / 4))
    assert router["dead"] == 1
    assert router["load"][-1][-1] == 0


def test_that_a_method_without_a_router_shows_none(cli: CommandLine, runs: Path) -> None:
    make_fake_run(runs, steps=2, method="lora")
    assert cli("show", "last", "--json").json["router"] is None


def test_that_show_says_what_a_method_has_and_nothing_of_what_it_has_not(cli: CommandLine, runs: Path) -> None:
    make_fake_run(runs, steps=2, method="moelora", layers=6, experts=4)
    shown, said = cli("show", "last", "--json").json, cli("show", "last").out
    assert shown["method"] == "moelora"
    floor = math.log(40)
    assert shown["contrastive"] == pytest.approx({"loss": floor + 1.0, "floor": floor, "above_floor": 1.0})
    groups = shown["router"]["groups"]
    assert {name: group["rows"] for name, group in groups.items()} == {"q_proj": [0, 2, 4], "v_proj": [1, 3, 5]}
    assert (groups["q_proj"]["dead"], groups["v_proj"]["dead"]) == (0, 1)
    assert groups["v_proj"]["worst_cv"] == max(shown["router"]["cv"][row] for row in (1, 3, 5))
    assert re.search(r"router q_proj +3 layers of 4 experts, 0 dead", said)
    assert "above its floor 3.689" in said

    make_fake_run(runs, steps=2, method="mixlora")
    shown, said = cli("show", "last", "--json").json, cli("show", "last").out
    assert shown["contrastive"] is None
    assert list(shown["router"]["groups"]) == ["mlp"]
    assert "contrastive" not in said

    make_fake_run(runs, steps=2, method="dora")
    said = cli("show", "last").out
    assert "router" not in said
    assert "contrastive" not in said


def test_that_a_run_that_has_not_begun_shows_its_tasks_without_numbers(cli: CommandLine, runs: Path) -> None:
    with FakeRun(runs):
        shown = cli("show", "last", "--json").json
    assert shown["state"] == "waiting"
    assert shown["tasks"] == {name: {"train_loss": None, "eval_loss": None, "accuracy": None} for name in TASKS}
    assert shown["loss"] is shown["router"] is shown["measured_peak_bytes"] is shown["adapter"] is None


def test_that_a_loss_that_is_not_finite_is_null_since_json_has_no_word_for_it(cli: CommandLine, runs: Path) -> None:
    with FakeRun(runs) as run, RunWriter(run.folder.db) as writer:
        run.start()
        ended = StepEnded(step=1, total_steps=9, epoch=0.1, loss=math.nan, seconds=1, tokens=1)
        writer.write(ended, step=1, scalars={"loss": math.nan, "task/units/loss": math.inf})
        shown = cli("show", "last", "--json").json
    assert shown["loss"] is None
    assert shown["tasks"]["units"]["train_loss"] is None


def test_that_points_ahead_of_a_resumed_run_are_not_shown_as_its_last(cli: CommandLine, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(4).checkpoint()
        at_four = cli("show", "last", "--json").json["loss"]
        run.train(3).die()
        run.step = 4
        run.start()
        shown = cli("show", "last", "--json").json
    assert (shown["step"], shown["loss"]) == (4, at_four)


def test_that_show_in_words_names_state_curves_router_and_adapter(cli: CommandLine, runs: Path) -> None:
    folder = make_fake_run(runs)
    said = cli("show", "last")
    assert said.code == 0
    for words in (
        "finished",
        "60/60",
        "task extract",
        "right 90.0 %",
        "1 dead",
        "1.8 GiB measured",
        str(folder.adapter),
    ):
        assert words in said.out


def test_that_runs_lists_newest_first_with_state_and_reason(cli: CommandLine, runs: Path) -> None:
    old = make_fake_run(runs, steps=3, outcome="stopped", now=1_700_000_000.0)
    new = make_fake_run(runs, now=1_700_003_600.0)
    said = cli("runs", "--json")
    assert [(run["id"], run["state"]) for run in said.json["runs"]] == [(new.id, "finished"), (old.id, "stopped")]
    assert said.json["runs"][1]["reason"] == "Stopped after step 3 of 60, as asked."
    assert cli("runs").out.index(new.id) < cli("runs").out.index(old.id)


def test_that_a_damaged_run_does_not_hide_the_others(cli: CommandLine, runs: Path) -> None:
    whole, no_db, torn = (make_fake_run(runs, now=1_700_000_000.0 + hour * 3600) for hour in range(3))
    no_db.db.write_bytes(b"no database " * 500)
    page = torn.db.read_bytes()[:4096]  # its first page alone: it opens, and then reads broken
    torn.db.with_name("run.db-wal").unlink(missing_ok=True)
    torn.db.write_bytes(page)
    said = cli("runs", "--json")
    assert said.code == 0
    states = {run["id"]: run["state"] for run in said.json["runs"]}
    assert states == {no_db.id: "unreadable", torn.id: "unreadable", whole.id: "finished"}


def test_that_a_folder_without_runs_is_not_a_fault(cli: CommandLine, runs: Path) -> None:
    assert cli("runs", "--json").json == {"runs": []}
    assert "There are no runs" in cli("runs").out


@pytest.mark.parametrize(("verb", "command"), [("pause", Pause()), ("stop", Stop())])
def test_that_a_live_run_is_asked_through_its_database(
    cli: CommandLine, runs: Path, verb: str, command: Pause | Stop
) -> None:
    with FakeRun(runs) as run:
        run.start().train()
        said = cli(verb, "last", "--json")
        assert said.code == 0
        assert said.json["state"] == {"pause": "pausing", "stop": "stopping"}[verb]
        assert run.take_commands() == [command]


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_that_a_run_that_is_over_cannot_be_asked(cli: CommandLine, runs: Path, verb: str) -> None:
    folder = make_fake_run(runs)
    said = cli(verb, "last")
    assert said.code == 2
    assert said.out == ""
    assert f"it is finished, so there is nothing to {verb}" in said.err
    with folder.reader() as reader:
        assert reader.waiting_commands() == []


def test_that_stop_can_wait_until_the_worker_has_left(cli: CommandLine, runs: Path) -> None:
    started = threading.Event()

    def work() -> None:
        with FakeRun(runs) as run:
            run.start().train()
            started.set()
            while run.obey():
                time.sleep(0.02)

    worker = threading.Thread(target=work)
    worker.start()
    assert started.wait(PATIENCE)
    said = cli("stop", "last", "--wait")
    worker.join()
    assert said.code == 0
    assert said.out.strip() == "Stopped after step 1 of 60, as asked."


@pytest.mark.parametrize("verb", ["show", "stop", "pause", "resume"])
def test_that_an_unknown_run_is_a_problem_and_stdout_stays_empty(cli: CommandLine, verb: str) -> None:
    said = cli(verb, "nothing", "--json")
    assert said.code == 2
    assert said.out == ""
    assert "run nothing: there is no such run" in said.err
    assert "Remedy:" in said.err


def test_that_runs_may_lie_where_the_settings_say(
    capsys: pytest.CaptureFixture[str], runs: Path, studio_home: Path
) -> None:
    from studio.cli import main
    from studio.core.settings import Settings, save_settings

    folder = make_fake_run(runs, steps=1)
    save_settings(Settings(runs=str(runs)))
    assert main(["show", "last"]) == 0
    assert folder.id in capsys.readouterr().out


def test_that_a_list_of_runs_in_a_file_names_every_place_as_it_is_whatever_the_code_page(tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run:
        run.start().end("failed", (Problem("Läufe 漢字", "it is not there.", ""),))
    with (tmp_path / "list.txt").open("wb") as file:
        command = [sys.executable, "-m", "studio.cli", "runs", "--runs", str(tmp_path)]
        subprocess.run(command, stdout=file, env={**os.environ, **OLD_CODE_PAGE}, check=True)
    assert "Läufe 漢字" in (tmp_path / "list.txt").read_text(encoding="utf-8")


def test_that_a_report_is_written_into_the_runs_folder_or_where_one_says(cli: CommandLine, runs: Path) -> None:
    folder = make_fake_run(runs, steps=2)
    said = cli("report", "last", "--json").json
    assert (said["id"], Path(said["path"])) == (folder.id, folder.path.resolve() / "report.html")
    assert said["bytes"] == Path(said["path"]).stat().st_size
    out = runs / "page.html"
    assert str(out) in cli("report", folder.id, "--out", out).out
    assert out.is_file()
    assert cli("report", folder.id, "--out", runs).code == 2
