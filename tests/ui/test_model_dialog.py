"""The list of models fills as places are looked through, says what fits, and searches the hub on request."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.model_places import HUB, PLACES
from studio.core.problem import Problem
from studio.ui.desk import Answer, Desk
from studio.ui.new_run.model_dialog import NOTHING, ModelDialog
from studio.ui.new_run.model_finder import ListedModel, ModelFinder

HERE: dict[str, Any] = {
    "title": "tiny llama",
    "place": "folders",
    "source": "/models/tiny llama",
    "size": 5 << 30,
    "parameters": 8_000_000_000,
    "kind": "gated feed-forward",
    "model_type": "llama",
    "licence": "apache-2.0",
    "exports": ["PEFT adapter", "GGUF"],
    "fits": True,
    "precision": "nf4",
    "peak": 7 << 30,
    "budget": 8 << 30,
    "device": "RTX 4060",
}


class Asked:
    """A desk that answers when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        monkeypatch.setattr(Desk, "ask", lambda desk, do, **arguments: self._ask(do, **arguments))

    def _ask(self, do: str, **arguments: Any) -> int:
        self.requests.append((do, arguments))
        return len(self.requests)

    def number(self, do: str, **arguments: Any) -> int:
        """The number of the last request for this."""
        found = [
            number
            for number, (done, given) in enumerate(self.requests, 1)
            if done == do and all(given.get(key) == value for key, value in arguments.items())
        ]
        return found[-1]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


@pytest.fixture
def dialog(qtbot: QtBot, desk: Asked) -> ModelDialog:
    finder = ModelFinder()
    made = ModelDialog(finder)
    qtbot.addWidget(made)
    made.look("recipe text")
    made.show()
    return made


def answered(dialog: ModelDialog, desk: Asked, found: dict[str, list[dict[str, Any]]]) -> None:
    """Answer every place, with these models."""
    for place in PLACES:
        answer = Answer(desk.number("models", place=place), done={"models": found.get(place, []), "note": ""})
        dialog._finder._on_answer(answer)


def test_that_every_place_is_asked_for_with_the_recipe(dialog: ModelDialog, desk: Asked) -> None:
    assert [arguments["place"] for do, arguments in desk.requests if do == "models"] == list(PLACES)
    assert all(arguments["recipe"] == "recipe text" for _, arguments in desk.requests)
    assert dialog.said.text() == "Looking…"


def test_that_models_appear_as_they_are_found_with_what_can_be_done_with_them(
    qtbot: QtBot, dialog: ModelDialog, desk: Asked
) -> None:
    dialog._finder._on_answer(Answer(desk.number("models", place="folders"), done={"models": [HERE]}))
    assert dialog.list.count() == 1
    assert dialog.said.text() == "Looking…"
    item = dialog.list.item(0)
    spoken = item.data(Qt.ItemDataRole.AccessibleTextRole).replace("\N{NO-BREAK SPACE}", " ")
    assert spoken == (
        "tiny llama, Your folders · 8B parameters · 5.0 GiB · llama, gated feed-forward · apache-2.0, fits as nf4"
    )
    assert not dialog.use.isEnabled()
    dialog.list.setCurrentItem(item)
    assert "Exports to: PEFT adapter, GGUF." in dialog.details.text()
    with qtbot.waitSignal(dialog.chosen) as caught:
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert caught.args[0].source == "/models/tiny llama"


def test_that_a_model_that_cannot_be_trained_says_why_and_is_not_used(dialog: ModelDialog, desk: Asked) -> None:
    answered(dialog, desk, {"ollama": [HERE | {"problem": "This is an encoder.", "fits": None, "place": "ollama"}]})
    dialog.list.setCurrentRow(0)
    assert dialog.details.text() == "This is an encoder."
    assert not dialog.use.isEnabled()
    assert ListedModel.of(HERE | {"fits": False}).verdict == ("too large", "danger")


def test_that_nothing_found_says_where_was_looked_and_what_else_there_is(dialog: ModelDialog, desk: Asked) -> None:
    answered(dialog, desk, {})
    assert dialog.said.text() == NOTHING


