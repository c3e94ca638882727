"""The models that lie on this machine, found by their layout on the disk and never loaded."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core import places
from studio.core.error_text import first_line
from studio.core.model_places import DEMO, FOLDERS, HUB_CACHE, LM_STUDIO, OLLAMA
from studio.core.silent_drive import SilentDriveError, answered
from studio.core.words import sentences, tr
from studio.models.model_places import hub_cache, lm_studio_folders, ollama_folders
from studio.planner.gguf_header import is_gguf

DEEPEST, MOST_FOLDERS = 4, 3000  # a folder that a person names may be a whole drive
MOST_BYTES = 1 << 20  # of a manifest
_PART = re.compile(r"-(\d{5})-of-\d{5}\.gguf$", re.IGNORECASE)
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_SKIPPED = {"node_modules", "site-packages", "__pycache__", "checkpoints", "proc", "sys", "dev"}


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model on this machine.

    `source` and `revision` are what a recipe says of it, `path` is its folder or file, `size` its bytes on the disk.
    """

    title: str
    place: str
    source: str
    path: Path
    size: int
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class Look:
    """What one place holds: its models, the folders that were looked in, and a sentence where a look was cut short."""

    models: tuple[FoundModel, ...]
    folders: tuple[Path, ...]
    note: str = ""


def look(place: str, folders: Sequence[Path] = ()) -> Look:
    """Look in one of `core.model_places.PLACES`; `folders` are those that a person has named. Raises nothing."""
    return _LOOKS[place](folders)


def _demo(folders: Sequence[Path]) -> Look:
    file = places.demo_model()
    if file is None:
        return Look((), ())
    return Look((FoundModel("Demo (SmolLM2)", DEMO, "demo", file, file.stat().st_size),), (file.parent,))


def _named(folders: Sequence[Path]) -> Look:
    return _in_trees(FOLDERS, folders)


def _lm_studio(folders: Sequence[Path]) -> Look:
    return _in_trees(LM_STUDIO, _there(lm_studio_folders()))


def _there(folders: Sequence[Path]) -> list[Path]:
    """Those that are there; one whose parent may not be looked into, as Ollama's service has it, is not."""
    there = []
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            there += [folder] if folder.is_dir() else []
    return there


def _in_trees(place: str, folders: Sequence[Path]) -> Look:
    found: dict[Path, FoundModel] = {}
    budget = [MOST_FOLDERS]
    silent = [folder for folder in folders if not _answers(folder)]
    for folder in folders:
        if folder in silent:
            continue
        for path, title, size in _models_below(folder, DEEPEST, budget):
            found.setdefault(path, FoundModel(title, place, str(path), path, size))
    note = "" if budget[0] > 0 else tr("Only the first {most:,} folders were looked at.", most=MOST_FOLDERS)
    if silent:
        note = sentences(note, tr("Their drive does not answer: {folders}.", folders=", ".join(map(str, silent))))
    return Look(tuple(found.values()), tuple(folders), note)


def _answers(folder: Path) -> bool:
    """Whether the folder's drive answers: one that never does must not keep the others' models from being listed."""
    try:
        answered(folder, folder.stat)
    except SilentDriveError:
        return False
    except OSError:
        return True  # that it is not there, or somebody else's
    return True


def _models_below(folder: Path, depth: int, budget: list[int]) -> Iterator[tuple[Path, str, int]]:
    """The model folders and whole GGUF files under a folder, each with its name and bytes; others are passed over."""
    budget[0] -= 1
    if budget[0] < 0:
        return
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name.lower())
    except OSError:
        return  # a folder of somebody else's is no fault of the one that was named
    names = {entry.name for entry in listed}
    if "config.json" in names and "adapter_config.json" not in names and (size := _weight_bytes(folder)):
        yield folder, folder.name, size
        return
    for entry in listed:
        path = Path(entry.path)
        if entry.name.lower().endswith(".gguf"):
            part = _PART.search(entry.name)
            whole = "mmproj" not in entry.name.lower() and (part is None or int(part[1]) == 1)
            if whole and (taken := _file_bytes(path)) is not None:
                yield path, path.stem, taken
        elif depth and entry.name not in _SKIPPED and not entry.name.startswith(".") and _is_folder(entry):
            yield from _models_below(path, depth - 1, budget)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def model_bytes(path: Path) -> int:
    """What a GGUF file, or the weights in a model's folder, take on the disk; what cannot be read counts as nothing."""
    return _file_bytes(path) or _weight_bytes(path)


