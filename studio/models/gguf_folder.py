"""GGUF files, unpacked once into an ordinary model folder from which every later load takes a second."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors import SafetensorError

from studio.core import places
from studio.core.atomic_file import aside, rename
from studio.core.error_text import first_line, system_reason
from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.models.disk_faults import disk_faults

LARGE = 10**9
"""From this many parameters on, unpacked weights are kept in bfloat16, which halves the disk space."""

_UNREADABLE = (
    OSError,
    SafetensorError,
    ValueError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
    EOFError,
    struct.error,
)
"""What readers raise for a file that is broken anywhere."""


def unpacked_gguf(file: Path, say: Callable[[str], None]) -> tuple[Path, str]:
    """The folder under `places.models()` with the dequantised weights of `file`, made on first use; and its hash.

    The folder is written beside and renamed when whole, and its name contains a hash of the file, so a replaced file
    is unpacked again and a broken attempt is never used. Raises ProblemError for a file that cannot be read.
    """
    revision = gguf_hash(file)
    folder = _folder(file, revision)
    if not folder.is_dir():
        with _alone(folder):
            if not folder.is_dir():
                say(tr("Unpacking {file}; only the first time", file=file.name))
                _unpack(file, folder)
                _remove(_tokenizer_folder(folder))
    return folder, revision


def unpacked_tokenizer(file: Path, say: Callable[[str], None]) -> Path:
    """A folder with the tokenizer of `file`, which takes a fraction of the time and room of its weights.

    It is the one that `unpacked_gguf` makes, where that is there. Raises ProblemError for a file that cannot be read.
    """
    folder = _folder(file, gguf_hash(file))
    made = _tokenizer_folder(folder)
    if folder.is_dir():
        return folder
    if not made.is_dir():
        with _alone(made):
            if not made.is_dir():
                say(tr("Reading the tokenizer of {file}; only the first time", file=file.name))
                _write(made, _read_tokenizer(file).save_pretrained)
    return made


def _folder(file: Path, revision: str) -> Path:
    return places.models() / f"{file.stem}-{revision.removeprefix('sha256:')[:16]}"


def _tokenizer_folder(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.tokenizer")


def _remove(folder: Path) -> None:
    """Remove a folder whole, or leave it whole where Windows does since a file in it is being read."""
    old = aside(folder)
    shutil.rmtree(old, ignore_errors=True)
    with suppress(OSError):
        folder.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def _alone(folder: Path) -> FileLock:
    """Held by the one process that makes `folder`."""
    places.models().mkdir(parents=True, exist_ok=True)
    return FileLock(places.models() / f"{folder.name}.lock", timeout=1800)


def _read_tokenizer(file: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        # trust_remote_code stays off: a GGUF file has no code, and none is looked for.
        return AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name, local_files_only=True)
    except _UNREADABLE as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> Exception:
    """What is said of a GGUF file that readers raise `error` for."""
    if is_out_of_memory(error):
        return MemoryError(trouble_of(error))
    return ProblemError.at(
        str(file),
        tr("this GGUF file cannot be read: {error}.", error=first_line(error)),
        tr("Download it again; transformers must be able to read its architecture from GGUF."),
    )


def _write(folder: Path, save: Callable[[Path], Any]) -> None:
    """Make a folder by `save`, which is given another name until it is whole."""
    beside = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        with disk_faults():
            save(beside)
        rename(beside, folder)
    except OSError as error:
        raise ProblemError.at(
            str(folder),
            tr("the unpacked model cannot be written ({reason}).", reason=system_reason(error)),
            tr("Free some room on the disk, or move the studio's home with MIXLORA_STUDIO_HOME."),
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _unpack(file: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    tokenizer = _read_tokenizer(file)
    try:
        packed = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, local_files_only=True, dtype=torch.float32
        )
    except _UNREADABLE as error:
        raise _unreadable(file, error) from None
    # The loaded object still counts as quantised and refuses to be saved; a fresh one does not.
    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    with torch.device("meta"):
        plain = type(packed)(config)
    plain.load_state_dict(packed.state_dict(), assign=True)
    plain.tie_weights()
    plain.generation_config = packed.generation_config
    if plain.num_parameters() >= LARGE:
        plain.to(torch.bfloat16)

    def save(beside: Path) -> None:
        plain.save_pretrained(beside)
        tokenizer.save_pretrained(beside)

    _write(folder, save)


def gguf_hash(file: Path) -> str:
    """What identifies a GGUF file: "sha256:" and the hash of all of it. Raises OSError."""
    with file.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
