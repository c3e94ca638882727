"""What the documentation names exists, and what it shows works."""

from __future__ import annotations

import ast
import io
import re
import sqlite3
import tokenize
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from studio.cli.app import app
from studio.cli.run_report import describe_run
from studio.core.recipe.recipe_file import parse_recipe
from studio.core.run.commands import Command
from studio.core.run.events import EVENT_KINDS
from studio.core.state.run_state import State
from tests.fake_run import make_fake_run
from tests.tiny import make_tiny_model

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLACES = ("studio", "tests", "packaging", "resources")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for place in PLACES for page in sorted((ROOT / place).rglob("*.md"))),
]
LINK = re.compile(r"\]\(([^)#\s]+)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
FENCED = re.compile(r"```.*?```", re.DOTALL)
PATH = re.compile(r"^[\w.-]+(?:/[\w.-]+)*/?$")
MODULE = re.compile(r"\b(?:studio|tests)(?:\.\w+)+")
CITED = re.compile(r"[\w./-]*\w\.md\b|\b(?:studio|tests|packaging|resources)/[\w/]*\w\.py\b")
NAME = re.compile(r"^(?:[a-z]+(?:_[a-z]+)+|(?:[A-Z][a-z]+){2,})$")
PLACEHOLDER = re.compile(r"(?:^|[/._])[A-Z]{3,}(?:$|[/._])")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@cache
def sources() -> dict[Path, str]:
    """Every Python file of the repository, with its text."""
    files = (file for place in PLACES for file in sorted((ROOT / place).rglob("*.py")))
    return {file: file.read_text(encoding="utf-8") for file in files}


@cache
def names_of_the_code() -> set[str]:
    texts = [(ROOT / "pyproject.toml").read_text(encoding="utf-8"), *sources().values()]
    return set(re.findall(r"\w+", "\n".join(texts)))


def words_of_code(text: str) -> Iterator[str]:
    for code in CODE.findall(text):
        yield from (word.strip("`,;:()\"'") for word in code.split())


def is_there(name: str, page: Path) -> bool:
    """Pages name files from the root, from studio/ or from their own folder; "core/run/events.Event" is in a file."""
    names = (name, f"{name.rpartition('.')[0]}.py")
    return any((place / each).exists() for place in (ROOT, ROOT / "studio", page.parent) for each in names)


def is_path_of_ours(word: str) -> bool:
    """Whether a word of code begins as a path in this repository does; what a command writes is not one."""
    if not PATH.match(word) or PLACEHOLDER.search(word) or word.endswith(".json"):
        return False
    first, _, rest = word.partition("/")
    rooms = {place.name for place in (ROOT / "studio").iterdir() if place.is_dir()}
    return bool(rest) and first in rooms | {"studio", "tests", "packaging", "resources"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_that_every_file_that_a_page_links_to_exists(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_that_every_path_and_module_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    words = list(words_of_code(text))
    paths = [word for word in words if is_path_of_ours(word)]
    assert [path for path in paths if not is_there(path, page)] == []
    files = {file.name for file in sources()}
    bare = [word for word in words if re.fullmatch(r"\w+\.py", word) and not PLACEHOLDER.search(word)]
    assert [name for name in bare if name not in files] == []
    modules = {module for code in CODE.findall(text) for module in MODULE.findall(code)}
    assert [module for module in sorted(modules) if not is_a_module(module)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_that_every_name_of_the_code_that_a_page_uses_is_in_the_code(page: Path) -> None:
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    names = {word for word in words_of_code(prose) if NAME.match(word)}
    assert sorted(names - names_of_the_code()) == []


def is_a_module(name: str) -> bool:
    """Whether it names a module, or something in one."""
    if PLACEHOLDER.search(name):
        return True
    for dotted in (name, name.rpartition(".")[0]):
        path = ROOT.joinpath(*dotted.split("."))
        if path.with_suffix(".py").is_file() or (dotted == name and path.is_dir()):
            return True
        if dotted != name and (path / "__init__.py").is_file():
            found = ast.parse((path / "__init__.py").read_text(encoding="utf-8"))
            return name.rpartition(".")[2] in ast.unparse(found)
    return False


def test_that_the_page_of_contracts_names_all_of_them(tmp_path: Path) -> None:
    """Rooms, events, commands, states and tables, and the keys of `show` that other programs rely on."""
    page = (ROOT / "studio" / "README.md").read_text(encoding="utf-8")
    studio = ROOT / "studio"
    packages = [*studio.glob("*/__init__.py"), *studio.glob("core/*/__init__.py")]
    rooms = {file.parent.relative_to(studio).as_posix() for file in packages}
    commands = {each.__name__ for each in get_args(get_args(Command)[0])}
    folder = make_fake_run(tmp_path, steps=1)
    with closing(sqlite3.connect(folder.db)) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        tables = {name for (name,) in found}
    assert len(tables) == 6
    named = set(re.findall(r"[\w/]+", page))
    assert rooms | set(EVENT_KINDS) | commands | set(get_args(State)) | tables | set(describe_run(folder)) <= named


def test_that_the_front_page_is_short() -> None:
    assert 60 <= len(README.splitlines()) <= 110


def test_that_the_front_page_names_the_two_commands() -> None:
    assert re.search(r"^python3 packaging/launch.py +#", README, re.MULTILINE)
    assert re.search(r"^python3 packaging/launch.py test +#", README, re.MULTILINE)


def commands() -> dict[str, Any]:
    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_that_every_verb_and_option_of_the_front_page_exists() -> None:
    known = commands()
    lines = [line for line in README.splitlines() if line.startswith("mixlora-studio ")]
    assert len(lines) >= 8
    for line in lines:
        shown = re.split(r"\s{3,}", line.removeprefix("mixlora-studio "))[0]
        verbs = re.match(r"[a-z]+(?: \| [a-z]+)*", shown)
        assert verbs, line
        for verb in verbs.group().split(" | "):
            assert verb in known, line
            options = {option for parameter in known[verb].params for option in parameter.opts}
            assert set(re.findall(r"--[a-z][a-z-]*", shown)) <= options, line


def test_that_every_verb_takes_json_as_the_front_page_says() -> None:
    assert "every verb takes `--json`" in README
    without = [
        name
        for name, command in commands().items()
        if not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert without in ([], ["queue"])  # queue has verbs of its own
    for name, command in commands()["queue"].commands.items():
        assert any("--json" in parameter.opts for parameter in command.params), name


def test_that_the_recipe_of_the_front_page_is_a_recipe(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    assert len(text.splitlines()) <= 14
    recipe = parse_recipe(text, "README.md", tmp_path)
    assert recipe.method.name == "mixlora"
    assert [task.name for task in recipe.tasks] == ["units"]


def test_that_the_library_example_of_the_front_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    (text,) = blocks("python")
    names: dict[str, Any] = {
        "model": AutoModelForCausalLM.from_pretrained(make_tiny_model(tmp_path / "tiny")),
        "ids": torch.arange(16).reshape(2, 8),
    }
    monkeypatch.chdir(tmp_path)
    exec(compile(text, "README.md", "exec"), names)
    learned = [parameter for parameter in names["model"].parameters() if parameter.grad is not None]
    assert learned
    assert (tmp_path / "adapter" / "adapter_config.json").is_file()


def test_that_every_page_and_file_that_a_comment_or_docstring_cites_is_in_the_repository() -> None:
    missing = []
    for file, source in sources().items():
        if CITED.search(source):  # few do, and to take a file apart costs a hundred times as much
            missing += [
                f"{file.relative_to(ROOT)}: {cited}" for cited in pages_cited_in(source) if not is_there(cited, file)
            ]
    assert missing == []


def pages_cited_in(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from CITED.findall(ast.get_docstring(node) or "")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from CITED.findall(token.string)
