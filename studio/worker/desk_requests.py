"""What the desk can be asked: its table of requests, each with who answers it.

Torch and transformers are imported by the first request that needs them: the desk itself must start at once.
"""

from __future__ import annotations

from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.words import tr
from studio.worker.asked import Asked, DeskRoom, Handler
from studio.worker.desk_chat import chat, held_out
from studio.worker.desk_data import check, look, peek
from studio.worker.desk_models import model, models, search


def evaluate(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Score a run's adapter, an adapter's folder or "base" on a recipe's held-out rows; as `evaluate --json`."""
    from studio.evaluation.try_adapter import score

    return score(asked.text("run"), asked.recipe(), asked.runs, room.bases, asked.progress).as_dict()


def export(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Export an adapter; `quantisation` is a GGUF file's. As `export --json`.

    `push` names a repository of the hub that it is sent to as well; one that is made for it is `private` unless told
    otherwise.
    """
    from studio.export import export_adapter
    from studio.export.push import check_push, push_folder

    out = absolute_path(asked.text("out"))
    to, quantisation = asked.text("to", "peft"), asked.text("quantisation", "")
    repo, private = asked.text("push", ""), asked.flag("private", True)
    if repo:
        check_push(repo, private)  # before an export that may take long
    exported = export_adapter(asked.text("run"), to, out, asked.runs, asked.progress, quantisation)
    if not repo:
        return exported.as_dict()
    return exported.as_dict() | {"pushed": push_folder(exported.path, repo, private, asked.progress).as_dict()}


def sizes(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """What an adapter can be exported as, with each choice's size; as `export --sizes --json`. `out` is the target."""
    from studio.export.offers import offers_of
    from studio.hardware import detect
    from studio.models.adapter_source import find_adapter

    out = absolute_path(asked.text("out", str(asked.runs)))
    return offers_of(find_adapter(asked.text("run"), asked.runs), out, detect()).as_dict()


def take_in(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Copy an adapter or a run from elsewhere; as `import --json`. `base` says where its base model is."""
    from studio.models.import_folder import import_folder

    asked.progress(tr("Copying and checking"))
    return import_folder(absolute_path(asked.text("folder")), asked.runs, asked.text("base", "") or None).as_dict()


REQUESTS: dict[str, Handler] = {
    "peek": peek,
    "look": look,
    "check": check,
    "models": models,
    "model": model,
    "search": search,
    "evaluate": evaluate,
    "export": export,
    "sizes": sizes,
    "import": take_in,
    "chat": chat,
    "held_out": held_out,
}
