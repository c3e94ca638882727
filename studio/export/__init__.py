"""An adapter turned into what another program reads; every export proves itself."""

from __future__ import annotations

from pathlib import Path

from studio.core.export_formats import EXPORT_FORMATS
from studio.core.gguf_formats import GGUF_FORMATS
from studio.core.problem import ProblemError
from studio.core.progress import Progress, untold
from studio.core.words import tr
from studio.export.export_folder import Exported


def export_adapter(
    name: str, to: str, out: Path, runs: Path, progress: Progress = untold, quantisation: str = ""
) -> Exported:
    """Export the adapter that `name` means (a run, or an adapter's folder) in the format `to` into `out`.

    quantisation: of a GGUF file, a name of `GGUF_FORMATS`; "" is the first. Raises ProblemError for what the user can
    fix: an unknown format, no adapter yet, a folder that is not empty.
    """
    choose = tr("Choose {choices}.", choices=", ".join(EXPORT_FORMATS))
    if to not in EXPORT_FORMATS:
        raise ProblemError.at(f"--to {to}", tr("this format is unknown."), choose)
    quantisation = _quantisation(to, quantisation)
    from studio.export.offers import refuse_without_room
    from studio.hardware import detect, see_only
    from studio.models.adapter_source import find_adapter

    source = find_adapter(name, runs)
    machine = detect()
    refuse_without_room(source, to, quantisation, out, machine)
    see_only(machine.best_device)  # where the proof runs, if memory does not hold it
    from studio.export.formats import FORMATS  # torch, from here on

    return FORMATS[to].write(source, out, progress, quantisation)


def _quantisation(to: str, asked: str) -> str:
    if to != "gguf":
        if asked:
            raise ProblemError.at(
                "--quantisation", tr("only a GGUF file has one, not {to}.", to=to), tr("Add --to gguf.")
            )
        return ""
    chosen = asked or next(iter(GGUF_FORMATS))
    if chosen not in GGUF_FORMATS:
        raise ProblemError.at(
            f"--quantisation {chosen}",
            tr("this format cannot be written."),
            tr("Choose {gguf_formats}.", gguf_formats=", ".join(GGUF_FORMATS)),
        )
    return chosen
