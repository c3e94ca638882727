"""The verb that talks to what a run produced: chat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import options
from studio.cli.output import columns, dumped
from studio.core.foreign.visible_text import visible
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.process.text_streams import read_utf8
from studio.core.units import percent_text

if TYPE_CHECKING:
    from studio.evaluation.chat import Piece


def chat(
    what: Annotated[str, typer.Argument(metavar="RUN|ADAPTER", help="A run, or an adapter's folder.")],
    prompt: Annotated[
        str | None, typer.Option("--prompt", metavar="TEXT", help="Ask only this; without it, ask line by line.")
    ] = None,
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Try an adapter, and see the experts of every token of the answer; an empty line ends the chat."""
    place = options.runs_folder(runs)
    read_utf8()
    quiet_libraries()
    with answers_only() as answers:
        from studio.data.conversation import Turn
        from studio.evaluation.chat import reply
        from studio.evaluation.try_adapter import Bases, trial

        with trial(what, place, None, Bases(), say) as tried:
            turns: list[Turn] = []
            while asked := prompt or _asked():
                turns.append(Turn("user", asked))
                answer = reply(tried.model, tried.base.tokenizer, turns)
                turns.append(Turn("assistant", answer.text))
                text = dumped(answer.as_dict()) if json else f"{answer.text}\n\n{_expert_lines(answer.pieces)}"
                answers.write(visible(text) + "\n")
                answers.flush()
                if prompt or json:
                    break


def _asked() -> str:
    print("> ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip()
    except UnicodeDecodeError:
        raise ProblemError.at(
            "standard input", "it is not UTF-8 text.", "Pipe UTF-8, or use --prompt instead."
        ) from None


def _expert_lines(pieces: Sequence[Piece]) -> str:
    """Each token with the three experts that carried most of it over all layers."""
    lines = [["TOKEN", "EXPERTS (share of the weight over all layers)"]]
    for piece in pieces:
        heaviest = [f"{expert}: {percent_text(share)}" for expert, share in list(piece.shares.items())[:3]]
        lines.append([repr(piece.text), "  ".join(heaviest) or "no router"])
    return columns(lines)


def say(sentence: str) -> None:
    """Report progress on stderr."""
    print(sentence, file=sys.stderr, flush=True)
