"""Settings: only what differs is stored, and a broken file is reported and not changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core import places
from studio.core.settings import Settings, load_settings, save_settings


def test_that_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.toml") == (Settings(), [])


def test_that_only_what_differs_is_stored_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "neu" / "settings.toml"
    save_settings(Settings(theme="light", runs="D:\\läufe"), file)
    assert file.read_text(encoding="utf-8") == 'theme = "light"\nruns = "D:\\\\läufe"\n'
    assert load_settings(file) == (Settings(theme="light", runs="D:\\läufe"), [])


def test_that_invalid_settings_are_reported_and_the_valid_ones_kept(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('theme = "pink"\nsmoothing = 0.5\nunheard = 1\n', encoding="utf-8")
    settings, problems = load_settings(file)
    assert settings == Settings(smoothing=0.5)
    assert [problem.where for problem in problems] == [f"{file}: theme", f"{file}: unheard"]


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00"])
def test_that_a_file_that_is_not_toml_is_reported_and_not_changed(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    settings, problems = load_settings(file)
    assert settings == Settings()
    assert len(problems) == 1
    assert file.read_bytes() == content
    save_settings(Settings(theme="light"), file)
    assert load_settings(file) == (Settings(theme="light"), [])
    assert (tmp_path / "settings.toml.unreadable").read_bytes() == content, "the other lines can be had back"


def test_that_the_home_and_all_in_it_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path))
    assert Settings().runs_folder() == tmp_path / "runs"
    assert places.settings_file() == tmp_path / "settings.toml"
    save_settings(Settings(theme="system"))
    assert load_settings()[0].theme == "system"


def test_that_runs_lie_where_the_setting_says(tmp_path: Path) -> None:
    assert Settings(runs=str(tmp_path)).runs_folder() == tmp_path
