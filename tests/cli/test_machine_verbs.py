"""doctor and plan, and how any verb ends: usage, Problems, and faults of ours with the place of their log."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli import main
from studio.core.methods.registry import METHODS
from studio.hardware import diagnosis
from tests.cli.conftest import CommandLine
from tests.tiny import make_tiny_model


def test_that_doctor_shows_what_the_machine_has(cli: CommandLine) -> None:
    said = cli("doctor", "--json")
    found = said.json
    assert found["cores"] >= 1
    assert found["ram_total_bytes"] > 0
    assert found["devices"][-1]["kind"] == "cpu"
    assert found["torch"]["version"]
    assert said.code == (2 if found["problems"] else 0)


def test_that_doctor_in_words_names_what_it_trains_on(cli: CommandLine) -> None:
    assert "trains on" in cli("doctor").out


def test_that_doctor_with_problems_ends_with_2(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "LEAST_MEMORY", 2**62)
    said = cli("doctor", "--json")
    assert said.code == 2
    assert said.json["problems"][0]["remedy"] == "Close other programs before training."
    assert "memory: only" in cli("doctor").err


def test_that_help_lists_the_verbs_and_the_exit_codes(cli: CommandLine) -> None:
    said = cli("--help")
    assert said.code == 0
    for verb in ("train", "resume", "pause", "stop", "runs", "show", "plan", "doctor", "Exit codes"):
        assert verb in said.out


def test_that_help_describes_each_verb_in_words_that_fit_its_line(cli: CommandLine) -> None:
    lines = cli("--help").out.split("Commands:")[1].split("VERB --help")[0].strip().splitlines()
    assert len(lines) >= 16
    assert all(re.fullmatch(r" *[a-z]+  +\S.{20,}\.", line) for line in lines), lines


def test_that_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"mixlora-studio \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a display is always there")
def test_that_the_window_without_a_display_is_a_problem_and_no_abort(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "display: there is no display" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["explode"], ["runs", "--bad"], ["show"]])
def test_that_a_wrong_call_ends_with_2_and_says_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Usage:" in said.err


def test_that_a_fault_of_ours_ends_with_1_and_names_its_log(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, studio_home: Path
) -> None:
    def broken(*arguments: object) -> object:
        raise RuntimeError("the planets are wrong")

    monkeypatch.setattr("studio.cli.run_verbs.ask_each_run", broken)
    said = cli("runs", "--json")
    log = studio_home / "logs" / "command-line.log"
    assert said.code == 1
    assert said.out == ""
    assert str(log) in said.err
    assert "RuntimeError: the planets are wrong" in log.read_text(encoding="utf-8")


def test_that_memory_that_runs_out_ends_with_3_and_a_remedy(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfMemoryError(RuntimeError):
        """Named as torch's own is."""

    def full(*arguments: object) -> object:
        raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nmore lines")

    monkeypatch.setattr("studio.cli.run_verbs.ask_each_run", full)
    said = cli("runs", "--json")
    assert (said.code, said.out) == (3, "")
    assert "memory: it ran out: CUDA out of memory. Tried to allocate 2 GiB." in said.err


