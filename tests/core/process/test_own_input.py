"""Who waits at standard input is the only one who may: nothing else in the process reads it, or can be held by it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from studio.core.process import own_input
from studio.core.process.start_worker import python_environment
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]

WAITS_AT_IT = """
import importlib, os, subprocess, sys, threading
from studio.core.process.own_input import taken_input
heard, came = [], threading.Event()
def read(descriptor):
    while chunk := os.read(descriptor, 100):
        heard.append(chunk)
        came.set()
reader = threading.Thread(target=read, args=(taken_input(),))
reader.start()
print("waiting", flush=True)
came.wait()
for name in sys.argv[1:]:
    importlib.import_module(name)
child = [sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]
print(os.read(0, 100), repr(sys.stdin.read()), subprocess.run(child, capture_output=True).stdout.split(), flush=True)
reader.join()
print(b"".join(heard))
"""


def test_that_a_line_is_heard_whatever_is_imported_and_started_while_it_is_waited_for() -> None:
    """What these packages load asks Windows what standard input is, and waits for ever where a thread reads it."""
    words = [sys.executable, "-c", WAITS_AT_IT, "numpy", "sentencepiece", "tokenizers"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=python_environment()) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"waiting"
        process.stdin.write(b"one ")
        process.stdin.flush()
        assert process.stdout.readline().strip() == b"b'' '' [b\"''\"]", "nobody else reads what is sent"
        said, _ = process.communicate(b"two", timeout=PATIENCE)
        assert said.strip() == b"b'one two'"


def test_that_a_script_ends_with_its_input_and_has_nothing_of_ours(tmp_path: Path) -> None:
    script = tmp_path / "ein Skript.py"
    lines = ("import sys, time", "print(sys.argv, __name__, 'studio' in sys.modules, flush=True)", "time.sleep(1000)")
    script.write_text("\n".join(lines), encoding="utf-8")
    words = [sys.executable, "-P", own_input.__file__, str(script), "a b", "-c"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=python_environment()) as process:
        assert process.stdout is not None
        said = process.stdout.readline().decode().strip()
        assert said == f"{[str(script), 'a b', '-c']} __main__ False"
        assert process.poll() is None
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 1


def test_that_a_scripts_error_is_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise ValueError('its own')", encoding="utf-8")
    words = [sys.executable, "-P", own_input.__file__, str(script)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stderr=pipe, env=python_environment()) as process:
        assert process.stderr is not None
        assert process.stderr.read().decode().strip().splitlines()[-1] == "ValueError: its own"
        assert process.wait(PATIENCE) == 1


def test_that_no_thread_waits_at_standard_input_itself() -> None:
    """A main thread may, which imports nothing meanwhile."""
    reads = re.compile(r"os\.read\(0|sys\.stdin\b|\bopen\(0|\blines_of\(0")
    found = {file.name for file in (ROOT / "studio").rglob("*.py") if reads.search(file.read_text(encoding="utf-8"))}
    assert found == {"row_process.py", "trial.py", "chat_verb.py", "text_streams.py"}
