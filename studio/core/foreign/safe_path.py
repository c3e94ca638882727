"""Names that somebody else wrote, kept inside the folder that they belong to; and folders without links out of them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from studio.core.error_text import system_reason
from studio.core.problem import ProblemError
from studio.core.words import tr

# Drives and alternate data streams ("C:x", "a:b") need a colon, Windows' shares and verbatim paths two separators.
_BAD_CHARACTERS = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
# With spaces behind them, too, and whatever their ending is.
_DEVICES = re.compile(r"^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?$", re.IGNORECASE)
# A share (\\host\share), a device (\\.\x, \\?\x) or the kernel's own form (\??\x), with either separator.
_ELSEWHERE = re.compile(r"[\\/](?:[\\/]|\?\?[\\/])")
MOST_CHARACTERS = 1000
JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT
ON_WINDOWS = os.name == "nt"


def is_inside(name: str) -> bool:
    """Whether the relative path `name` stays inside whatever folder it is put under, on every system.

    Both separators count everywhere: a folder made on one system is opened on another.
    """
    if not 0 < len(name) <= MOST_CHARACTERS or _BAD_CHARACTERS.search(name):
        return False
    parts = re.split(r"[\\/]", name)
    # Windows drops dots and spaces from a name's end, so that ".. " and "..." may climb too.
    return all(part.rstrip(" .") and not _DEVICES.match(part) for part in parts)


def is_elsewhere(path: str) -> bool:
    """Whether Windows would look for `path` on another computer, or at a device.

    To ask whether a share exists is to log in to it: whoever wrote the path into a file would get this user's name and
    a hash of the password. So a foreign file's path is asked about before anything touches it.
    """
    return _ELSEWHERE.match(path) is not None


def inside(folder: Path, name: str, *stores: Path) -> Path:
    """`folder / name`; raises ProblemError where that lies elsewhere, or leads elsewhere through a link.

    A link may lead into one of `stores`: the hub's cache keeps its files in one, and its folders link to them.
    """
    if not is_inside(name):
        raise ProblemError.at(
            str(folder),
            tr("it names {name!r}, which is not a path inside this folder.", name=name[:100]),
            tr("Do not use this folder."),
        )
    path = folder.joinpath(*re.split(r"[\\/]", name))
    if not any(path.resolve().is_relative_to(place.resolve()) for place in (folder, *stores)):
        raise ProblemError.at(
            str(folder),
            tr("{name!r} in it leads out of the folder through a link.", name=name),
            tr("Do not use this folder."),
        )
    return path


def refuse_links(folder: Path) -> None:
    """Raise ProblemError where anything directly in `folder` is a link: reading or writing it would happen elsewhere.

    Only a stranger's archive puts links into a run: the studio itself makes none.
    """
    try:
        with os.scandir(folder) as entries:
            links = sorted(entry.name for entry in entries if _is_link(entry))
    except FileNotFoundError:
        return
    except OSError as error:
        raise ProblemError.at(
            str(folder),
            tr("it cannot be read ({reason}).", reason=system_reason(error)),
            tr("Choose a folder that you can read."),
        ) from None
    if links:
        raise ProblemError.at(
            str(folder),
            tr("{name!r} in it is a link to another place.", name=links[0]),
            tr("Do not use it, or copy the real files."),
        )


def is_link(path: Path) -> bool:
    """Whether one path is a link or a junction; raises OSError where nothing is there."""
    return path.is_symlink() or bool(getattr(os.lstat(path), "st_reparse_tag", 0) == JUNCTION)


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a symbolic link, or one of Windows' junctions, not links to Python before 3.12.

    Reading the folder is enough: nothing is opened, and an entry that has vanished meanwhile hides no other.
    """
    if entry.is_symlink():
        return True
    if not ON_WINDOWS:  # elsewhere `stat` would ask the system once more for each entry
        return False
    return bool(getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == JUNCTION)
