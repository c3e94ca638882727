"""The report of a run: one HTML page without any outside resource, and without any path of this machine."""

from __future__ import annotations

from pathlib import Path

import studio
from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.report.facts import RunFacts, read_facts
from studio.report.made_of import about, base_part, recipe_part, tasks_part, versions_part
from studio.report.markup import Markup, element, joined, plain
from studio.report.results import curves_part, experts_part, scores_part
from studio.report.style import STYLE
from studio.report.upkeep import memory_part, time_part, use_part, warnings_part

REPORT = "report.html"
"""The report's name in its run's folder."""

# The page itself says that it may load nothing, whatever a name in it tries.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def write_report(folder: RunFolder, out: Path | None = None) -> Path:
    """Write the report of a run into `out`, or into its folder, and return the file's path; raises ProblemError."""
    place = absolute_path(out) if out is not None else folder.path / REPORT
    if place.is_dir():
        raise ProblemError.at(str(place), "this is a folder.", f"Name a file, such as {place / REPORT}.")
    text = report_page(read_facts(folder))
    try:
        write_whole(place, text)
    except OSError as error:
        what = f"the report cannot be written ({system_reason(error)})."
        raise ProblemError.at(str(place), what, "Name a file in a folder that exists and is writable: --out.") from None
    return place


def report_page(facts: RunFacts) -> str:
    """The whole page as text."""
    parts = (
        about(facts),
        scores_part(facts),
        curves_part(facts),
        experts_part(facts),
        tasks_part(facts),
        recipe_part(facts),
        base_part(facts),
        memory_part(facts),
        time_part(facts),
        warnings_part(facts),
        use_part(facts),
        versions_part(facts),
        element("footer", f"Written by MixLoRA Studio {studio.__version__}. It names files without their folders."),
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{plain(_POLICY)}">'
        f"<title>{plain(facts.name)} – MixLoRA Studio</title><style>{STYLE}</style>"
    )
    body = element("main", joined(parts, between="\n"))
    return str(Markup(f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'))
