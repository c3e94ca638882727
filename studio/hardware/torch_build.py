"""Which torch is installed and what it was built for, read from its files, because importing it takes seconds."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

from studio.hardware.machine import Torch

_FIELD = re.compile(r"^(cuda|hip|rocm|xpu)\b[^=]*=\s*'([^']+)'", re.MULTILINE)


def installed_torch(platform: str = sys.platform) -> Torch | None:
    """Read the version and build of the installed torch; None if torch is not installed.

    torch/version.py names the toolkit of the build; if it cannot be read, the version's local part
    ("+cu130", "+cpu") is used.
    """
    try:
        distribution = importlib.metadata.distribution("torch")
    except importlib.metadata.PackageNotFoundError:
        return None
    version = distribution.version
    try:
        text = Path(str(distribution.locate_file("torch/version.py"))).read_text(encoding="utf-8")
    except OSError:
        text = ""
    return build_of(version, text, platform)


def build_of(version: str, version_file: str, platform: str) -> Torch:
    """Determine the build from the version and the text of torch/version.py."""
    fields = dict(_FIELD.findall(version_file))
    for name in ("hip", "rocm"):
        if name in fields:
            return Torch(version, "rocm", fields[name])
    if "cuda" in fields:
        return Torch(version, "cuda", fields["cuda"])
    if "xpu" in fields:
        return Torch(version, "xpu", fields["xpu"])
    local = version.partition("+")[2]
    if not version_file:
        for prefix, accelerator in (("cu1", "cuda"), ("rocm", "rocm"), ("xpu", "xpu")):
            if local.startswith(prefix):
                return Torch(version, accelerator, local)  # type: ignore[arg-type]
    return Torch(version, "mps" if platform == "darwin" else "cpu")
