"""Where models lie on a machine that nobody has told us of: the folders of the hub's client, LM Studio and Ollama."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def hub_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """The hub client's cache of models, where it looks for it itself."""
    for variable, below in (("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub")):
        if given := environment.get(variable):
            return Path(os.path.expandvars(given)).expanduser() / below
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else _home(environment) / ".cache") / "huggingface" / "hub"


def lm_studio_folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """LM Studio's folders of models: its home moves with a pointer file, and older versions had another one."""
    home = _home(environment)
    moved = _first_line(home / ".lmstudio-home-pointer")
    homes = [Path(moved)] if moved else []
    return [*(each / "models" for each in (*homes, home / ".lmstudio")), home / ".cache" / "lm-studio" / "models"]


def ollama_folders(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> list[Path]:
    """Ollama's folders of models: the user's own, and on Linux that of the service."""
    own = environment.get("OLLAMA_MODELS")
    folders = [Path(own)] if own else []
    folders.append(_home(environment) / ".ollama" / "models")
    if system.startswith("linux"):
        folders += [Path("/usr/share/ollama/.ollama/models"), Path("/var/lib/ollama/models")]
    return folders


def _home(environment: Mapping[str, str]) -> Path:
    given = environment.get("USERPROFILE") or environment.get("HOME")
    return Path(given) if given else Path.home()


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        return ""  # without the file the home is where it always was
