"""What is shown of a test process that crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIES = """
def test_dies():
    import faulthandler
    faulthandler._sigsegv()
"""


def test_that_the_stack_of_a_process_that_crashed_is_shown_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "test_dies.py").write_text(DIES, "utf-8")
    own = ["-p", "tests.crashes", "-p", "no:cacheprovider", "-n", "1", "--max-worker-restart", "0"]
    command = [sys.executable, "-m", "pytest", "-q", *own, "-c", str(tmp_path / "none.ini"), str(tmp_path)]
    (tmp_path / "none.ini").write_text("[pytest]\n", "utf-8")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    _, _, end = done.stdout.partition("the crash of gw0")
    assert "in test_dies" in end
    assert "Extension modules" not in end
    assert "_pytest" not in end
