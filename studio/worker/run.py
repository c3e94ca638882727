"""The worker: `python -m studio.worker.run RUN_FOLDER` trains one run, and outlives whoever started it."""

from __future__ import annotations

import faulthandler
import os
import sys
from pathlib import Path

from studio.core.problem import EXIT_USER_CAN_FIX, ProblemError
from studio.core.run_folder import open_run

USAGE = "usage: python -m studio.worker.run RUN_FOLDER"


def main(arguments: list[str] | None = None) -> int:
    """Hold the run's lock for the whole life of this process and train; returns the exit code of studio.core.problem.

    Standard output and error are worker.log already, as `studio.core.start` set them.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return EXIT_USER_CAN_FIX
    faulthandler.enable()
    try:
        folder = open_run(Path(arguments[0]))
        with folder.held():
            _prepare_environment()
            from studio.training.run import train_run

            return train_run(folder)
    except ProblemError as error:
        # Nothing is written into the run's own records: another worker may be writing them.
        print(error, file=sys.stderr, flush=True)
        return error.exit_code


def _prepare_environment() -> None:
    """Settings that libraries read while they are imported; what the user has set stays."""
    from studio.hardware import detect

    defaults = {
        # In a container torch would take as many threads as the machine has cores.
        "OMP_NUM_THREADS": str(detect().cores),
        # Rows are tokenised before any process is forked, and the warning would say otherwise.
        "TOKENIZERS_PARALLELISM": "false",
        # GPUs are numbered as NVML and the doctor number them.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        # Rows differ in length: blocks that grow leave less memory unusable.
        "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "DISABLE_TELEMETRY": "1",
        # Bars that redraw themselves are noise in a log; phases and events tell how far it is.
        "TQDM_DISABLE": "1",
    }
    if sys.platform == "win32":
        del defaults["PYTORCH_CUDA_ALLOC_CONF"]  # not supported there, and warned about
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    sys.exit(main())
