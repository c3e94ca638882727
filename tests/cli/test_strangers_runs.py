"""A stranger's run and model at the command line: shown without obeying, refused with exit 2, agreed to by name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from studio.cli import main
from studio.core import places
from studio.core.foreign import consent
from studio.core.run.events import RunEnded
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import create_run, list_runs
from tests.fake_run import FakeRun
from tests.tiny import make_tiny_model


def test_that_a_name_full_of_escape_sequences_is_shown_and_not_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeRun(tmp_path, name="mine", total_steps=2) as run:
        run.start().train(1)
    with RunWriter(run.folder.db) as writer:
        writer.write(RunEnded(outcome="stopped", reason="bye \x1b[2J\x1b]0;owned\x07 \u202eflip", step=1))
    for verb in (["runs"], ["show", "last"]):
        assert main([*verb, "--runs", str(tmp_path)]) == 0
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
        assert "\\x1b[2J" in shown


def test_that_a_run_with_a_link_in_it_is_refused_and_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mine", encoding="utf-8")
    runs = tmp_path / "runs"
    for name in ("good", "bad"):
        with FakeRun(runs, name=name, total_steps=2) as run:
            run.start().train(2).end()
    bad = next(folder for folder in list_runs(runs) if folder.id.endswith("bad"))
    try:
        (bad.path / "provenance.json").unlink(missing_ok=True)
        (bad.path / "provenance.json").symlink_to(secret)
    except OSError:
        pytest.skip("this system lets this user make no links")
    assert main(["show", "bad", "--runs", str(runs)]) == 2
    assert "is a link to another place" in capsys.readouterr().err
    assert main(["runs", "--runs", str(runs), "--json"]) == 0
    found = {run["id"].rpartition("-")[2]: run["state"] for run in json.loads(capsys.readouterr().out)["runs"]}
    assert found == {"good": "finished", "bad": "unreadable"}


def test_that_a_failure_of_ours_is_logged_without_tokens_and_homes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/home/ann/x with hf_abcdefghijABCDEFGHIJ1234")

    monkeypatch.setattr("studio.cli.run_verbs.ask_each_run", fail)
    assert main(["runs", "--runs", "/home/ann/runs"]) == 1
    log = (places.logs() / "command-line.log").read_text(encoding="utf-8")
    assert "hf_abc" not in log
    assert "/home/ann" not in log
    assert "~/x with [hidden]" in log


def test_that_a_models_code_is_agreed_to_listed_and_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_tiny_model(tmp_path / "own code")
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoModelForCausalLM": "own.Model"}}
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (model / "own.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    assert main(["trust", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == ["own.py"]
    assert main(["trust"]) == 0
    assert capsys.readouterr().out.strip() == str(model.resolve())
    assert main(["trust", str(model), "--revoke"]) == 0
    assert consent.agreed_sources() == []
    assert main(["trust", str(model), "--revoke"]) == 2


def test_that_a_run_folder_is_its_users_alone(tmp_path: Path) -> None:
    with FakeRun(tmp_path / "runs", name="mine", total_steps=1) as run:
        folder = create_run(run.folder.recipe(), tmp_path / "runs")
    if os.name == "nt":
        pytest.skip("Windows keeps a profile's folders to its user by the ACL that they inherit")
    assert folder.path.stat().st_mode & 0o777 == 0o700
