"""Runs the tests of the window's layout under other fonts of the system and scales, and prints a table.

`python -m tests.ui.under_fonts [--families FAMILY ...] [--tests FILE ...]` makes each family the system's font by a
file for fontconfig (so: on Linux), at 100 and 200 %, with the studio's own font and without it. The suite itself
changes the letters' widths instead, since other machines have other fonts. Other arguments go to pytest.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

FAMILIES = ("DejaVu Sans", "Noto Sans", "Liberation Sans", "DejaVu Sans Mono")
LAYOUT = (
    "test_window.py",
    "test_window_size.py",
    "test_small_screen.py",
    "test_fields_keep_their_height.py",
    "test_whole_texts.py",
    "test_methods_shown.py",
    "test_fonts.py",
    "test_widgets.py",
    "test_words_in_charts.py",
    "test_in_chinese.py",
)
PREFERENCE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include>{}</fontconfig>
"""
FIRST = """<match target="pattern"><test name="family"><string>{alias}</string></test>
<edit name="family" mode="prepend" binding="strong"><string>{family}</string></edit></match>
"""


def installed(family: str) -> bool:
    """Whether fontconfig has this family, and not merely another in its stead."""
    found = subprocess.run(["fc-match", "-f", "%{family}", family], capture_output=True, text=True, check=True).stdout
    return family in found.split(",")


def run(family: str, scale: str, own: bool, tests: list[str], folder: Path) -> tuple[bool, str]:
    """Run the tests once; returns whether all were found and passed, pytest's last line and what failed."""
    rules = "".join(FIRST.format(alias=alias, family=escape(family)) for alias in ("Sans Serif", "sans-serif"))
    file = folder / f"{family}.conf"
    file.write_text(PREFERENCE.format(rules), encoding="utf-8")
    chosen = {"FONTCONFIG_FILE": str(file), "QT_SCALE_FACTOR": scale, "STUDIO_TEST_OWN_FONT": "yes" if own else "no"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **chosen})
    lines = done.stdout.strip().splitlines()
    failed = re.findall(r"^(?:FAILED|ERROR) \S+?::(\S+)", done.stdout, re.MULTILINE)
    said = lines[-1] if lines else done.stderr.strip()
    if done.returncode not in (0, 1):  # a file that is not there any more, say: pytest tells that on the other stream
        said = "; ".join([said, *done.stderr.strip().splitlines()[:1]])
    return done.returncode == 0, "; ".join([said, *failed])


def main() -> int:
    """Run every combination; returns 1 where a test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="+", default=FAMILIES)
    parser.add_argument("--tests", nargs="+", default=[str(Path(__file__).with_name(name)) for name in LAYOUT])
    parser.add_argument("--scales", nargs="+", default=["1", "2"])
    chosen, more = parser.parse_known_args()
    bad = False
    with tempfile.TemporaryDirectory() as folder:
        for family in chosen.families:
            if not installed(family):
                print(f"| {family} | not installed |", flush=True)
                continue
            for scale in chosen.scales:
                for own in (True, False):
                    passed, said = run(family, scale, own, [*chosen.tests, *more], Path(folder))
                    bad = bad or not passed
                    print(f"| {family} | {scale} | {'own font' if own else 'system font'} | {said} |", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
