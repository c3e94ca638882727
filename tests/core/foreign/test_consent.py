"""Consent to a model's own code is given model by model, remembered, revoked, and asked for again when it changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core import places
from studio.core.foreign import consent
from studio.core.problem import Problem, ProblemError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "my model"
    (folder / "parts").mkdir(parents=True)
    (folder / "modeling.py").write_text("x = 1\n", encoding="utf-8")
    (folder / "parts" / "router.py").write_text("y = 2\n", encoding="utf-8")
    return folder


def asked(folder: Path) -> Problem:
    with pytest.raises(ProblemError) as raised:
        consent.require(folder)
    return raised.value.problems[0]


def test_that_code_is_asked_for_by_a_problem_that_names_its_files_and_how_to_agree(model: Path) -> None:
    problem = asked(model)
    assert problem.kind == "model-code"
    assert problem.where == str(model.resolve())
    assert "modeling.py, parts/router.py" in problem.what
    assert "mixlora-studio trust" in problem.remedy
    assert problem.as_dict().keys() == {"where", "what", "remedy", "kind", "about"}


def test_that_an_agreement_is_remembered_for_that_model_alone(model: Path, tmp_path: Path) -> None:
    consent.agree_to(asked(model))
    assert consent.require(model).files == ("modeling.py", "parts/router.py")
    assert consent.agreed_sources() == [str(model.resolve())]
    other = tmp_path / "other"
    other.mkdir()
    (other / "modeling.py").write_text("x = 1\n", encoding="utf-8")
    asked(other)


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed"])
def test_that_code_that_changed_since_asks_again(change: str, model: Path) -> None:
    consent.agree_to(asked(model))
    file = model / "modeling.py"
    match change:
        case "edited":
            file.write_text("x = 2\n", encoding="utf-8")
        case "added":
            (model / "more.py").write_text("", encoding="utf-8")
        case "removed":
            file.unlink()
        case "renamed":
            file.rename(model / "model.py")
    asked(model)


def test_that_an_agreement_can_be_revoked(model: Path) -> None:
    consent.agree_to(asked(model))
    assert consent.revoke(str(model.resolve()))
    asked(model)
    assert not consent.revoke(str(model.resolve()))


def test_that_a_model_of_the_hubs_cache_goes_by_its_name() -> None:
    snapshot = Path("/cache/hub/models--owner--some-name/snapshots/0123abc")
    assert consent.source_of(snapshot) == "owner/some-name"


@pytest.mark.parametrize("text", ["agreed = 3", "[[agreed]]\nsource = 'x'\nsha256 = 'all'", "\x00", "agreed = [{}]"])
def test_that_a_broken_file_of_agreements_agrees_to_nothing(text: str, model: Path) -> None:
    places.trusted_code_file().write_text(text, encoding="utf-8")
    with pytest.raises(ProblemError, match="cannot be read"):
        consent.require(model)
