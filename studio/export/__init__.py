"""An adapter turned into what another program reads; every export proves itself."""

from __future__ import annotations

from pathlib import Path

from studio.core.problem import ProblemError
from studio.export.export_folder import Exported, Progress

FORMATS = ("peft", "reference")
LATER = {
    "moe": "a Mixtral-like checkpoint for stock transformers",
    "gguf": "a file for llama.cpp",
}


def export_adapter(name: str, to: str, out: Path, runs: Path, progress: Progress = lambda sentence: None) -> Exported:
    """Export the adapter that `name` means (a run, or an adapter's folder) in the format `to` into `out`.

    Raises ProblemError for what the user can mend: an unknown format, no adapter yet, a folder that is not empty.
    """
    if to in LATER:
        raise ProblemError.at(f"--to {to}", f"{LATER[to]} cannot be written yet.", f"Choose {' or '.join(FORMATS)}.")
    if to not in FORMATS:
        raise ProblemError.at(f"--to {to}", "there is no such format.", f"Choose {' or '.join(FORMATS)}.")
    from studio.models.adapter_source import find_adapter

    source = find_adapter(name, runs)
    if to == "reference":
        from studio.export.reference_format import export_reference  # torch, from here on

        return export_reference(source, out, progress)
    from studio.export.peft_format import export_peft

    return export_peft(source, out, progress)
