from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from PySide6.QtGui import QImage

from studio.ui.palette import DARK, LIGHT
from tests.fake_run import make_fake_run
from tests.patience import PATIENCE


def test_that_a_picture_at_twice_the_scale_shows_the_run_in_the_chosen_theme(runs: Path, tmp_path: Path) -> None:
    make_fake_run(runs)
    target = tmp_path / "run.png"
    command = ["--grab", str(target), "--runs", str(runs), "--page", "run", "--theme", "light", "--scale", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "studio.ui", *command, "--size", "1000x700"],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    image = QImage(str(target))
    assert (image.width(), image.height()) == (2000, 1400)
    colours = Counter(image.pixelColor(x, y).name() for x in range(0, 2000, 3) for y in range(0, 1400, 3))
    for ground in (LIGHT.sidebar, LIGHT.surface, LIGHT.window):
        assert colours[ground] > 5_000
    assert colours[LIGHT.series[0]] > 50
    # The edges of dark letters may hit the dark theme's grounds by chance, but no area may.
    assert colours[DARK.sidebar] + colours[DARK.surface] + colours[DARK.window] < 300


def test_that_an_unknown_run_is_reported_with_exit_code_2(runs: Path, tmp_path: Path) -> None:
    command = ["--grab", str(tmp_path / "a.png"), "--runs", str(runs), "--page", "run", "--run", "nothing"]
    done = subprocess.run(
        [sys.executable, "-m", "studio.ui", *command],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no such run" in done.stderr
