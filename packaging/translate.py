"""Brings the translation files up to date with the source: `python packaging/translate.py [--take OTHER.ts ...]`.

Qt's lupdate finds the words of `studio/` (the calls of `studio/core/words.py`) and writes them into
`resources/translations/*.ts`, sorted and without line numbers, so that two people's changes merge. What was translated
stays, what is no longer said goes. Then lrelease makes the `.qm` files, which are committed: a clone needs no
build step to speak them. `--take` fills what is not translated yet from other `.ts` files, as after a merge.

Fails where something is left to translate. Needs the studio's environment, since the programs come with PySide6.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
# The calls besides `tr` whose first argument is a source text; the second is its plural or what is meant.
ALIASES = "tr+=plural,tr+=mark"

Key = tuple[str, str]  # source text, and its plural or what is meant


def tool(name: str) -> Path:
    """One of PySide6's programs. Raises FileNotFoundError."""
    spec = importlib.util.find_spec("PySide6")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in (Path(folder, name), Path(folder, f"{name}.exe")):
            if file.is_file():
                return file
    raise FileNotFoundError(f"PySide6's {name}, which the studio's environment has")


def update(file: Path) -> None:
    """Bring one `.ts` file up to date with the source."""
    sources = sorted(str(path) for path in (ROOT / "studio").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "sources.lst")
        listed.write_text("\n".join(sources), encoding="utf-8")
        options = ["-locations", "none", "-sort-messages", "-no-obsolete", "-silent", "-source-language", "en"]
        command = [str(tool("lupdate")), f"@{listed}", *options, "-tr-function-alias", ALIASES, "-ts", str(file)]
        subprocess.run(command, check=True)


def release(file: Path, target: Path) -> None:
    """Make the `.qm` file that Qt loads."""
    subprocess.run([str(tool("lrelease")), "-silent", str(file), "-qm", str(target)], check=True)


def messages(file: Path) -> Iterator[tuple[Key, ET.Element]]:
    """Each message of a `.ts` file by its key."""
    yield from _messages(ET.parse(file))


def _messages(tree: ET.ElementTree[ET.Element]) -> Iterator[tuple[Key, ET.Element]]:
    for message in tree.iter("message"):
        yield (message.findtext("source", ""), message.findtext("comment", "")), message


def is_finished(message: ET.Element) -> bool:
    """Whether it has a translation that nobody has to look at again."""
    translation = message.find("translation")
    return translation is not None and translation.get("type") is None and bool("".join(translation.itertext()).strip())


def take(file: Path, other: Path) -> None:
    """Fill what is not translated in `file` from another file's finished translations."""
    known = {key: message.find("translation") for key, message in messages(other) if is_finished(message)}
    tree = ET.parse(file)
    for key, message in _messages(tree):
        found = known.get(key)
        if found is not None and not is_finished(message):
            old = message.find("translation")
            if old is not None:
                message.remove(old)
            message.append(found)
    tree.write(file, encoding="utf-8", xml_declaration=True)


def main() -> int:
    """Update and compile every language; returns 1 where words are left to translate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--take", type=Path, nargs="+", default=[], metavar="OTHER.ts")
    chosen = parser.parse_args()
    left = 0
    for file in sorted(FOLDER.glob("*.ts")):
        update(file)
        for other in chosen.take:
            take(file, other)
            update(file)  # writes it again in its own form
        release(file, file.with_suffix(".qm"))
        unfinished = [key[0] for key, message in messages(file) if not is_finished(message)]
        left += len(unfinished)
        print(f"{file.name}: {len(unfinished)} left to translate")
        for source in unfinished:
            print(f"  {source}")
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main())
