"""The verbs that take an adapter away and take one in: export, with every choice's size beforehand, and import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from studio.cli import options
from studio.cli.chat_verb import say
from studio.cli.output import columns, own_command, print_json
from studio.core.export_formats import EXPORT_FORMATS
from studio.core.gguf_formats import GGUF_FORMATS
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.unfinished import remove_unfinished
from studio.core.units import memory, number_text


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or an adapter's folder.")],
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="A new or an empty folder.", parser=options.path, show_default=False),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="|".join(EXPORT_FORMATS), help="What the export is read by.")
    ] = "peft",
    quantisation: Annotated[
        str,
        typer.Option(
            "--quantisation",
            metavar="|".join(GGUF_FORMATS),
            help="The numbers of a GGUF file; f16 if not named. --sizes lists what each takes.",
        ),
    ] = "",
    sizes: Annotated[
        bool, typer.Option("--sizes", help="Write nothing: list what it can become, what runs that, and its size.")
    ] = False,
    push: Annotated[
        str | None,
        typer.Option(metavar="OWNER/NAME", help="Send the finished export to the hub too; hf auth login once before."),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private/--public", help="With --push: only you can see it, or everybody can.")
    ] = True,
    replace: Annotated[
        bool, typer.Option("--replace", help="With --push: delete the files that the repository holds by now.")
    ] = False,
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Write an adapter for other programs, prove it in a fresh process, and print what was verified."""
    place = options.runs_folder(runs)
    quiet_libraries()
    if sizes:
        _print_sizes(run, out or place, place, json)
        return
    if out is None:
        raise ProblemError.at("OUT", "it is missing.", "Name a new or an empty folder; --sizes needs none.")
    tell_removed()
    pushed = None
    from studio.cli.progress import Progress  # rich, which takes as long as all other imports of a quick verb

    with answers_only(), Progress() as progress:
        from studio.export import export_adapter
        from studio.export.push import check_push, push_folder

        if push is not None:
            check_push(push, private, replace)
        exported = export_adapter(run, to, out, place, progress.tell, quantisation)
        if push is not None:
            pushed = push_folder(exported.path, push, private, progress.tell, replace)
    if json:
        print_json(exported.as_dict() | ({"pushed": pushed.as_dict()} if pushed else {}))
    else:
        print(columns([["format", exported.format], ["path", str(exported.path)], ["size", memory(exported.bytes)]]))
        print(columns(_verified_rows(exported.verified)))
        if pushed:
            print(f"On the hub: {pushed.url}")


def _print_sizes(run: str, out: Path, runs: Path, json: bool) -> None:
    with answers_only():
        from studio.export.offers import offers_of, offers_table
        from studio.hardware import detect
        from studio.models.adapter_source import find_adapter

        offers = offers_of(find_adapter(run, runs), out, detect())
    if json:
        print_json(offers.as_dict())
        return
    print(columns(offers_table(offers)))
    print(f"{memory(offers.free_bytes)} are free on the drive of {out}; {offers.card} has {memory(offers.card_bytes)}.")
    for sentence in dict.fromkeys(f"{each.name}: {each.advice}" for each in offers.offers if each.advice):
        print(sentence)


def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="An adapter's or a run's folder.", parser=options.path)
    ],
    base: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Where its base model is, if it is not found: a folder or a .gguf file."),
    ] = None,
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Take in an adapter (PEFT's or the reference's form), or a run's folder from another machine, as a copy."""
    place = options.runs_folder(runs)
    quiet_libraries()
    tell_removed()
    with answers_only():
        from studio.models.import_folder import import_folder

        imported = import_folder(folder, place, base)
    if json:
        print_json(imported.as_dict())
        return
    rows = [[imported.kind, imported.name], ["folder", str(imported.folder)], ["method", imported.method]]
    print(columns([*rows, ["base", f"{imported.base}, found as {imported.model.source}"]]))
    command, more = own_command(), "resume" if imported.kind == "run" else "train RECIPE --set model.adapter="
    print(f"Ask it something: {command} chat {imported.name}")
    print(f"Train it further: {command} {more}{' ' * (imported.kind == 'run')}{imported.name}")


def tell_removed() -> None:
    """Delete what killed exports have left, and say so."""
    for partial in remove_unfinished():
        say(f"Removed {partial}, which an interrupted export had left")


def _verified_rows(verified: dict[str, Any], of: str = "") -> list[list[str]]:
    """What was verified, name and value; what was verified in another program has that before its names."""
    rows = []
    for key, value in verified.items():
        name = f"{of} {key.replace('_', ' ')}".strip()
        if isinstance(value, dict):
            rows += _verified_rows(value, "llama.cpp" if key == "llama_cpp" else name)
        else:
            rows.append([name, _value_text(value)])
    return rows


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        same = len(value) > 1 and len(set(value)) == 1
        return f"{value[0]} in each" if same else ", ".join(map(str, value)) or "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return number_text(value) if isinstance(value, float) else str(value)