def test_that_looking_at_runs_never_imports_torch_nor_qt(runs: Path) -> None:
    code = (
        "import sys; from studio.cli import main; main(sys.argv[1:]); "
        "print([name for name in ('torch', 'transformers', 'PySide6', 'rich') if name in sys.modules])"
    )
    for verb in (["runs", "--runs", str(runs)], ["doctor", "--runs", str(runs)]):
        done = subprocess.run(
            [sys.executable, "-c", code, *verb], capture_output=True, text=True, encoding="utf-8", check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    make_tiny_model(tmp_path / "model")
    file = tmp_path / "recipe.toml"
    file.write_text(
        '[model]\nsource = "model"\n[[tasks]]\nname = "a"\ntrain = "a.jsonl"\n[training]\nmax_length = 1024\n'
        'batch_size = 32\n[machine]\ndevice = "cpu"\n',
        encoding="utf-8",
    )
    return file


def test_that_a_plan_has_the_keys_that_other_programs_rely_on(cli: CommandLine, recipe: Path) -> None:
    said = cli("plan", recipe, "--budget", "8GiB", "--json")
    assert said.code == 0
    told = said.json
    assert set(told) >= {"device", "budget_bytes", "plan", "alternatives", "would_fit"}
    assert set(told["device"]) >= {"kind", "name", "total_bytes", "free_bytes"}
    assert told["budget_bytes"] == 8 * 2**30
    assert told["plan"]["fits"] is True
    assert sum(told["plan"]["items"].values()) == told["plan"]["peak_bytes"]
    assert told["plan"]["recipe"]["training"]["micro_batch"] >= 1
    for other in told["alternatives"]:
        assert set(other) >= {"label", "why", "peak_bytes", "recipe"}
    assert told["would_fit"] == []


def test_that_a_plan_says_what_it_can_be_exported_as_before_training(cli: CommandLine, recipe: Path) -> None:
    said = cli("plan", recipe, "--budget", "8GiB", "--json").json["exports"]
    possible = {each["format"]: each["possible"] for each in said}
    assert possible == {"peft": True, "reference": True, "moe": True, "merged": False, "gguf": True}
    assert next(each["title"] for each in said if each["format"] == "moe") == "Mixtral folder"
    told = cli("plan", recipe, "--budget", "8GiB", "--set", 'method.routing="top-p"').out
    assert "No twin in other programs: top-p routing gives" in told


def test_that_a_plan_says_what_was_measured_of_its_method(cli: CommandLine, recipe: Path) -> None:
    measured = cli("plan", recipe, "--budget", "8GiB", "--json").json["measured"]
    assert measured == METHODS["mixlora"].measured({}, 1)
    assert "LoRA" in measured
    assert f"\n{measured}\n" in cli("plan", recipe, "--budget", "8GiB").out
    assert cli("plan", recipe, "--budget", "8GiB", "--set", "method.name=lora", "--json").json["measured"] == ""


def test_that_a_recipe_that_does_not_fit_ends_with_3_and_says_what_would(cli: CommandLine, recipe: Path) -> None:
    def peak(rows: int) -> int:
        said = cli("plan", recipe, "--set", f"training.micro_batch={rows}", "--budget", "24GiB", "--json")
        return int(said.json["plan"]["peak_bytes"])

    most, least = peak(32), peak(1)
    assert most > 1.2 * least
    budget = f"{int(1.1 * least)} B"
    said = cli("plan", recipe, "--set", "training.micro_batch=32", "--budget", budget, "--json")
    assert said.code == 3
    assert said.json["plan"]["fits"] is False
    assert said.json["would_fit"]
    for change in said.json["would_fit"]:
        assert change["peak_bytes"] < 1.1 * least
    said = cli("plan", recipe, "--set", "training.micro_batch=32", "--budget", budget)
    assert "It does not fit" in said.out


def test_that_a_recipe_that_is_best_in_several_ways_is_shown_once(cli: CommandLine, recipe: Path) -> None:
    pinned = ["method.rank=4", "method.experts=4", "training.micro_batch=1", "training.checkpointing=false"]
    pinned += ["model.precision=fp32", "training.optimizer=adamw", "training.max_length=64"]
    said = cli("plan", recipe, *(word for each in pinned for word in ("--set", each)), "--budget", "24GiB")
    assert said.out.count("\nBest quality, balanced, fastest: ") == 1


def test_that_an_alpha_which_is_set_stays_in_every_offer(cli: CommandLine, recipe: Path) -> None:
    offers = cli("plan", recipe, "--set", "method.alpha=48", "--json").json["alternatives"]
    assert {offer["recipe"]["method"]["alpha"] for offer in offers} == {48}


def test_that_an_invalid_budget_is_a_problem(cli: CommandLine, recipe: Path) -> None:
    said = cli("plan", recipe, "--budget", "lots", "--json")
    assert (said.code, said.out) == (2, "")
    assert "--budget lots: this is not an amount of memory." in said.err


def test_that_a_recipe_is_planned_for_a_card_that_is_not_here(cli: CommandLine, recipe: Path) -> None:
    said = cli("plan", recipe, "--card", "rtx4060 8gb", "--json")
    assert said.code == 0
    device = said.json["device"]
    assert (device["kind"], device["name"], device["present"]) == ("cuda", "GeForce RTX 4060 8GB", False)
    assert device["total_bytes"] == 8 * 2**30 > device["free_bytes"] > said.json["budget_bytes"] > 6 * 2**30
    assert cli("plan", recipe, "--card", "4060", "--budget", "3GiB", "--json").json["budget_bytes"] == 3 * 2**30
    assert cli("plan", recipe, "--json").json["device"]["present"] is True
    in_words = cli("plan", recipe, "--card", "4060").out
    assert in_words.startswith("GeForce RTX 4060 8GB, budget ")
    assert "GeForce RTX 4060 8GB is not in this machine" in in_words


def test_that_a_card_of_which_too_little_is_known_gets_no_time(cli: CommandLine, recipe: Path) -> None:
    said = cli("plan", recipe, "--card", "2080 Ti", "--set", "training.max_steps=5")
    assert "The time on this card has not been measured." in said.out
    told = cli("plan", recipe, "--card", "2080 Ti", "--set", "training.max_steps=5", "--json").json
    assert {other["seconds"] for other in told["alternatives"]} == {None}


def test_that_an_ambiguous_card_ends_with_2_and_lists_the_choices(cli: CommandLine, recipe: Path) -> None:
    said = cli("plan", recipe, "--card", "4060 Ti", "--json")
    assert (said.code, said.out) == (2, "")
    assert "Choose RTX 4060 Ti 16GB or RTX 4060 Ti 8GB." in said.err


def test_that_the_cards_are_listed_without_a_recipe(cli: CommandLine) -> None:
    said = cli("plan", "--card", "list")
    assert said.code == 0
    assert re.search(r"^RTX 4090 24GB +24\.0 GiB +8\.9 +1,008 GB/s +165\.2 TFLOPS$", said.out, re.MULTILINE)
    cards = {card["name"]: card for card in cli("plan", "--card", "list", "--json").json["cards"]}
    assert cards["T4 16GB"]["total_bytes"] == 15 * 2**30
    assert cards["T4 16GB"]["bf16_flops"] is None


def test_that_a_plan_without_a_recipe_or_a_list_says_what_is_missing(cli: CommandLine) -> None:
    said = cli("plan", "--json")
    assert (said.code, said.out) == (2, "")
    assert "Usage:" in said.err
    assert "RECIPE" in said.err


def test_that_a_long_run_is_shown_in_days_and_not_in_minutes(cli: CommandLine, recipe: Path) -> None:
    (recipe.parent / "a.jsonl").write_text('{"prompt": "How many?", "completion": "Two."}\n' * 32, encoding="utf-8")
    said = cli("plan", recipe, "--set", "training.max_steps=100000000", "--budget", "8GiB")
    assert "minutes" not in said.out
    assert re.search(r" About [\d,]+ (days|weeks?)", said.out)
