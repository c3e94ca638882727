"""What worker and desk keep to themselves: no port, nothing private in their files, no model's code without consent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from studio.core.foreign import consent
from studio.core.process.start_worker import start_worker
from studio.core.run.commands import Stop
from studio.core.run.run_db import send_command
from studio.worker.run import main
from tests.patience import wait_until
from tests.tiny import make_tiny_model
from tests.training.small_run import curve, events, small_run

TOKEN = "hf_abcdefghijABCDEFGHIJ123456"


def connections(pid: int) -> list[object]:
    """Every internet socket of a process and of its children, open or listening."""
    process = psutil.Process(pid)
    return [each for one in (process, *process.children(recursive=True)) for each in one.net_connections(kind="inet")]


@pytest.mark.slow
def test_that_worker_and_desk_open_no_port_and_write_nothing_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    home = Path.home() / f"Läufe {os.getpid()}"
    home.mkdir()
    folder = small_run(home, make_tiny_model(home / "model"), training__max_steps=5000, training__save_every=5000)
    pid = start_worker(folder)

    def trains_and_talks_to_nobody() -> bool:
        assert connections(pid) == []
        return bool(curve(folder))

    wait_until(trains_and_talks_to_nobody, folder)
    with subprocess.Popen(
        [sys.executable, "-m", "studio.worker.desk"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as desk:
        assert desk.stdin is not None
        assert desk.stdout is not None
        desk.stdin.write(b'{"id": 1, "do": "nothing"}\n')
        desk.stdin.flush()
        assert b"problems" in desk.stdout.readline()
        assert connections(desk.pid) == []
        desk.stdin.close()
    send_command(folder.db, Stop())
    wait_until(lambda: not folder.is_alive(), folder)
    log, provenance = folder.log.read_text(encoding="utf-8"), folder.provenance_file.read_text(encoding="utf-8")
    for written in (log, provenance):
        assert str(Path.home()) not in written
        assert TOKEN not in written
    assert "~/Läufe" in log.replace("\\", "/")
    # What was written with a tilde leads there still.
    source = Path(json.loads(provenance)["recipe"]["model"]["source"]).expanduser()
    assert source == home / "model"
    if os.name != "nt":
        assert folder.path.stat().st_mode & 0o077 == 0


def test_that_a_worker_runs_no_models_code_that_nobody_agreed_to(tmp_path: Path) -> None:
    model, marker = make_tiny_model(tmp_path / "marked"), tmp_path / "executed"
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "marked", "auto_map": {"AutoConfig": "marked.C", "AutoModelForCausalLM": "marked.M"}}
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (model / "marked.py").write_text(f"open({str(marker)!r}, 'w').close()", encoding="utf-8")
    folder = small_run(tmp_path, model)
    assert main([str(folder.path)]) == 2
    (ended,) = events(folder, "RunEnded")
    (problem,) = ended.problems
    assert problem.kind == consent.KIND
    assert problem.where == str(model.resolve())
    assert not marker.exists()
