"""Questions to one or several models at once: base and adapters over it answer side by side, the base held once."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from studio.core.chat.expert_switches import ExpertSwitches
from studio.core.chat.routed_token import RoutedToken
from studio.core.chat.sampling import Sampling
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.data.chat_text import ChatText
from studio.evaluation.borrowed_device import BorrowedDevice
from studio.evaluation.chat.held_out import HeldOut, Verdict
from studio.evaluation.chat.speaker import Found, Speaker, prompt_of
from studio.evaluation.chat.voice import Answering, Voice
from studio.evaluation.try_adapter import Bases
from studio.models.base_model import BaseModel
from studio.models.load_adapter import load_adapter
from studio.models.shared_copy import shared_copy, weight_bytes

MOST_KEPT = 4  # adapters over one base


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to each of `speakers`: how their tokens are drawn, and which experts are off or forced.

    With `held_out` it is a row of a run's own tasks that is asked instead of the turns, and each answer gets a verdict.
    """

    speakers: tuple[Speaker, ...]
    sampling: Sampling = field(default_factory=Sampling)
    switches: ExpertSwitches = field(default_factory=ExpertSwitches)
    held_out: HeldOut | None = None
    device: str = "auto"


@dataclass(slots=True)
class Answer:
    """What one speaker said: text, tokens with their experts, and whether it `ended` by itself or was `stopped`.

    `layers` names the routed layers in the order of each token's experts. `seconds` include reading the prompt.
    """

    name: str
    layers: list[str] = field(default_factory=list)
    experts: list[int] = field(default_factory=list)
    prompt: list[RoutedToken] = field(default_factory=list)
    tokens: list[RoutedToken] = field(default_factory=list)
    ended: bool = False
    stopped: bool = False
    seconds: float = 0.0
    verdict: Verdict | None = None

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    def as_dict(self) -> dict[str, Any]:
        """As `chat --json` prints it; the tokens of prompt and answer are told apart from it, as they come."""
        told = {
            "name": self.name,
            "text": self.text,
            "ended": self.ended,
            "stopped": self.stopped,
            "tokens_said": len(self.tokens),
            "tokens_read": len(self.prompt),
            "seconds": round(self.seconds, 3),
            "layers": self.layers,
            "experts": self.experts,
        }
        return told | ({"verdict": self.verdict.as_dict()} if self.verdict else {})


class Listener:
    """Hears a session: what it loads and does, and each token as it comes; does nothing by itself."""

    def progress(self, sentence: str) -> None:
        """Something that takes a while is being done."""

    def note(self, sentence: str) -> None:
        """The person should know this of the answers."""

    def ready(self, place: int, answer: Answer) -> None:
        """The speaker at `place` has read its prompt, and begins."""

    def token(self, place: int, token: RoutedToken) -> None:
        """The speaker at `place` said a token."""

    def must_stop(self) -> bool:
        """Whether to leave, asked at each token."""
        return False