def test_that_words_filter_what_is_here_and_search_the_hub(qtbot: QtBot, dialog: ModelDialog, desk: Asked) -> None:
    answered(dialog, desk, {"folders": [HERE, HERE | {"title": "other", "source": "/other"}]})
    qtbot.keyClicks(dialog.words, "llama ti")
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())] == ["tiny llama"]
    qtbot.mouseClick(dialog.search, Qt.MouseButton.LeftButton)
    hit = {"source": "owner/tiny", "parameters": 1_000_000, "licence": "mit", "downloads": 5, "gated": True}
    dialog._finder._on_answer(Answer(desk.number("search", words="llama ti"), done={"models": [hit]}))
    assert dialog.list.count() == 2
    dialog.list.setCurrentRow(1)
    # Chosen, it is asked what it is.
    learned = HERE | {"source": "owner/tiny", "title": "owner/tiny", "place": HUB, "licence": ""}
    dialog._finder._on_answer(Answer(desk.number("model", source="owner/tiny"), done=learned))
    chosen = dialog.list.chosen
    assert chosen is not None
    assert (chosen.fits, chosen.licence, chosen.gated) == (True, "mit", True)
    assert dialog.use.isEnabled()


def test_that_without_a_network_the_hub_is_said_to_be_away_and_the_rest_stays(
    qtbot: QtBot, dialog: ModelDialog, desk: Asked
) -> None:
    answered(dialog, desk, {"folders": [HERE]})
    qtbot.keyClicks(dialog.words, "llama")
    qtbot.keyClick(dialog.words, Qt.Key.Key_Return)
    problem = Problem("hub", "the hub cannot be reached.", "Models on this machine can be used without it.")
    dialog._finder._on_answer(Answer(desk.number("search"), problems=(problem,)))
    assert dialog.said.text() == "The hub cannot be reached. Models on this machine can be used without it."
    assert dialog.list.count() == 1


def chosen_hit(qtbot: QtBot, dialog: ModelDialog, desk: Asked) -> None:
    """A model of the hub, found by a search and chosen."""
    answered(dialog, desk, {"folders": [HERE]})
    qtbot.keyClicks(dialog.words, "llama")
    qtbot.keyClick(dialog.words, Qt.Key.Key_Return)
    dialog._finder._on_answer(Answer(desk.number("search"), done={"models": [{"source": "owner/tiny"}]}))
    dialog.list.setCurrentRow(1)


def test_that_a_search_is_said_to_go_on_where_nothing_was_said_before(
    qtbot: QtBot, dialog: ModelDialog, desk: Asked
) -> None:
    answered(dialog, desk, {"folders": [HERE]})
    assert not dialog.said.isVisible()
    qtbot.keyClicks(dialog.words, "llama")
    qtbot.keyClick(dialog.words, Qt.Key.Key_Return)
    assert dialog.said.isVisible()
    assert dialog.said.text() == "Looking…"


def test_that_a_chosen_model_is_asked_about_once_and_not_at_every_letter(
    qtbot: QtBot, dialog: ModelDialog, desk: Asked
) -> None:
    chosen_hit(qtbot, dialog, desk)
    qtbot.keyClicks(dialog.words, " t")
    assert [do for do, _ in desk.requests].count("model") == 1
    assert dialog.list.chosen is not None


def test_that_a_model_the_desk_cannot_tell_of_says_why_and_is_no_longer_looked_at(
    qtbot: QtBot, dialog: ModelDialog, desk: Asked
) -> None:
    chosen_hit(qtbot, dialog, desk)
    assert dialog.said.text() == "Looking…"
    dialog._finder._on_answer(Answer(desk.number("model"), problems=(Problem("desk", "it ended.", "Try again."),)))
    assert dialog.said.text() == "It ended. Try again."
    assert [do for do, _ in desk.requests].count("model") == 1


def test_that_whether_the_hubs_model_fits_is_asked_anew_for_a_changed_recipe(
    qtbot: QtBot, dialog: ModelDialog, desk: Asked
) -> None:
    chosen_hit(qtbot, dialog, desk)
    late = desk.number("model")
    learned = HERE | {"source": "owner/tiny", "title": "owner/tiny", "place": HUB}
    dialog.look("another recipe")
    dialog._finder._on_answer(Answer(late, done=learned))
    assert dialog.list.chosen is not None
    assert dialog.list.chosen.fits is None
    dialog._finder._on_answer(Answer(desk.number("model", recipe="another recipe"), done=learned | {"fits": False}))
    assert dialog.list.chosen.fits is False
