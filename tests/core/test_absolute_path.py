"""A path as a person wrote it becomes absolute before it is stored or passed on, whatever the current folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from studio.core import places
from studio.core.absolute_path import absolute_path, in_order, is_path
from studio.core.problem import ProblemError
from studio.core.process.start_worker import python_environment
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.known_runs import find_run
from studio.core.run.run_folder import create_run, list_runs
from studio.core.settings import Settings

RECIPE = """\
name = "here"
[model]
source = "{source}"
[[tasks]]
name = "units"
train = "~/units"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's current folder."""
    folder = tmp_path / "wo ich stehe"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_that_a_relative_path_and_a_home_are_made_absolute(here: Path) -> None:
    assert absolute_path("work/x") == here / "work" / "x"
    assert absolute_path(Path()) == here
    assert absolute_path("../y") == here.parent / "y"
    assert absolute_path("~/z") == Path.home() / "z"
    assert absolute_path("~nobody-of-this-name/z") == here / "~nobody-of-this-name" / "z"
    assert absolute_path("y", here.parent) == here.parent / "y"


@pytest.mark.skipif(os.name == "nt", reason="there links need a right, and .. goes by the letters")
def test_that_what_follows_a_link_goes_where_the_system_goes(here: Path, tmp_path: Path) -> None:
    (tmp_path / "far" / "inner").mkdir(parents=True)
    (here / "link").symlink_to(tmp_path / "far" / "inner")
    assert absolute_path("link/../there") == tmp_path / "far" / "there"


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no folder that a process stands in")
def test_that_a_current_folder_that_is_gone_is_a_problem(here: Path) -> None:
    here.rmdir()
    assert absolute_path(here.parent) == here.parent
    with pytest.raises(ProblemError, match="has been deleted"):
        absolute_path("work")


def test_that_a_path_is_distinguished_from_a_name_on_the_hub() -> None:
    assert all(map(is_path, ("./a", "../a", "~/a", "/a", "\\\\server\\a", "a\\b", "a\\b/c", "a.GGUF", str(Path.cwd()))))
    assert not any(map(is_path, ("owner/name", "gpt2", "demo")))


@pytest.mark.parametrize("kind", [PurePosixPath, PureWindowsPath])
def test_that_files_have_one_order_on_every_system(kind: type[PurePath]) -> None:
    names = ["a/README", "a/Train.jsonl", "a/data.jsonl", "a/more/x", "a/more.jsonl"]
    assert [path.as_posix() for path in in_order(kind(name) for name in reversed(names))] == names


def test_that_runs_in_a_relative_folder_are_made_and_found_by_their_whole_path(here: Path) -> None:
    recipe = here / "recipe.toml"
    recipe.write_text(RECIPE.format(source="demo"), encoding="utf-8")
    run = create_run(load_recipe(Path("recipe.toml")), Path("work/x"))
    assert run.path.parent == here / "work" / "x"
    assert list_runs(Path("work/x")) == [run]
    assert find_run("last", Path("work/x")) == run
    assert find_run(f"work/x/{run.id}", here) == run


def test_that_a_home_is_expanded_where_no_shell_does_it(here: Path) -> None:
    home = Path.home()
    (home / "of home.toml").write_text(RECIPE.format(source="~/model"), encoding="utf-8")
    recipe = load_recipe(Path("~/of home.toml"))
    assert recipe.model.source == str(home / "model")
    assert recipe.tasks[0].train == str(home / "units")


def test_that_the_settings_folder_of_runs_is_the_same_for_every_process(here: Path, studio_home: Path) -> None:
    settings = Settings(runs="my runs")
    assert settings.runs_folder() == studio_home / "my runs"
    assert Settings(runs="~/runs").runs_folder() == Path.home() / "runs"


def test_that_a_process_elsewhere_gets_the_same_folders(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", "studio")
    monkeypatch.setenv("HF_HOME", "~/hub")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((".", "", str(here.parent))))
    assert places.home() == here / "studio"
    environment = python_environment(MORE="1")
    assert environment["MIXLORA_STUDIO_HOME"] == str(here / "studio")
    assert environment["HF_HOME"] == str(Path.home() / "hub")
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(here), str(here), str(here.parent)]
    assert (environment["MORE"], environment["PYTHONSAFEPATH"]) == ("1", "1")
