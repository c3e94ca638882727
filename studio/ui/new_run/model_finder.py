"""Asks a desk of its own which models this machine has and what the hub knows, place by place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.model_facts import ModelFacts
from studio.core.model_places import FOLDERS, HUB, PLACES
from studio.core.settings import load_settings
from studio.core.units import count_text
from studio.core.words import in_a_row, sentences, tr
from studio.ui.desk import Answer, Desk
from studio.ui.units import bytes_text

MODEL = "model"  # what is asked of one that is chosen


@dataclass(frozen=True, slots=True)
class ListedModel(ModelFacts):
    """A model as the list shows it; `gated`: its terms have to be accepted on the hub first."""

    gated: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ListedModel:
        """From the desk's answer; what it lacks keeps its default."""
        known = {each.name for each in fields(cls)}
        taken = {name: value for name, value in values.items() if name in known}
        taken["exports"] = tuple(values.get("exports", ()))
        return cls(**{"title": "", "place": "", "source": "", **taken})

    @property
    def facts(self) -> str:
        """What it is, in a line."""
        parts = [tr(PLACES[self.place]) if self.place in PLACES else tr("On the hub")]
        parts += [tr("{number} parameters", number=count_text(self.parameters))] if self.parameters else []
        parts += [bytes_text(self.size)] if self.size else []
        parts += [", ".join(each for each in (self.model_type, self.kind) if each)] if self.kind else []
        parts += [self.licence] if self.licence else []
        parts += [tr("its terms must be accepted first")] if self.gated else []
        return " · ".join(parts)

    @property
    def verdict(self) -> tuple[str, str]:
        """Whether it can be trained here, in two words, and the role of their colour; empty where unknown."""
        if self.problem:
            return tr("cannot be trained"), "warning"
        if self.fits is None:
            return "", "faint"
        fits = tr("fits as {precision}", precision=self.precision)
        return (fits, "good") if self.fits else (tr("too large"), "danger")

    @property
    def details(self) -> str:
        """Why it fits or not, and what it exports to, in sentences."""
        if self.problem:
            return self.problem
        if self.fits is None:
            return tr("Choose it to see whether it fits.")
        amounts = {"part": bytes_text(self.peak), "whole": bytes_text(self.budget), "device": self.device}
        said = tr("Would take {part} of {whole} on {device}.", **amounts)
        if self.fits:
            held = self.precision
            said = tr("Takes {part} of {whole} on {device}, its weights as {held}.", held=held, **amounts)
        exports = tr("Exports to: {formats}.", formats=in_a_row(*self.exports)) if self.exports else ""
        return sentences(said, exports)


class ModelFinder(QObject):
    """`found` brings a place and its models, `searched` the hub's hits, `learned` one model, `refused` a sentence."""

    found = Signal(str, object, str)
    searched = Signal(object)
    learned = Signal(object)
    refused = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk: Desk | None = None
        self._asked: dict[int, tuple[str, ListedModel | None]] = {}
        self._left = False

    def look(self, recipe: str | None, folders: tuple[Path, ...] = ()) -> None:
        """Look in every place, and in `folders` beside those of the settings; `found` comes once for each."""
        # What is still to be learned of a model was asked about an earlier recipe.
        self._asked = {number: asked for number, asked in self._asked.items() if asked[1] is None}
        named = [str(each) for each in (*load_settings()[0].folders_of_models(), *folders)]
        for place in PLACES:
            more: dict[str, Any] = {"folders": named} if place == FOLDERS else {}
            self._ask(place, None, "models", recipe, place=place, **more)

    def search(self, words: str) -> None:
        """Search the hub."""
        self._ask(HUB, None, "search", None, words=words)

    def learn(self, model: ListedModel, recipe: str | None) -> None:
        """Find out what one of the hub's models is, from its config."""
        told = {"source": model.source, "revision": model.revision, "title": model.title, "place": model.place}
        self._ask(MODEL, model, "model", recipe, **told)

    @property
    def is_looking(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._asked)

    def leave(self) -> None:
        """End the desk, for good."""
        self._left = True
        if self._desk is not None:
            self._desk.leave()

    def _ask(self, purpose: str, model: ListedModel | None, do: str, recipe: str | None, **arguments: Any) -> None:
        if self._left:
            return
        if self._desk is None:
            self._desk = Desk(self)
            self._desk.answered.connect(self._on_answer)
        if recipe is not None:
            arguments |= {"recipe": recipe, "folder": str(Path.cwd())}
        self._asked[self._desk.ask(do, **arguments)] = (purpose, model)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.progress or answer.id not in self._asked:
            return
        purpose, model = self._asked.pop(answer.id)
        if answer.done is None:
            said = sentences(*(sentences(notice.what, notice.remedy) for notice in answer.notices()))
            self.refused.emit(purpose, said or tr("It was cancelled."))
            if purpose in PLACES:
                self.found.emit(purpose, (), said)
        elif purpose == HUB:
            hits = answer.done.get("models", ())
            self.searched.emit(tuple(replace(ListedModel.of(each), title=each["source"], place=HUB) for each in hits))
        elif model is not None:
            learned = ListedModel.of(answer.done)
            self.learned.emit(replace(learned, gated=model.gated, licence=learned.licence or model.licence))
        else:
            models = tuple(ListedModel.of(each) for each in answer.done.get("models", ()))
            self.found.emit(purpose, models, str(answer.done.get("note", "")))