class ChatSession:
    """Keeps the base and the adapters that were asked last; `release` gives their memory back."""

    def __init__(self, runs: Path, bases: Bases | None = None) -> None:
        self._runs = runs
        self._bases = bases or Bases()
        self._voices: dict[tuple[Any, ...], Voice] = {}
        self._of: BaseModel | None = None  # the base that the voices are over
        self.device: BorrowedDevice | None = None

    @property
    def bytes(self) -> int:
        """What the loaded models take, tensors that they share once."""
        together = torch.nn.ModuleList([voice.model for voice in self._voices.values()])
        return weight_bytes(together)

    def ask(self, asked: Asked, listener: Listener) -> list[Answer]:
        """Every speaker's answer, in their order; those over one base come token by token side by side.

        An interruption (KeyboardInterrupt) while they speak ends them, and what was said so far is returned.
        Raises ProblemError.
        """
        if not asked.speakers:
            raise ProblemError.at("chat", tr("nobody is asked."), tr("Name a run or an adapter."))
        found = [speaker.found(self._runs) for speaker in asked.speakers]
        self.device = BorrowedDevice.of(asked.device)
        if said := self.device.beside():
            listener.note(said)
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, each in enumerate(found):
            groups.setdefault(tuple(map(str, each.model.model_dump().values())), []).append(place)
        if len(groups) > 1:
            listener.note(tr("They have different bases, which answer one after another: one is loaded at a time."))
        answers = [Answer(each.name) for each in found]
        goes_on = True
        for places in groups.values():
            if goes_on:
                goes_on = self._ask_over_one(asked, found, places, answers, listener)
            else:
                for place in places:
                    answers[place].stopped = True
        return answers

    def release(self) -> None:
        """Forget every model that is loaded, so that their memory can be used by others."""
        self._voices.clear()
        self._of = None
        self._bases.forget()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _ask_over_one(
        self, asked: Asked, found: Sequence[Found], places: list[int], answers: list[Answer], listener: Listener
    ) -> bool:
        """Let the speakers over one base answer; returns whether those over others may follow."""
        assert self.device is not None
        table = found[places[0]].model
        if self._of is not None and not self._bases.holds(table, self.device.torch_name):
            self._voices.clear()  # they hold the base that is to make room
            self._of = None
        if not self._bases.holds(table, self.device.torch_name):
            self.device.refuse_without_room(table)
        base = self._bases.load(table, self.device.torch_name, listener.progress)
        for problem in base.warnings:
            listener.note(str(problem))
        if base is not self._of:
            self._voices.clear()
            self._of = base
        chat = ChatText(base.tokenizer)
        voices = {place: self._voice(base, chat, found[place], listener) for place in places}
        if asked.switches and not any(voice.routed for voice in voices.values()):
            asked.switches.barred([])
        question = asked.held_out.question(self._runs, base, chat, listener.progress) if asked.held_out else None
        under_way: dict[int, tuple[Answering, Iterator[RoutedToken]]] = {}
        for place, voice in voices.items():
            answers[place].layers, answers[place].experts = voice.layers, voice.experts
            prompt = list(question.prompt_ids) if question else prompt_of(chat, found[place].speaker.turns)
            answering = voice.answer(prompt, asked.sampling, asked.switches)
            under_way[place] = answering, iter(answering)
        try:
            self._speak(under_way, answers, listener)
        except KeyboardInterrupt:
            for place in under_way:
                answers[place].stopped = True
            return False
        if asked.held_out and question:
            for place, voice in voices.items():
                if not answers[place].stopped:
                    listener.progress(tr("Judging the answer"))
                    answers[place].verdict = asked.held_out.verdict(
                        question, voice, answers[place].text, asked.switches
                    )
        return not any(answers[place].stopped for place in places)

    @staticmethod
    def _speak(
        under_way: dict[int, tuple[Answering, Iterator[RoutedToken]]], answers: list[Answer], listener: Listener
    ) -> None:
        """Take a token of each in turn, until all have ended; those that have are taken off `under_way`."""
        while under_way:
            for place, (answering, tokens) in list(under_way.items()):
                answer, began = answers[place], time.perf_counter()
                token = next(tokens, None)
                answer.seconds += time.perf_counter() - began
                if not answer.prompt:
                    answer.prompt = answering.prompt
                    listener.ready(place, answer)
                if token is None:
                    answer.ended = answering.ended
                    del under_way[place]
                    continue
                answer.tokens.append(token)
                listener.token(place, token)
            if under_way and listener.must_stop():
                raise KeyboardInterrupt

    def _voice(self, base: BaseModel, chat: ChatText, found: Found, listener: Listener) -> Voice:
        if found.key in self._voices:
            return self._voices[found.key]
        if not found.key:
            voice = Voice(base.model, base.tokenizer, chat.stop_ids)
        else:
            listener.progress(tr("Loading the adapter of {name}", name=found.name))
            model = load_adapter(shared_copy(base.model), found.source.folder)
            voice = Voice(model, base.tokenizer, chat.stop_ids)
            kept = [key for key in self._voices if key]
            for key in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
                del self._voices[key]
        self._voices[found.key] = voice
        return voice
