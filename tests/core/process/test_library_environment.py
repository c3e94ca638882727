"""The settings of libraries: all cores tokenize, and nothing is said of it when a process is started."""

from __future__ import annotations

import subprocess
import sys

from studio.core.process.start_worker import python_environment

TOKENIZES = """
import os, subprocess, sys
from studio.core.process.library_environment import quiet_libraries
quiet_libraries(2)
from tokenizers import Tokenizer, models
tokenizer = Tokenizer(models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
assert len(tokenizer.encode_batch(["a", "b"] * 500)) == 1000
subprocess.run([sys.executable, "-c", ""], check=True)
if hasattr(os, "fork") and os.fork() == 0:
    os._exit(0)
print(os.environ["TOKENIZERS_PARALLELISM"], os.environ["RAYON_NUM_THREADS"])
"""


def test_that_tokenizing_by_all_cores_warns_of_nothing_when_another_process_starts() -> None:
    environment = {
        name: value
        for name, value in python_environment().items()
        if name not in ("TOKENIZERS_PARALLELISM", "RAYON_NUM_THREADS")
    }
    found = subprocess.run(
        [sys.executable, "-c", TOKENIZES],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (found.stdout.split(), found.stderr) == (["true", "2"], "")
