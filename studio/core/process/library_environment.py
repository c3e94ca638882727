"""Settings that libraries read from the environment when imported; what the user has set is kept."""

from __future__ import annotations

import logging
import os
import warnings

DEFAULTS = {
    # Rows are tokenized by all cores. Without a setting, tokenizers would warn, and go on with one, after any fork; no
    # process that is forked here tokenizes.
    "TOKENIZERS_PARALLELISM": "true",
    # GPUs are numbered as NVML and the doctor number them.
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    # Progress bars are noise beside our own sentences.
    "TQDM_DISABLE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    # Windows without developer mode has no links for the hub's cache: it copies, which the user cannot change.
    "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
}


def quiet_libraries(cores: int | None = None) -> None:
    """Silence libraries, and keep them from using more threads than the `cores` that this process may use."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    # Messages for the libraries' authors (a renamed attribute, a missing kernel package).
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft)\b")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if cores:
        # In a container torch and tokenizers would take as many threads as the whole machine has cores.
        os.environ.setdefault("OMP_NUM_THREADS", str(cores))
        os.environ.setdefault("RAYON_NUM_THREADS", str(cores))