def _weight_bytes(folder: Path) -> int:
    return sum(_file_bytes(file) or 0 for pattern in _WEIGHTS for file in folder.glob(pattern))


def _file_bytes(path: Path) -> int | None:
    """A file's size; None for what is none, as a link whose target is gone or that leads to itself."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _hub_cache(folders: Sequence[Path]) -> Look:
    from huggingface_hub import CacheNotFound, scan_cache_dir

    folder = hub_cache()
    try:
        cache = scan_cache_dir(folder)
    except CacheNotFound:
        return Look((), (folder,))
    except (ValueError, OSError) as error:
        return Look((), (folder,), tr("The hub's cache cannot be read: {error}", error=first_line(error)))
    found = []
    for repo in cache.repos:
        if repo.repo_type != "model" or not repo.revisions:
            continue
        newest = max(repo.revisions, key=lambda each: ("main" in each.refs, each.last_modified))
        path = newest.snapshot_path
        if _file_bytes(path / "config.json") is not None and (size := _weight_bytes(path)):
            revision = "main" if "main" in newest.refs else newest.commit_hash
            found.append(FoundModel(repo.repo_id, HUB_CACHE, repo.repo_id, path, size, revision))
        else:
            # A repository of GGUF files has no config of its own: each file is a model.
            for file, title, size in _models_below(path, DEEPEST, [MOST_FOLDERS]):
                if file.name.lower().endswith(".gguf"):
                    found.append(FoundModel(title, HUB_CACHE, str(file), file, size))
    found.sort(key=lambda each: each.title.lower())
    return Look(tuple(found), (folder,))


def _ollama(folders: Sequence[Path]) -> Look:
    """Ollama keeps weights under their hash, and a manifest for each name that says which they are."""
    found: dict[tuple[str, ...], FoundModel] = {}
    looked = _there(ollama_folders())
    for folder in looked:
        for manifest in sorted((folder / "manifests").glob("*/*/*/*")):
            blob = _blob_of(manifest, folder)
            if blob is None:
                continue
            registry, owner, name, tag = manifest.parts[-4:]
            title = f"{name}:{tag}" if owner == "library" else f"{owner}/{name}:{tag}"
            size = _file_bytes(blob) or 0
            found.setdefault((registry, owner, name, tag), FoundModel(title, OLLAMA, str(blob), blob, size))
    return Look(tuple(found.values()), tuple(looked))


def _blob_of(manifest: Path, folder: Path) -> Path | None:
    """The GGUF file that a manifest names; None where it names none, or one that is not there."""
    try:
        if not manifest.is_file() or manifest.stat().st_size > MOST_BYTES:
            return None
        layers = json.loads(manifest.read_text(encoding="utf-8"))["layers"]
        digest = next(each["digest"] for each in layers if each["mediaType"].endswith(".image.model"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError):
        return None
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", str(digest)):
        return None
    blob = folder / "blobs" / str(digest).replace(":", "-")
    return blob if _file_bytes(blob) and is_gguf(blob) else None


_LOOKS: dict[str, Callable[[Sequence[Path]], Look]] = {
    DEMO: _demo,
    FOLDERS: _named,
    HUB_CACHE: _hub_cache,
    LM_STUDIO: _lm_studio,
    OLLAMA: _ollama,
}
