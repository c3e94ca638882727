"""Settings that libraries read from the environment while they are imported; what the user has set stays."""

from __future__ import annotations

import logging
import os
import warnings

DEFAULTS = {
    # Rows are tokenised before any process is forked, and the warning would say otherwise.
    "TOKENIZERS_PARALLELISM": "false",
    # GPUs are numbered as NVML and the doctor number them.
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    # Bars that redraw themselves are noise beside sentences that say what goes on.
    "TQDM_DISABLE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    # Windows without developer mode has no links for the hub's cache: it copies, which the user can do nothing about.
    "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
}


def quiet_libraries(cores: int | None = None) -> None:
    """Keep libraries from chattering, and from taking more threads than the `cores` that this process may use."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    # What libraries tell each other's authors (a renamed attribute, a kernel package that is not there).
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft)\b")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if cores:
        # In a container torch would take as many threads as the whole machine has cores.
        os.environ.setdefault("OMP_NUM_THREADS", str(cores))
