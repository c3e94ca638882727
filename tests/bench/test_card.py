"""The command for a day with a card: what it needs to begin, what a limit of time leaves, and a run without a card."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.core.process.start_worker import python_environment
from tests.bench import card_parts
from tests.bench.card import PARTS, rows_of
from tests.bench.card_parts import Part
from tests.processes import is_gone

SLOW = """
import subprocess, sys, time
from pathlib import Path
Path(sys.argv[1]).write_text('{"rows": [1]}')
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path(sys.argv[2]).write_text(str(child.pid))
time.sleep(600)
"""


def test_that_a_python_without_any_package_is_told_what_is_missing() -> None:
    command = [sys.executable, "-S", "-m", "tests.bench.card", "--dry"]
    done = subprocess.run(command, cwd=card_parts.ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert "missing packages: torch, transformers, peft" in done.stdout
    assert done.stderr.strip() == "Nothing can be measured without torch."


def test_that_a_part_that_takes_too_long_keeps_its_figures_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_part.py").write_text(SLOW, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    own = tmp_path / "pid"

    class Patient(subprocess.Popen[bytes]):
        """Lets the limit begin when the part's own child stands, however slow this machine is."""

        def wait(self, timeout: float | None = None) -> int:
            while timeout is not None and self.poll() is None and not (own.exists() and own.read_text()):
                time.sleep(0.05)
            return super().wait(None if timeout is None else 0.1)

    monkeypatch.setattr(subprocess, "Popen", Patient)
    found = Part("slow", 1.0, ("slow_part", "{json}", str(own))).run(600.0, dry=False)
    assert found["found"] == {"rows": [1]}
    assert "it took longer than the 600 s that it was given; what it had" in found["not_measured"]
    pid, until = int(own.read_text(encoding="utf-8")), time.monotonic() + 30
    while not is_gone(pid):
        assert time.monotonic() < until, "the part's own child lives on"
        time.sleep(0.05)


def test_that_a_part_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_part.py").write_text("import no_such_package", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = Part("broken", 1.0, ("broken_part",)).run(60.0, dry=False)
    assert found["exit"] == 1
    assert "No module named 'no_such_package'" in found["not_measured"]


def test_that_what_did_not_fit_the_card_stands_in_the_table_beside_what_did() -> None:
    rows = [
        {"model": "a", "precision": "bf16", "checkpointing": True, "method": "mixlora", "ms": 3.0, "x lora": 1.1},
        {"model": "b", "precision": "nf4", "method": "mixlora, masked", "not measured": "out of memory"},
        {"model": "a", "precision": "bf16", "method": "lora", "ms": 2.0, "x lora": 1.0},
    ]
    layers = [{"shape": "8b", "way": "mixlora auto", "ms": 1.0, "x lora": 0.9}]
    found = rows_of({"parts": {"step": {"found": {"rows": rows}}, "layer": {"found": {"rows": layers}}}})
    assert [(row["what"], row["x lora"]) for row in found] == [
        ("layer 8b, mixlora auto", 0.9),
        ("step a bf16 checkpointing, mixlora", 1.1),
        ("step b nf4, mixlora, masked", "not measured: out of memory"),
    ]


@pytest.mark.slow
def test_that_the_dry_run_measures_every_part(tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    own = ["--dry", "--minutes", "30", "--json", str(file)]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.card", *own],
        env=python_environment(PYTHONPATH=str(card_parts.ROOT)), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    parts = json.loads(file.read_text(encoding="utf-8"))["parts"]
    assert [part.name for part in PARTS] == list(parts)
    measured = {name for name in parts if "found" in parts[name]}
    assert measured == {part.name for part in PARTS if part.dry}
    for name in ("trial", "step", "profile", "layer", "decode"):
        assert parts[name]["found"]["rows"], name
    assert {row["what"].split()[0].rstrip(",") for row in rows_of({"parts": parts})} >= {"layer", "step", "decode"}
