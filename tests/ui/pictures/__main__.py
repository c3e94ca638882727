"""`python -m tests.ui.pictures [-k PAGE]`: makes the kept pictures anew, to be looked at before they are committed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    os.environ["STUDIO_PICTURES"] = "make"
    sys.exit(pytest.main(["-q", str(Path(__file__).with_name("test_pictures.py")), *sys.argv[1:]]))
