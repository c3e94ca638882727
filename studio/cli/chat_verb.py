"""The verb that talks to what a run produced: chat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from studio.cli import options
from studio.cli.output import columns, dumped
from studio.core.chat.expert_switches import ExpertSwitches, read_places
from studio.core.chat.routed_token import RoutedToken
from studio.core.chat.sampling import MOST_TOKENS, Sampling, read_sampling
from studio.core.foreign.visible_text import visible
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.process.text_streams import read_utf8
from studio.core.units import percent_text

if TYPE_CHECKING:
    from studio.data.conversation import Turn
    from studio.evaluation.chat.session import Answer, Asked
    from studio.evaluation.chat.speaker import Speaker

EXPERT = "LAYER:EXPERT"


def _told(name: str) -> str:
    return str(Sampling.model_fields[name].description)


def chat(
    what: Annotated[str, typer.Argument(metavar="RUN|ADAPTER", help="A run, or an adapter's folder.")],
    prompt: Annotated[
        str | None, typer.Option("--prompt", metavar="TEXT", help="Ask only this; without it, ask line by line.")
    ] = None,
    base: Annotated[bool, typer.Option("--base", help="Let the base model answer too, beside it.")] = False,
    beside: Annotated[
        str | None, typer.Option("--beside", metavar="RUN|ADAPTER", help="Let this one answer too.")
    ] = None,
    step: Annotated[int | None, typer.Option("--step", metavar="N", help="Ask the run's checkpoint of step N.")] = None,
    expert_off: Annotated[
        list[str] | None,
        typer.Option("--expert-off", metavar=EXPERT, help="Switch an expert off; all:1 in every layer."),
    ] = None,
    expert_only: Annotated[
        list[str] | None, typer.Option("--expert-only", metavar=EXPERT, help="Send every token to this expert.")
    ] = None,
    system: Annotated[str, typer.Option("--system", metavar="TEXT", help="What the model is told to be.")] = "",
    temperature: Annotated[float, typer.Option("--temperature", help=_told("temperature"))] = 0.0,
    top_p: Annotated[float, typer.Option("--top-p", help=_told("top_p"))] = 1.0,
    top_k: Annotated[int, typer.Option("--top-k", help=_told("top_k"))] = 0,
    max_new_tokens: Annotated[int, typer.Option("--max-new-tokens", help=_told("max_new_tokens"))] = MOST_TOKENS,
    seed: Annotated[int, typer.Option("--seed", help=_told("seed"))] = 0,
    task: Annotated[str | None, typer.Option("--task", metavar="NAME", help="Ask a held-out row of this task.")] = None,
    row: Annotated[int, typer.Option("--row", metavar="N", help="Which held-out row, from 0.")] = 0,
    device: Annotated[str, typer.Option("--device", help='"auto", "cpu" or a card such as "cuda:1".')] = "auto",
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Try an adapter, and see the experts of every token of the answer; an empty line ends the chat."""
    place = options.runs_folder(runs)
    sampling = read_sampling(
        {"temperature": temperature, "top_p": top_p, "top_k": top_k, "max_new_tokens": max_new_tokens, "seed": seed}
    )
    switches = ExpertSwitches(read_places(expert_off or ()), read_places(expert_only or ()))
    read_utf8()
    quiet_libraries()
    options.settle_card(device)
    with answers_only() as out:
        from studio.data.conversation import Turn
        from studio.evaluation.chat.held_out import HeldOut
        from studio.evaluation.chat.session import Asked, ChatSession
        from studio.evaluation.chat.speaker import Speaker

        first = (Turn("system", system),) if system else ()
        speakers = [Speaker(what, step, turns=first)]
        speakers += [Speaker(what, step, bare=True, turns=first)] if base else []
        speakers += [Speaker(beside, turns=first)] if beside else []
        for each in speakers:
            each.found(place)  # what is not there is told before anybody types
        session = ChatSession(place)
        if task is not None:
            held_out = HeldOut(what, task, row)
            _ask(session, Asked(tuple(speakers), sampling, switches, held_out, device), out, json)
            return
        while asked := prompt or _asked():
            speakers = [replace(each, turns=(*each.turns, Turn("user", asked))) for each in speakers]
            answers = _ask(session, Asked(tuple(speakers), sampling, switches, None, device), out, json)
            speakers = [_heard(each, answer, Turn) for each, answer in zip(speakers, answers, strict=True)]
            if prompt or json:
                break


def _heard(speaker: Speaker, answer: Answer, turn: type[Turn]) -> Speaker:
    return replace(speaker, turns=(*speaker.turns, turn("assistant", answer.text)))


def _ask(session: Any, asked: Asked, out: TextIO, json: bool) -> list[Answer]:
    """Ask once and print the answers: a single one as it comes, several one below the other."""
    from studio.evaluation.chat.session import Listener

    streams = not json and len(asked.speakers) == 1

    class Printing(Listener):
        def progress(self, sentence: str) -> None:
            say(sentence)

        def note(self, sentence: str) -> None:
            say(f"note: {sentence}")

        def token(self, place: int, token: RoutedToken) -> None:
            if streams:
                out.write(visible(token.text))
                out.flush()

    answers: list[Answer] = session.ask(asked, Printing())
    if json:
        first, *others = [_as_dict(answer) for answer in answers]
        out.write(dumped(first | ({"beside": others} if others else {})) + "\n")
    elif streams:
        out.write(visible(f"\n\n{_facts(answers[0])}") + "\n")
    else:
        out.write(visible("\n\n".join(f"{each.name}:\n{each.text}\n\n{_facts(each)}" for each in answers)) + "\n")
    out.flush()
    return answers


def _as_dict(answer: Answer) -> dict[str, Any]:
    def tokens(many: Sequence[RoutedToken]) -> list[dict[str, Any]]:
        return [
            each.as_dict() | {"shares": {str(expert): share for expert, share in each.shares.items()}} for each in many
        ]

    return answer.as_dict() | {"tokens": tokens(answer.tokens), "prompt": tokens(answer.prompt)}


def _facts(answer: Answer) -> str:
    """What is told below an answer: the verdict on a held-out row, and its tokens' experts."""
    parts = []
    if (verdict := answer.verdict) is not None:
        word = {True: "right", False: "wrong", None: "not judged"}[verdict.right]
        counted = f", counted as {verdict.counted!r}" if verdict.counted else ""
        parts.append(f"{word} by {verdict.metric}{counted}; expected {verdict.expected!r}")
    return "\n\n".join([*parts, _expert_lines(answer.tokens)])


def _asked() -> str:
    print("> ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip()
    except UnicodeDecodeError:
        raise ProblemError.at(
            "standard input", "it is not UTF-8 text.", "Pipe UTF-8, or use --prompt instead."
        ) from None


def _expert_lines(tokens: Sequence[RoutedToken]) -> str:
    """Each token with the three experts that carried most of it over all layers."""
    lines = [["TOKEN", "EXPERTS (share of the weight over all layers)"]]
    for token in tokens:
        heaviest = [f"{expert}: {percent_text(share)}" for expert, share in list(token.shares.items())[:3]]
        lines.append([repr(token.text), "  ".join(heaviest) or "no router"])
    return columns(lines)


def say(sentence: str) -> None:
    """Report progress on stderr."""
    print(sentence, file=sys.stderr, flush=True)
