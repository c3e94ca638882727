"""Every export format: how it is written, and how another program loads it. A new format is one entry here.

Its title is in `studio.core.export_formats`, since the window, which shows it, never imports torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.export.export_folder import Exported, Progress
from studio.export.gguf_format import export_gguf
from studio.export.moe_format import export_merged, export_moe
from studio.export.peft_format import export_peft, load_peft
from studio.export.reference_format import export_reference
from studio.methods.mixlora.reference_format import load_reference
from studio.models.adapter_source import AdapterSource

Writer = Callable[[AdapterSource, Path, Progress, str], Exported]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """`write` exports an adapter into a folder and proves it there; `load` puts such a folder's adapter on a base.

    The proof's fresh process calls `load`, so it must do what the export's README says. None where a stock model is
    written, which other programs load by themselves.
    """

    write: Writer
    load: Callable[[Any, Path], Any] | None = None


def _plainly(write: Callable[[AdapterSource, Path, Progress], Exported]) -> Writer:
    """A writer of a format without quantisations."""
    return lambda source, out, progress, quantisation: write(source, out, progress)


FORMATS: dict[str, ExportFormat] = {
    "peft": ExportFormat(_plainly(export_peft), load_peft),
    "reference": ExportFormat(_plainly(export_reference), load_reference),
    "moe": ExportFormat(_plainly(export_moe)),
    "merged": ExportFormat(_plainly(export_merged)),
    "gguf": ExportFormat(export_gguf),
}
